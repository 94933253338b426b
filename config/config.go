package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"time"

	"hallpass/flows"
)

// Config is a checked configuration, complete with its defaults.
type Config struct {
	File    string
	Store   Store
	Witness Witness
	Slack   Slack
	Teams   Teams
	// Feed is the channel that tells everybody, Audit the one that hears alarms and is a witness of the log. Zero when there is none. HideReason
	// leaves out of the feed what people typed.
	Feed, Audit  flows.Place
	HideReason   bool
	People       People
	Limits       Limits
	Policy       Policy
	Help         Help
	Timing       Timing
	Integrations []Integration // in the order of the file
	Flows        []*flows.Flow // in the order of the file: the first that covers decides
	// Guarded are the names of all groups that choose people anywhere in the file, sorted. They can never be asked for.
	Guarded []string
	// Notes are what is allowed but hardly meant, in the order of the file: a flow that never decides, a skip into a laxer flow.
	Notes Problems
	// Mentions are what the file names that only the outside knows, in the order of the file.
	Mentions []Mention
	// PolicyHash identifies the flows in their order, 64 hexadecimal digits.
	PolicyHash string
	positions  map[string]position // by the flow's name
}

// Store says where state is kept.
type Store struct {
	DSN Secret // "sqlite:" and a path, or "postgres://…", which may hold a password
}

// Witness says where the newest head of the log is kept besides the database. An empty File means nowhere.
type Witness struct {
	File string
}

// Limits are what one person may ask for.
type Limits struct {
	Pending int // requests that wait at one time
	PerDay  int // requests in a day
}

// Help names where people are sent for help, as it is shown: "#access-help". Empty when there is none.
type Help struct {
	Channel string
}

// Timing is in machine time, and never scaled.
type Timing struct {
	CallTimeout time.Duration // one call to an integration
	ProofGap    time.Duration // between the two reads that prove an access gone
}

// The settings that hold when the file does not say.
const (
	DefaultDSN         = "sqlite:hallpass.db"
	DefaultPending     = 10
	DefaultPerDay      = 30
	DefaultCallTimeout = 10 * time.Second
	DefaultProofGap    = 30 * time.Second
)

// Options says how to load. The zero value reads the process's environment and the file system.
type Options struct {
	// WithoutSecrets leaves references unresolved: they are still checked for their form.
	WithoutSecrets bool
	Getenv         func(name string) string
	ReadFile       func(path string) ([]byte, error)
}

// Load reads and checks a file. Whatever is wrong with it comes back as Problems.
func Load(path string, opts Options) (*Config, error) {
	c, wrong := Examine(path, opts)
	if len(wrong) > 0 {
		return nil, wrong
	}
	return c, nil
}

// Examine is Load for one who only looks: what could be read comes back beside whatever is wrong. It is never nil, and nothing may be run by it.
func Examine(path string, opts Options) (*Config, Problems) {
	opts = opts.filled()
	text, err := opts.ReadFile(path)
	if err != nil {
		return &Config{File: path}, Problems{{File: path, Sentence: "the file cannot be read: " + reason(err)}}
	}
	return parse(path, text, opts)
}

// Parse checks a file's text. The name stands in problems, and relative paths in the file start from its folder.
func Parse(name string, text []byte, opts Options) (*Config, error) {
	c, wrong := parse(name, text, opts)
	if len(wrong) > 0 {
		return nil, wrong
	}
	return c, nil
}

func parse(name string, text []byte, opts Options) (*Config, Problems) {
	r := &reader{opts: opts.filled()}
	c := &Config{File: name}
	if root, ok := r.parse(name, text); ok {
		r.settings(c, root)
	}
	c.Notes, c.Mentions = r.notes.Sorted(name), r.mentioned()
	return c, r.problems.Sorted(name)
}

// Integration finds one by its name.
func (c *Config) Integration(name string) (Integration, bool) {
	for _, i := range c.Integrations {
		if i.Name == name {
			return i, true
		}
	}
	return Integration{}, false
}

func (o Options) filled() Options {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	if o.ReadFile == nil {
		o.ReadFile = os.ReadFile
	}
	return o
}

// reason is an error of the file system without the path, which the sentence names already.
func reason(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err.Error()
	}
	return err.Error()
}

func (r *reader) settings(c *Config, root value) {
	if !root.present() {
		root.say("the file is empty; config.example.yaml shows what to write")
		return
	}
	o := root.object(sectionTop)
	c.Store = readStore(o.get("store"))
	c.Witness = readWitness(o.get("witness"))
	c.readChats(o)
	c.Limits = readLimits(o.get("limits"))
	c.Policy = readPolicy(o.get("policy"))
	c.Help = Help{Channel: o.get("help").object(sectionHelp).get("channel").text()}
	c.Timing = readTiming(o.get("timing"))
	c.Integrations = readIntegrations(o.need("integrations", "name at least the directory of your people"))
	list := readFlows(o)
	r.references(c.Integrations)
	judge(list, c)
	for _, w := range list {
		if w.flow != nil {
			c.Flows = append(c.Flows, w.flow)
		}
	}
	c.Guarded = guarded(c)
	c.PolicyHash = policyHash(c.Flows)
	c.positions = positionsOf(list)
}

func readWitness(v value) Witness {
	file := v.object(sectionWitness).need("file", "write where, best on another volume").text()
	return Witness{File: v.doc.resolve(file)}
}

func readLimits(v value) Limits {
	o := v.object(sectionLimits)
	return Limits{
		Pending: o.get("pending").number(1, maxLimit, DefaultPending),
		PerDay:  o.get("per_day").number(1, maxLimit, DefaultPerDay),
	}
}

// maxLimit keeps a limit a limit.
const maxLimit = 10_000

func readTiming(v value) Timing {
	o := v.object(sectionTiming)
	return Timing{
		CallTimeout: o.get("call_timeout").span(DefaultCallTimeout),
		ProofGap:    o.get("proof_gap").span(DefaultProofGap),
	}
}

func policyHash(list []*flows.Flow) string {
	sum := sha256.New()
	for _, f := range list {
		sum.Write([]byte(f.Hash() + "\n"))
	}
	return hex.EncodeToString(sum.Sum(nil))
}
