// Package okta is Okta as a company directory and its groups as a target.
//
// The vocabulary: a group of type OKTA_GROUP that no active rule fills is fit to be a target, with the one permission "member"; any
// other is listed with the sentence that says why not.
//
// What is promised: authority is read when asked. Membership is looked up in a call of its own, whether the group is still fit before
// each change, and nothing here is ever derived from a sync. Addresses and logins are found by filter, which reads the records
// themselves; other attributes by search, whose index lags some seconds, so that what it finds is read again and compared.
//
// Membership is read by GET /users/{id}/groups and not by the members of the group: one call whatever the size of the group, no
// page to miss, and a 404 there means the person. The group itself is read beside it, so that a group which our role may
// not see is an error and never reads as absence. Neither of the two is documented as lagging, as search is.
//
// What is not done: creating or deleting anything, and expressions of rules: that an active rule names the group is enough.
package okta
