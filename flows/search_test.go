package flows_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"hallpass/flows"
)

// catalog is a world with prod-db, prod-cache, staging-db and the guarded group security.
func catalog(t *testing.T, specs ...flows.FlowSpec) *world {
	t.Helper()
	w := emptyWorld(t)
	for id, name := range map[string]string{"00gcache": "prod-cache", "00gstage": "staging-db"} {
		w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: id}, Name: name, Permissions: []string{"member"}})
	}
	w.begin(specs...)
	return w
}

func names(list []flows.Resource) string {
	var out []string
	for _, r := range list {
		out = append(out, r.Name)
	}
	return strings.Join(out, " ")
}

func (w *world) draft(d flows.Draft) error {
	d.Resource = prodDB
	return w.engine.CheckDraft(w.ctx, ana, d)
}

// mistake expects an error at a field of the form.
func mistake(t *testing.T, err error, field, sentence string) {
	t.Helper()
	e, ok := err.(*flows.Error)
	if !ok {
		t.Fatalf("got %v, want %q", err, sentence)
	}
	is(t, "field", e.Field, field)
	is(t, "said", e.Sentence, sentence)
}

func TestSearchFindsWhatOneMayAskFor(t *testing.T) {
	w := catalog(t, oneStep())
	for text, want := range map[string]string{"": "prod-cache prod-db", "db": "prod-db", "PROD": "prod-cache prod-db", " cache ": "prod-cache", "staging": "", "security": ""} {
		list, err := w.engine.Search(w.ctx, ana, text, 10)
		w.must(err)
		is(t, "“"+text+"”", names(list), want)
	}
	list, err := w.engine.Search(w.ctx, ana, "", 1)
	w.must(err)
	is(t, "as many as fit", names(list), "prod-cache")
	list, err = w.engine.Search(w.ctx, eve, "", 10)
	w.must(err)
	is(t, "nothing for whom no flow covers", names(list), "")
}

func TestTheSameWordsForUnknownAndHidden(t *testing.T) {
	w := catalog(t, oneStep())
	for _, name := range []string{"prod-billing", "staging-db", "security"} {
		_, err := w.engine.FindResource(w.ctx, ana, name)
		mistake(t, err, "resource", "Nothing called "+name+" that you can ask for. Yours: prod-cache, prod-db. Ask #access-help.")
	}
	_, err := w.engine.FindResource(w.ctx, eve, "prod-db")
	mistake(t, err, "resource", "Nothing called prod-db that you can ask for. Ask #access-help.")
	found, err := w.engine.FindResource(w.ctx, ana, "PROD-DB")
	w.must(err)
	is(t, "case does not matter", found.Name, "prod-db")
}

func TestTheSameWordsForUnknownAndHiddenIDs(t *testing.T) {
	w := catalog(t, oneStep())
	for _, id := range []string{"00gstage", "id-security", "00gnone"} {
		d := flows.Draft{Resource: flows.ResourceKey{Integration: "okta", Type: "group", ID: id}, Duration: time.Hour, Reason: "replay failed payments"}
		mistake(t, w.engine.CheckDraft(w.ctx, ana, d), "resource", "That is nothing that you can ask for. Ask #access-help.")
		_, err := w.engine.Ask(w.ctx, w.actor(ana), d)
		mistake(t, err, "resource", "That is nothing that you can ask for. Ask #access-help.")
	}
}

func TestTwoThingsOfOneName(t *testing.T) {
	w := emptyWorld(t)
	w.target.list = append(w.target.list, flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "00gtwin"}, Name: "prod-db", Permissions: []string{"member"}})
	w.begin(oneStep())
	_, err := w.engine.FindResource(w.ctx, ana, "prod-db")
	is(t, "said", err.Error(), "More than one thing is called prod-db. Choose it in the form.")
}

func TestGuardedGroupsAreNeverRequestable(t *testing.T) {
	everything := automatic()
	everything.What[0].Names = nil
	everything.Who.Any = []flows.Selector{{Kind: flows.SelectEveryone}}
	w := emptyWorld(t)
	w.target.list = append(w.target.list, // the id of database-owners under another name, as after a renaming
		flows.Resource{ResourceKey: flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-database-owners"}, Name: "harmless", Permissions: []string{"member"}})
	w.begin(everything)
	for _, who := range []flows.PersonID{ana, eve} {
		list, err := w.engine.Search(w.ctx, who, "", 10)
		w.must(err)
		is(t, "found", names(list), "prod-db")
	}
	_, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: flows.ResourceKey{Integration: "okta", Type: "group", ID: "id-security"}, Duration: time.Hour, Reason: "to decide myself"})
	mistake(t, err, "resource", "That is nothing that you can ask for. Ask #access-help.")
}

