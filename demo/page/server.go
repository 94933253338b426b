package page

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"slices"
)

//go:embed static
var static embed.FS

// maxDeed bounds the body of a POST, in bytes: a form field of Slack's is
// at most 3000 characters.
const maxDeed = 64 << 10

// policy is the page's Content-Security-Policy. Trusted Types makes the
// browser refuse any text that would become markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'"

// Options are what a Handler can be told beyond its World.
type Options struct {
	// Hosts are names under which the page may be reached besides loopback
	// addresses and localhost, without ports.
	Hosts []string
}

// Handler serves the page and plays on w. Streams of states end with their
// request's context, so give the server a BaseContext to end them on shutdown.
func Handler(w World, opts Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", files())
	mux.HandleFunc("GET /api/state", func(rw http.ResponseWriter, r *http.Request) {
		answer(rw, http.StatusOK, w.State(r.FormValue("as")))
	})
	mux.HandleFunc("GET /api/events", func(rw http.ResponseWriter, r *http.Request) { stream(rw, r, w) })
	for name, do := range deeds {
		mux.HandleFunc("POST /api/"+name, func(rw http.ResponseWriter, r *http.Request) { perform(rw, r, w, do) })
	}
	return headers(onlyLoopback(opts.Hosts, http.NewCrossOriginProtection().Handler(mux)))
}

// deed is the body of every POST; each kind of deed reads the fields it needs.
type deed struct {
	As      string          `json:"as"`
	Channel string          `json:"channel"`
	Text    string          `json:"text"`
	TS      string          `json:"ts"`
	View    string          `json:"view"`
	At      Spot            `json:"at"`
	Value   json.RawMessage `json:"value"`
	Query   string          `json:"query"`
	Speed   int             `json:"speed"`
	Name    string          `json:"name"`
	On      bool            `json:"on"`
}

// deeds are all that can be done, by the last part of the address. What a
// deed returns is its answer; nil answers an empty object.
var deeds = map[string]func(context.Context, World, deed) (any, error){
	"slash": func(ctx context.Context, w World, d deed) (any, error) {
		return nil, w.Slash(ctx, d.As, d.Channel, d.Text)
	},
	"say": func(ctx context.Context, w World, d deed) (any, error) {
		return nil, w.Say(ctx, d.As, d.Channel, d.Text)
	},
	"shortcut": func(ctx context.Context, w World, d deed) (any, error) { return nil, w.Shortcut(ctx, d.As) },
	"home":     func(ctx context.Context, w World, d deed) (any, error) { return nil, w.OpenHome(ctx, d.As) },
	"chat":     func(ctx context.Context, w World, d deed) (any, error) { return nil, w.OpenChat(ctx, d.As) },
	"press": func(ctx context.Context, w World, d deed) (any, error) {
		said, err := w.Press(ctx, d.As, d.At, d.Value)
		return map[string]string{"said": said}, err
	},
	"fill": func(ctx context.Context, w World, d deed) (any, error) {
		return nil, w.Fill(ctx, d.As, d.At, d.Value)
	},
	"options": func(ctx context.Context, w World, d deed) (any, error) {
		found, err := w.Options(ctx, d.As, d.At, d.Query)
		return map[string][]Option{"options": found}, err
	},
	"submit": func(ctx context.Context, w World, d deed) (any, error) { return w.Submit(ctx, d.As, d.View) },
	"close":  func(ctx context.Context, w World, d deed) (any, error) { return nil, w.CloseView(ctx, d.As, d.View) },
	"read": func(ctx context.Context, w World, d deed) (any, error) {
		return nil, w.Read(ctx, d.As, d.Channel, d.TS)
	},
	"speed": func(_ context.Context, w World, d deed) (any, error) { return nil, w.SetSpeed(d.Speed) },
	"fault": func(_ context.Context, w World, d deed) (any, error) { return nil, w.SetFault(d.Name, d.On) },
}

func perform(rw http.ResponseWriter, r *http.Request, w World, do func(context.Context, World, deed) (any, error)) {
	if r.Header.Get("Content-Type") != "application/json" {
		refuse(rw, http.StatusUnsupportedMediaType, "Send application/json.")
		return
	}
	var d deed
	from := json.NewDecoder(http.MaxBytesReader(rw, r.Body, maxDeed))
	from.DisallowUnknownFields()
	if err := from.Decode(&d); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(rw, http.StatusRequestEntityTooLarge, "That is too much text.")
			return
		}
		refuse(rw, http.StatusBadRequest, "This is not a deed of the page: "+err.Error())
		return
	}
	got, err := do(r.Context(), w, d)
	if err != nil {
		refuse(rw, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if got == nil {
		got = struct{}{}
	}
	answer(rw, http.StatusOK, got)
}

func answer(rw http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"The world cannot be drawn."}`)
	}
	rw.Header().Set("Content-Type", "application/json")
	rw.WriteHeader(status)
	_, _ = rw.Write(body) // nobody is left to tell when the visitor is gone
}

func refuse(rw http.ResponseWriter, status int, sentence string) {
	answer(rw, status, map[string]string{"error": sentence})
}

func files() http.Handler {
	sub, err := fs.Sub(static, "static")
	if err != nil {
		panic(err) // the folder is compiled in
	}
	return http.FileServerFS(sub)
}

func headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(rw, r)
	})
}

// onlyLoopback refuses names that somebody else's DNS could point here: a
// page of theirs would then count as the same origin.
func onlyLoopback(hosts []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if !isLoopback(r.Host) && !slices.Contains(hosts, hostname(r.Host)) {
			refuse(rw, http.StatusMisdirectedRequest, "This page answers on loopback only. Open it as http://127.0.0.1 with its port.")
			return
		}
		next.ServeHTTP(rw, r)
	})
}

func isLoopback(host string) bool {
	name := hostname(host)
	if name == "localhost" {
		return true
	}
	addr, err := netip.ParseAddr(name)
	return err == nil && addr.IsLoopback()
}

func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		return name
	}
	if n := len(host); n > 1 && host[0] == '[' && host[n-1] == ']' {
		return host[1 : n-1]
	}
	return host
}
