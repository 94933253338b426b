package store

import "sync"

// readers is how many Views can read at once.
const readers = 4

// pool lends readers, the one that was used last first: it has its statements prepared and its pages in memory.
type pool struct {
	places chan struct{} // one for each View that may read now
	mu     sync.Mutex
	warm   []*session
}

func newPool() *pool {
	p := &pool{places: make(chan struct{}, readers)}
	for range readers {
		p.places <- struct{}{}
	}
	return p
}

// take is for whoever has a place. It gives nil where no reader is open that nobody uses.
func (p *pool) take() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.warm) - 1
	if n < 0 {
		return nil
	}
	reader := p.warm[n]
	p.warm = p.warm[:n]
	return reader
}

// giveBack frees a place. The reader is nil where it broke; the next View opens a fresh one.
func (p *pool) giveBack(reader *session) {
	if reader != nil {
		p.mu.Lock()
		p.warm = append(p.warm, reader)
		p.mu.Unlock()
	}
	p.places <- struct{}{}
}

// close closes the readers that nobody uses.
func (p *pool) close() {
	for reader := p.take(); reader != nil; reader = p.take() {
		reader.close()
	}
}
