// Package sandbox is Acme, a small company on loopback: its Slack workspace, Okta organisation, PagerDuty account and Jira
// site, with the same people in all four.
//
// Each of them is a stand-in that speaks its vendor's own protocol over real sockets, so that the vendors' clients cannot tell
// it from the living service. Nothing of the product is imported here or below: the stand-ins are written from the vendors'
// documents, and cannot share the product's mistakes.
//
// Every id and token is a constant, so that a configuration can be written against Acme before it is started. The people are
// linked by the Okta attribute slackId, and by their address, which is the same everywhere. Every stand-in has a fault switch
// (package faults) that breaks calls on purpose, an outer side for programs and an inner side for whoever plays the people.
//
//	Ana      engineer in Payments, reports to Caro, has the issue OPS-1
//	Ben      on call now for the schedule "SRE primary", database owner
//	Caro     engineering manager, database owner; has no manager herself
//	Dev      on call now for "SRE secondary", level 2, database owner
//	Eve      security, administrator of the workspace
//	Finn     engineer in Analytics, already a member of analytics-read
//	Gus      contractor: a single-channel guest in Slack
//	Sam      a stranger from another company in a shared channel; not in Okta at all
package sandbox
