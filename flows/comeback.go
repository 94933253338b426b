package flows

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Times of coming back, in company time.
const (
	// beatEvery is how often a running Hallpass notes that it runs.
	beatEvery = time.Minute
	// awayFor is how long nobody must have run for it to be told as a time off. What is shorter is a restart: nothing is late enough to explain.
	awayFor = 30 * time.Minute
)

// metaBeat is when a Hallpass last noted that it ran.
const metaBeat = "runs at"

// Off is a time in which no Hallpass ran, and what it meant for one person.
type Off struct {
	From, To time.Time
	About    []RequestID
}

// Beat notes that Hallpass runs, so that the next start knows how long nobody did.
func (e *Engine) Beat(ctx context.Context) error {
	err := e.store.Change(ctx, beat)
	if err == nil {
		e.beaten.Store(e.clock.Company().UnixNano())
	}
	return err
}

func (e *Engine) beatWhenDue(ctx context.Context) error {
	if e.clock.Company().Sub(time.Unix(0, e.beaten.Load())) < beatEvery {
		return nil
	}
	return e.Beat(ctx)
}

func beat(tx Tx) error {
	if err := tx.PutMeta(metaBeatReal, tx.Real().UTC().Format(time.RFC3339Nano)); err != nil {
		return err
	}
	return tx.PutMeta(metaBeat, tx.Now().UTC().Format(time.RFC3339Nano))
}

// lastBeat is when Hallpass last ran; the zero time when that is not known.
func lastBeat(tx Tx) (time.Time, error) {
	text, err := tx.Meta(metaBeat)
	if err != nil || text == "" {
		return time.Time{}, err
	}
	return time.Parse(time.RFC3339Nano, text)
}

// ComeBack is called at a start, before anything else is done. After a time in which nobody ran it does at once, in one transaction, what fell
// due meanwhile: ends, the riskiest first; then requests past their time, and starts whose window has passed. Nobody is warned or reminded of what is
// late. Each person whom it touches gets one message that tells all of it.
func (e *Engine) ComeBack(ctx context.Context) error {
	return e.store.Change(ctx, func(tx Tx) error {
		last, err := lastBeat(tx)
		if err != nil {
			return err
		}
		old, err := ReadRecovery(tx) // an older database does not know when anybody ran
		if err != nil {
			return err
		}
		if err := beat(tx); err != nil || last.IsZero() || old != nil || tx.Now().Sub(last) < awayFor {
			return err
		}
		c := &comeback{e: e, tx: tx, from: last, touched: map[PersonID][]RequestID{}}
		for _, part := range []func() error{c.ends, c.requests, c.starts, c.tell} {
			if err := part(); err != nil {
				return err
			}
		}
		return nil
	})
}

// comeback is the work of coming back, inside its transaction.
type comeback struct {
	e       *Engine
	tx      Tx
	from    time.Time
	touched map[PersonID][]RequestID
	late    int           // ends
	latest  time.Duration // by how much the longest overdue is late
	lapsed  int
	dropped int
}

func (c *comeback) touch(who PersonID, id RequestID) {
	if !slices.Contains(c.touched[who], id) {
		c.touched[who] = append(c.touched[who], id)
	}
}

// ends begins the ends that fell due. They are wanted in the order of their risk, then the longest overdue first, and are carried out in it.
func (c *comeback) ends() error {
	list, err := c.tx.Grants(GrantFilter{States: []GrantState{Active}})
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(g *Grant) bool { return g.Endless() || c.tx.Now().Before(g.Ends) })
	rank := map[GrantID]int{}
	for _, g := range list {
		if rank[g.ID], err = endRank(c.tx, g); err != nil {
			return err
		}
	}
	slices.SortStableFunc(list, func(a, b *Grant) int {
		return cmp.Or(cmp.Compare(rank[a.ID], rank[b.ID]), a.Ends.Compare(b.Ends))
	})
	for _, g := range list {
		c.late++
		c.latest = max(c.latest, c.tx.Now().Sub(g.Ends))
		c.touch(g.Person, g.Request)
		if err := c.e.end(c.tx, g, Expired, "", ""); err != nil {
			return err
		}
	}
	return nil
}

