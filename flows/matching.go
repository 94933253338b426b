package flows

import "slices"

// matching gives decisions to requirements so that as many as possible are met, each human once. A step that lifts that has its slots filled
// beside: by everybody who has a right to them, whatever else they meet.
type matching struct {
	human     func(PersonID) PersonID
	decisions []*Decision
	slots     []slot      // one for each approval needed
	holder    []int       // slot of each decision, -1 when free
	shared    map[int]int // decision of each slot that was filled in a step of SamePerson
	steps     int
}

// slot is one approval that a requirement of a step needs.
type slot struct {
	step int
	from Requirement
	key  string
}

// unmet is a requirement with the number of approvals that it still lacks, and the others of its step whose people would help it too.
type unmet struct {
	Requirement
	others []Requirement
}

func (m *matching) add(d *Decision) {
	for _, x := range m.decisions {
		if m.human(x.Person) == m.human(d.Person) {
			x.Rights = append(slices.Clone(x.Rights), d.Rights...)
			return
		}
	}
	c := *d
	m.decisions = append(m.decisions, &c)
	m.holder = append(m.holder, -1)
}

// meet adds a step's requirements and returns those that stay unmet.
func (m *matching) meet(s Step) []unmet {
	m.steps++
	var missing []unmet
	var short []int // the slots of missing
	for _, q := range s.All {
		lacks := 0
		for n := range q.Need() {
			m.slots = append(m.slots, slot{step: m.steps, from: q, key: q.Key()})
			if !m.fill(len(m.slots)-1, n, s.SamePerson) {
				lacks++
			}
		}
		if lacks > 0 {
			q.N = lacks
			missing, short = append(missing, unmet{Requirement: q}), append(short, len(m.slots)-1)
		}
	}
	for i := range missing {
		if !s.SamePerson {
			missing[i].others = m.others(short[i])
		}
	}
	return missing
}

// fill finds a decision for the nth approval of a requirement.
func (m *matching) fill(s, nth int, shared bool) bool {
	if !shared {
		return m.place(s, map[int]bool{})
	}
	for i, d := range m.decisions {
		if !d.entitles(m.slots[s].key) {
			continue
		}
		if nth == 0 {
			if m.shared == nil {
				m.shared = map[int]int{}
			}
			m.shared[s] = i
			return true
		}
		nth--
	}
	return false
}

// by is the decision that fills a slot.
func (m *matching) by(s int) (*Decision, bool) {
	i, ok := m.shared[s]
	if !ok {
		i = slices.Index(m.holder, s)
	}
	if i < 0 {
		return nil, false
	}
	return m.decisions[i], true
}

// entitles reports whether a decision carries a right to a requirement of any kind of step.
func (d *Decision) entitles(key string) bool {
	return slices.ContainsFunc(d.Rights, func(r Right) bool { return r.Key == key })
}

// can is entitles for a step of different humans. What was agreed for a step that lifts this counts there alone.
func (m *matching) can(d int, key string) bool {
	return slices.ContainsFunc(m.decisions[d].Rights, func(r Right) bool { return r.Key == key && !r.Shared })
}

// place finds a decision for a slot, moving other decisions to other slots if that makes room.
func (m *matching) place(s int, tried map[int]bool) bool {
	for i := range m.decisions {
		if tried[i] || !m.can(i, m.slots[s].key) {
			continue
		}
		tried[i] = true
		if m.holder[i] < 0 || m.place(m.holder[i], tried) {
			m.holder[i] = s
			return true
		}
	}
	return false
}

// others are the requirements of a slot's step whose people would help it: by meeting theirs they set a decision free, directly or along
// a chain, also through earlier steps.
func (m *matching) others(s int) []Requirement {
	seen := map[string]bool{m.slots[s].key: true}
	for queue := []string{m.slots[s].key}; len(queue) > 0; queue = queue[1:] {
		for i, h := range m.holder {
			if h >= 0 && !seen[m.slots[h].key] && m.can(i, queue[0]) {
				seen[m.slots[h].key] = true
				queue = append(queue, m.slots[h].key)
			}
		}
	}
	var out []Requirement
	seen[m.slots[s].key] = false
	for _, x := range m.slots {
		if x.step == m.slots[s].step && seen[x.key] {
			out, seen[x.key] = append(out, x.from), false
		}
	}
	return out
}
