package config

// The sections by name. Those of one kind of integration are "integration " and the kind.
const (
	sectionTop         = "configuration"
	sectionFlowsFile   = "flows file"
	sectionStore       = "store"
	sectionWitness     = "witness"
	sectionSlack       = "slack"
	sectionFeed        = "feed"
	sectionPeople      = "people"
	sectionLink        = "link"
	sectionLimits      = "limits"
	sectionHelp        = "help"
	sectionTiming      = "timing"
	sectionProfile     = "profile"
	sectionPerson      = "person"
	sectionFlow        = "flow"
	sectionWho         = "who"
	sectionWhat        = "what"
	sectionMatch       = "match"
	sectionHowLong     = "how_long"
	sectionExtend      = "extend"
	sectionWhy         = "why"
	sectionApproval    = "approval"
	sectionStep        = "step"
	sectionRequirement = "requirement"
	sectionSelector    = "selector"
	sectionShift       = "shift"
	sectionTickets     = "tickets"
	sectionIntegration = "integration "
)

// schema lists the keys of every section. The readers ask for no others, and config.example.yaml shows each of them; tests hold both.
var schema = map[string][]string{
	sectionTop:       {"store", "witness", "slack", "people", "limits", "help", "timing", "integrations", "flows", "flows_file"},
	sectionFlowsFile: {"flows"},
	sectionStore:     {"dsn"},
	sectionWitness:   {"file"},
	sectionSlack: {"app_token", "bot_token", "team_ids", "api_url", "audit_channel", "feed_channel", "connections",
		"feed"},
	sectionFeed:    {"reason"},
	sectionPeople:  {"directory", "link", "admins", "same_human"},
	sectionLink:    {"attribute", "address", "sso_enforced"},
	sectionLimits:  {"pending", "per_day"},
	sectionHelp:    {"channel"},
	sectionTiming:  {"call_timeout", "proof_gap"},
	sectionProfile: {"profile"},

	sectionIntegration + string(KindOkta): {"kind", "api_url", "token", "client_id", "private_key", "key_id", "sync", "tags_from",
		"sessions_outlive", "manager"},
	sectionIntegration + string(KindPagerDuty): {"kind", "api_url", "token"},
	sectionIntegration + string(KindJira):      {"kind", "api_url", "user", "token", "project"},
	sectionIntegration + string(KindFile):      {"kind", "people"},
	sectionPerson:                              {"id", "name", "email", "title", "manager", "groups", "status", "attributes"},

	sectionFlow:        {"name", "who", "what", "how_long", "why", "approval", "warn", "tickets"},
	sectionWho:         {"any", "except"},
	sectionWhat:        {"in", "type", "names", "name", "tags", "except", "permissions"},
	sectionMatch:       {"name", "tags"},
	sectionHowLong:     {"choices", "default", "max", "custom", "extend"},
	sectionExtend:      {"times", "by"},
	sectionWhy:         {"reason", "at_least", "hint"},
	sectionApproval:    {"automatic", "steps", "fallback", "remind", "lapse"},
	sectionStep:        {"all"},
	sectionRequirement: {"user", "group", "manager", "shift", "everyone", "at_least"},
	sectionSelector:    {"user", "group", "manager", "shift", "everyone"},
	sectionShift:       {"in", "schedule", "level"},
	sectionTickets:     {"in", "issue_type", "granted", "ended"},
}

// later are keys of the design that this version does not carry out yet, by section. Ignoring one would make a policy laxer than
// it reads, so each is refused by name.
var later = map[string][]string{
	sectionTop:         {"teams", "mail", "smtp", "tests"},
	sectionPeople:      {"sign_in"},
	sectionFlow:        {"deny", "skip", "confirm", "for_groups", "for_others", "exempt", "escalate", "under", "exclusive"},
	sectionWho:         {"all", "skip", "for_groups"},
	sectionWhat:        {"under", "skip", "deny", "owner"},
	sectionMatch:       {"under"},
	sectionHowLong:     {"in_total"},
	sectionWhy:         {"ticket"},
	sectionApproval:    {"exempt", "escalate", "confirm", "deny", "skip", "for_groups"},
	sectionStep:        {"any", "confirm", "under", "for_groups", "escalate"},
	sectionRequirement: {"owner", "confirm", "during", "known_for", "for_groups"},
	sectionSelector:    {"owner", "during", "known_for", "under"},
	sectionShift:       {"known_for"},
}
