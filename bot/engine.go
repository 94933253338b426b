package bot

import (
	"context"
	"time"

	"hallpass/flows"
)

// Engine is the part of flows.Engine that people reach through chat. A refusal is a *flows.Error whose sentence is for people.
type Engine interface {
	// Identify says who is behind an account, looked at afresh.
	Identify(ctx context.Context, a flows.Account) (flows.Actor, error)
	// Search lists what this person may ask for, out of the local catalog.
	Search(ctx context.Context, p flows.PersonID, text string, limit int) ([]flows.Resource, error)
	// FindResource finds by exact name what this person may ask for.
	FindResource(ctx context.Context, p flows.PersonID, name string) (flows.Resource, error)
	// OfferFor says what a form shows for what has been chosen so far. It may ask outside; what did not answer in time is in Offer.Unknown.
	OfferFor(ctx context.Context, p flows.PersonID, d flows.Draft) (flows.Offer, error)
	// CheckDraft finds mistakes; their Field is the form's.
	CheckDraft(ctx context.Context, p flows.PersonID, d flows.Draft) error
	Ask(ctx context.Context, who flows.Actor, d flows.Draft) (*flows.Request, error)
	Decide(ctx context.Context, who flows.Actor, p flows.Press) (flows.Answer, error)
	Cancel(ctx context.Context, who flows.Actor, id flows.RequestID) (flows.Answer, error)
	GiveBack(ctx context.Context, who flows.Actor, id flows.GrantID) (flows.Answer, error)
	Revoke(ctx context.Context, who flows.Actor, id flows.GrantID, why string) (flows.Answer, error)
	ReleaseBrake(ctx context.Context, who flows.Actor, integration, heldKey string) (flows.Answer, error)
	ReleasePolicy(ctx context.Context, who flows.Actor, hash string) (flows.Answer, error)
	ReleaseMove(ctx context.Context, who flows.Actor, resource, key string) (flows.Answer, error)
	// SettleStray does with access that was found after a restore what an admin says ("keep 8h", "take", "left").
	SettleStray(ctx context.Context, who flows.Actor, key, what string) (flows.Answer, error)
	// Explain says what would happen if this person asked, and why; ExplainRequest what became of a request. Both hold everything, for admins.
	Explain(ctx context.Context, p flows.PersonID, k flows.ResourceKey, permission string, d time.Duration, at time.Time) (flows.Explanation, error)
	ExplainRequest(ctx context.Context, id flows.RequestID) (flows.Explanation, error)
	// Receive commits a deed to the inbox with the intent to work it. A repeat returns the first, and false.
	Receive(ctx context.Context, d flows.Deed) (*flows.Deed, bool, error)
	// Unreached records that a post's person has no way to be reached in its chat, and moves the post to the next chat if there is one. Reached
	// takes it back.
	Unreached(ctx context.Context, id flows.PostID) (moved bool, err error)
	Reached(ctx context.Context, id flows.PostID) error
	AccountChanged(ctx context.Context, a flows.Account) error
	// Refuse writes a refused press or command to the audit log.
	Refuse(ctx context.Context, a flows.Account, what string, err error) error
}
