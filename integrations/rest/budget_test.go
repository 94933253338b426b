package rest

import (
	"context"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"hallpass/flows"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// epochLimits reads a budget whose renewal is an epoch second, as Okta writes it.
func epochLimits(h http.Header, date time.Time) (Budget, bool) {
	left, err := strconv.Atoi(h.Get("Left"))
	if err != nil {
		return Budget{}, false
	}
	reset, _ := strconv.ParseInt(h.Get("Reset"), 10, 64)
	return Budget{Left: left, Of: 10, Renews: time.Unix(reset, 0).Sub(date)}, true
}

func TestRetryAfterIsCountedFromTheAnswersDate(t *testing.T) {
	cases := map[string]struct {
		headers map[string]string
		want    time.Duration
	}{
		"seconds":    {map[string]string{"Retry-After": "7"}, 7 * time.Second},
		"a time":     {map[string]string{"Retry-After": noon.Add(90 * time.Second).Format(http.TimeFormat)}, 90 * time.Second},
		"past":       {map[string]string{"Retry-After": noon.Add(-time.Hour).Format(http.TimeFormat)}, 0},
		"endless":    {map[string]string{"Retry-After": "99999999999"}, time.Hour},
		"its own":    {map[string]string{"Left": "0", "Reset": strconv.FormatInt(noon.Add(30*time.Second).Unix(), 10)}, 30 * time.Second},
		"not a word": {nil, 0},
	}
	for name, tc := range cases {
		c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", noon.Format(http.TimeFormat))
			for k, v := range tc.headers {
				w.Header().Set(k, v)
			}
			w.WriteHeader(http.StatusTooManyRequests)
		}, func(c *Config) { c.Limits = epochLimits })
		call := flows.AsCall(c.Do(t.Context(), Call{Method: "PUT", Path: []string{"x"}}))
		if call.Outcome != flows.OutcomeLater || !call.Lane || call.RetryAfter != tc.want {
			t.Errorf("%s: %+v", name, call)
		}
	}
}

func TestAnEmptyBudgetClosesItsBucketUntilItRenews(t *testing.T) {
	now, calls := noon, 0
	c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.Header().Set("Date", noon.Add(time.Hour).Format(http.TimeFormat)) // the vendor's clock is not ours
		w.Header().Set("Left", "0")
		w.Header().Set("Reset", strconv.FormatInt(noon.Add(time.Hour+30*time.Second).Unix(), 10))
	}, func(c *Config) { c.Limits = epochLimits; c.Now = func() time.Time { return now } })
	ask := func(bucket string) *flows.CallError {
		return flows.AsCall(c.Do(t.Context(), Call{Method: "PUT", Path: []string{"x"}, Bucket: bucket}))
	}
	if err := ask("a"); err != nil {
		t.Fatal(err)
	}
	now = noon.Add(10 * time.Second)
	if err := ask("a"); err == nil || err.RetryAfter != 20*time.Second || !err.Lane || err.Outcome != flows.OutcomeLater || calls != 1 {
		t.Errorf("%+v after %d calls", err, calls)
	}
	if err := ask("b"); err != nil {
		t.Errorf("another bucket is closed too: %v", err)
	}
	now = noon.Add(30 * time.Second)
	if err := ask("a"); err != nil {
		t.Error(err)
	}
}

func TestBackgroundCallsLeaveAReserve(t *testing.T) {
	c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", noon.Format(http.TimeFormat))
		w.Header().Set("Left", "2")
		w.Header().Set("Reset", strconv.FormatInt(noon.Add(30*time.Second).Unix(), 10))
	}, func(c *Config) { c.Limits = epochLimits; c.Now = func() time.Time { return noon } })
	if err := c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}}); err != nil {
		t.Fatal(err)
	}
	background := flows.AsCall(c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}, Background: true}))
	if background == nil || background.Lane || background.RetryAfter != 30*time.Second {
		t.Errorf("%+v", background)
	}
	if err := c.Do(t.Context(), Call{Method: "GET", Path: []string{"x"}}); err != nil {
		t.Error(err)
	}
}

func TestPagesWaitAndGoOn(t *testing.T) {
	var slept []time.Duration
	refused := false
	c := stand(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Query().Get("after") == "":
			w.Header().Add("Link", `<http://`+r.Host+r.URL.Path+`>; rel="self"`)
			w.Header().Add("Link", `<http://`+r.Host+r.URL.Path+`?after=2>; rel="next"`)
			_, _ = w.Write([]byte(`["a","b"]`))
		case !refused:
			refused = true
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusTooManyRequests)
		default:
			w.Header().Add("Link", `</base/x>; rel="self", </base/x>; rel="prev"`)
			_, _ = w.Write([]byte(`["c"]`))
		}
	}, func(c *Config) {
		c.Sleep = func(_ context.Context, d time.Duration) error { slept = append(slept, d); return nil }
	})
	var got []string
	err := Pages(t.Context(), c, Call{Method: "GET", Path: []string{"x"}, Background: true}, func(p []string) { got = append(got, p...) })
	if diff := cmp.Diff([]string{"a", "b", "c"}, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if diff := cmp.Diff([]time.Duration{3 * time.Second}, slept); diff != "" {
		t.Error(diff)
	}
}

func TestANextPageElsewhereIsRefused(t *testing.T) {
	for link, want := range map[string]string{
		`<https://evil.example/x>; rel="next"`: "Acme names a next page on another host; an admin must check api_url",
		`</base/x>; rel="next"`:                "Acme names the same page as the next one",
	} {
		c := stand(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Link", link)
			_, _ = w.Write([]byte(`[]`))
		}, nil)
		err := Pages(t.Context(), c, Call{Method: "GET", Path: []string{"x"}}, func([]string) {})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v", link, err)
		}
	}
}
