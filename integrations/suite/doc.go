// Package suite holds the obligations that every target and every directory must pass, whatever the vendor.
//
// The vocabulary: a World is an integration with a stand-in behind it and what the stand-in holds; a Wire is the transport between the
// two, where calls can be made to go wrong on the client's side of the socket. Each obligation gets a world of its own.
//
// What is promised by whoever passes: granting twice and removing twice are done; removing what is absent is done; a change whose
// answer was lost is unknown, and a look afterwards says what is; what surely did nothing says so; a failed look is an error
// and never "absent" or "not found"; a sync is complete or an error; no error and no print of the integration holds a secret;
// the residual window is named.
//
// What is not done: what a vendor's calls mean is for the tests beside each integration. This package is for tests only.
package suite
