// Package flows says what access is: people and resources, flows and requests, decisions, grants, holdings and the audit log.
//
// The words are those of docs/architecture.md. A request is about deciding, a grant is a lease, a holding is the access itself.
// The engine is the only writer of state: it loads, gathers outside facts, and changes everything in one transaction that also
// records the audit entry and the intents (outward acts). Nothing outside is touched before that commit.
//
// What is promised: no access without a satisfied flow, one outcome for each request, a lease ends on time and is closed only
// with a proof, nobody decides their own request, and what is unknown waits.
//
// What is not done here: no SQL, no network, no vendor's words, no chat markup. Those live behind the ports of this package.
// It imports the standard library only.
package flows