func TestExceptRefusesAndFlowsFurtherDownAreNotAsked(t *testing.T) {
	strict, lax := oneStep(), automatic()
	lax.Name = "lax"
	strict.Who.Except = []flows.Selector{{Kind: flows.SelectUser, User: "ana@acme.example"}}
	strict.What[0].Except = []flows.Match{{Name: "*-cache"}}
	w := catalog(t, strict, lax)
	list, err := w.engine.Search(w.ctx, ana, "", 10)
	w.must(err)
	is(t, "Ana is excepted", names(list), "")
	list, err = w.engine.Search(w.ctx, ben, "", 10)
	w.must(err)
	is(t, "and so is the cache", names(list), "prod-db")
}

func TestOffer(t *testing.T) {
	w := catalog(t, usual())
	o, err := w.engine.Offer(w.ctx, ana, prodDB, "")
	w.must(err)
	is(t, "choices", fmt.Sprint(o.Choices), "[1h0m0s 2h0m0s]")
	is(t, "default", o.Default, time.Hour)
	is(t, "most", o.Max, 8*time.Hour)
	is(t, "who decides", o.Deciders[0].Words+", "+o.Deciders[1].Words, "your manager, somebody on call for SRE primary")
	is(t, "who that is", o.Deciders[0].Candidates[0].Person, caro)
	w.shifts.down = true
	o, err = w.engine.Offer(w.ctx, ana, prodDB, "")
	w.must(err)
	is(t, "says who does not answer", o.Unknown, "PagerDuty does not answer")
	w.use(automatic())
	o, err = w.engine.Offer(w.ctx, ana, prodDB, "")
	w.must(err)
	is(t, "automatic", o.Automatic, "You will get it at once.")
}

func TestMistakesInADraft(t *testing.T) {
	w := newWorld(t, oneStep())
	why := "replay failed payments"
	mistake(t, w.draft(flows.Draft{Duration: 9 * time.Hour, Reason: why}), "duration", "At most 8 h here. Ask for 8 h and extend later.")
	mistake(t, w.draft(flows.Draft{Duration: 30 * time.Second, Reason: why}), "duration", "At least 1 min.")
	mistake(t, w.draft(flows.Draft{Duration: -time.Hour, Reason: why}), "duration", "At least 1 min.")
	mistake(t, w.draft(flows.Draft{}), "reason", "Say why; it is shown to those who decide.")
	mistake(t, w.draft(flows.Draft{Reason: "    \n "}), "reason", "Say why; it is shown to those who decide.")
	mistake(t, w.draft(flows.Draft{Reason: " fix "}), "reason", "Say a little more: at least 5 characters.")
	mistake(t, w.draft(flows.Draft{Reason: strings.Repeat("ä", 3001)}), "reason", "At most 3000 characters.")
	w.must(w.draft(flows.Draft{Reason: strings.Repeat("ä", 3000)}))
	w.must(w.draft(flows.Draft{Reason: why, Duration: 8 * time.Hour}))

	fixed := oneStep()
	fixed.HowLong.Custom, fixed.HowLong.Extend = false, flows.Extend{}
	w.use(fixed)
	mistake(t, w.draft(flows.Draft{Duration: 90 * time.Minute, Reason: why}), "duration", "Choose 1 h or 2 h.")
	mistake(t, w.draft(flows.Draft{Duration: 9 * time.Hour, Reason: why}), "duration", "At most 2 h here.")
}

func TestTenPendingAndThirtyADay(t *testing.T) {
	w := newWorld(t, oneStep())
	actor := w.actor(ana)
	again := func() (*flows.Request, error) {
		return w.engine.Ask(w.ctx, actor, flows.Draft{Resource: prodDB, Duration: time.Hour, Reason: "replay failed payments"})
	}
	for range 10 {
		_, err := again()
		w.must(err)
	}
	_, err := again()
	is(t, "the eleventh", err.Error(), "You have 10 requests waiting, which is the most at one time. Cancel one, or wait for an answer.")
	for n := range 10 {
		_, err := w.engine.Cancel(w.ctx, actor, flows.RequestID(n+1))
		w.must(err)
	}
	for range 20 {
		r, err := again()
		w.must(err)
		_, err = w.engine.Cancel(w.ctx, actor, r.ID)
		w.must(err)
	}
	_, err = again()
	is(t, "the thirty-first", err.Error(), "You have asked 30 times in the last 24 h, which is the most. Ask a security admin if you need more today.")
	w.clock.pass(24*time.Hour + time.Second)
	_, err = again()
	w.must(err)
	w.run()
}

func TestOneOpenedFormMakesOneRequest(t *testing.T) {
	w := newWorld(t, oneStep())
	first := w.once("form-1", time.Hour)
	is(t, "the first again", w.once("form-1", 2*time.Hour).ID, first.ID)
	is(t, "another form, another request", w.once("form-2", time.Hour).ID, first.ID+1)
	w.run()
}

func TestADefaultIsFilledIn(t *testing.T) {
	w := newWorld(t, oneStep())
	r, err := w.engine.Ask(w.ctx, w.actor(ana), flows.Draft{Resource: prodDB, Reason: "  replay failed payments "})
	w.must(err)
	is(t, "duration", r.Duration, time.Hour)
	is(t, "permission", r.Entitlement.Permission, "member")
	is(t, "reason", r.Reason, "replay failed payments")
	w.run()
}