// requests ends those past their time, and counts as sent what reminders fell due.
func (c *comeback) requests() error {
	list, err := c.tx.Requests(RequestFilter{States: []RequestState{Pending}})
	if err != nil {
		return err
	}
	for _, r := range slices.Backward(list) { // oldest first
		w := &work{request: r}
		if w.asked, err = flowOf(c.tx, r.FlowHash); err != nil {
			return err
		}
		if c.tx.Now().Before(r.Lapses) {
			err = c.reminders(r, w.askedTerms())
		} else {
			c.lapsed++
			c.touch(r.Asker, r.ID)
			err = c.e.closeQuietly(c.tx, w, Lapsed, ActLapsed, "", "Nobody decided in time.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// reminders has those whom a reminder would have reached meanwhile told with the rest: the next one comes when it is due.
func (c *comeback) reminders(r *Request, f *Flow) error {
	due := false
	for r.Reminders < maxReminders && !c.tx.Now().Before(r.remindAt(f.Approval.Remind)) {
		r.Reminders++
		due = true
	}
	if !due {
		return nil
	}
	for _, a := range r.Asked {
		if !a.Gone && a.Step == r.StepIndex {
			c.touch(a.Person, r.ID)
		}
	}
	return c.tx.PutRequest(r)
}

// starts drops what was agreed to and not given before the end that was named for it.
func (c *comeback) starts() error {
	list, err := c.tx.Grants(GrantFilter{States: []GrantState{Waiting}})
	if err != nil {
		return err
	}
	for _, g := range list {
		r, err := c.tx.Request(g.Request)
		if err != nil {
			return err
		}
		if r.State != Approved || !r.windowOver(c.tx.Now()) {
			continue
		}
		c.dropped++
		c.touch(g.Person, g.Request)
		g.Cause, g.EndWhy = Unfinished, windowWords
		if err := c.e.finishQuietly(c.tx, g, Dropped, ""); err != nil {
			return err
		}
		h, err := c.tx.Holding(g.Holding)
		if err != nil {
			return err
		}
		if err := wantHold(c.tx, h, RankGrant); err != nil {
			return err
		}
	}
	return nil
}

// tell writes it down, gives each person one message, and the admins one about all where something came late.
func (c *comeback) tell() error {
	to := c.tx.Now()
	data := map[string]string{"from": c.from.UTC().Format(time.RFC3339), "ends": fmt.Sprint(c.late), "lapsed": fmt.Sprint(c.lapsed), "dropped": fmt.Sprint(c.dropped)}
	if err := c.e.log(c.tx, &Entry{Action: ActCameBack, Data: data}); err != nil {
		return err
	}
	for _, who := range slices.Sorted(maps.Keys(c.touched)) {
		about := c.touched[who]
		slices.Sort(about)
		p := Post{Kind: PostDigest, Key: fmt.Sprintf("digest/%d/%s", c.from.Unix(), who), Person: who, Off: &Off{From: c.from, To: to, About: about}}
		if err := c.e.say(c.tx, p); err != nil {
			return err
		}
	}
	if words := c.words(); words != "" {
		return c.e.alarm(c.tx, fmt.Sprintf("off/%d", c.from.Unix()), words, Entry{})
	}
	return nil
}

// words tell the admins what came late, empty when nothing did.
func (c *comeback) words() string {
	var out []string
	if c.late > 0 {
		out = append(out, fmt.Sprintf("%s late, by up to %s", came(c.late, "end came", "ends came"), Span(c.latest)))
	}
	if c.lapsed > 0 {
		out = append(out, came(c.lapsed, "request lapsed", "requests lapsed"))
	}
	if c.dropped > 0 {
		out = append(out, came(c.dropped, "grant was dropped, as its time was over before it began", "grants were dropped, as their time was over before they began"))
	}
	if len(out) == 0 {
		return ""
	}
	return fmt.Sprintf("Hallpass was off for %s: %s.", Span(c.tx.Now().Sub(c.from)), Join(out, "and"))
}

func came(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
