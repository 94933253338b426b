package config

// The sections by name. Those of one kind of integration are "integration " and the kind.
const (
	sectionTop         = "configuration"
	sectionFlowsFile   = "flows file"
	sectionStore       = "store"
	sectionWitness     = "witness"
	sectionSlack       = "slack"
	sectionTeams       = "teams"
	sectionFeed        = "feed"
	sectionPeople      = "people"
	sectionLink        = "link"
	sectionLimits      = "limits"
	sectionPolicy      = "policy"
	sectionHelp        = "help"
	sectionTiming      = "timing"
	sectionProfile     = "profile"
	sectionPerson      = "person"
	sectionFlow        = "flow"
	sectionWho         = "who"
	sectionWhat        = "what"
	sectionTag         = "tag"
	sectionMatch       = "match"
	sectionHowLong     = "how_long"
	sectionExtend      = "extend"
	sectionWhy         = "why"
	sectionTicket      = "ticket"
	sectionField       = "field"
	sectionApproval    = "approval"
	sectionCondition   = "condition"
	sectionDuring      = "during"
	sectionEscalate    = "escalate"
	sectionStep        = "step"
	sectionRequirement = "requirement"
	sectionSelector    = "selector"
	sectionShift       = "shift"
	sectionOwner       = "owner"
	sectionOwned       = "owners"
	sectionTickets     = "tickets"
	sectionOverride    = "for_groups"
	sectionIntegration = "integration "
)

// schema lists the keys of every section, with what may stand behind them. The readers ask for no others, config.example.yaml shows each
// of them, and Schema prints them for editors; tests hold all three.
var schema = map[string][]key{
	sectionTop: {is("store", part(sectionStore)), is("witness", part(sectionWitness)), is("slack", part(sectionSlack)), is("teams", part(sectionTeams)),
		must("people", part(sectionPeople)), is("limits", part(sectionLimits)), is("policy", part(sectionPolicy)),
		is("help", part(sectionHelp)), is("timing", part(sectionTiming)),
		must("integrations", byName(anIntegration())), is("flows", listOf(part(sectionFlow))), is("flows_file", aText)},
	sectionFlowsFile: {must("flows", listOf(part(sectionFlow)))},
	sectionStore:     {is("dsn", aText)},
	sectionWitness:   {must("file", aText)},
	sectionSlack: {must("app_token", aSecret), must("bot_token", aSecret), must("team_ids", listOf(aText)), is("api_url", aText),
		is("audit_channel", aText), is("feed_channel", aText), is("connections", whole(MinConnections, MaxConnections)), is("feed", part(sectionFeed))},
	sectionTeams: {must("app_id", aText), must("secret", aSecret), must("tenant", aText), is("listen", aText), is("audit_channel", aText), is("feed_channel", aText),
		is("feed", part(sectionFeed)), is("rooms", listOf(aText)), is("link", part(sectionLink)), is("metadata_url", aText), is("issuer", aText), is("token_url", aText),
		is("scope", aText), is("service_url", aText), is("service_hosts", listOf(aText))},
	sectionFeed: {is("reason", oneOf("show", "hide"))},
	sectionPeople: {must("directory", aText), must("link", part(sectionLink)), must("admins", selectors),
		is("same_human", listOf(listOf(aText)))},
	sectionLink:    {is("attribute", aText), is("address", aFlag), is("sso_enforced", aFlag)},
	sectionLimits:  {is("pending", whole(1, maxLimit)), is("per_day", whole(1, maxLimit))},
	sectionPolicy:  {is("widening", oneOf("confirm", "allow"))},
	sectionHelp:    {is("channel", aText)},
	sectionTiming:  {is("call_timeout", aSpan), is("proof_gap", aSpan)},
	sectionProfile: {must("profile", aText)},

	sectionIntegration + string(KindOkta): {must("kind", oneOf(string(KindOkta))), must("api_url", aText), is("token", aSecret), is("client_id", aText),
		is("private_key", aSecret), is("key_id", aText), is("sync", aSpan), is("tags_from", part(sectionProfile)),
		is("owner_from", part(sectionProfile)), is("owners", listOf(part(sectionOwned))), is("sessions_outlive", aText),
		is("manager", part(sectionProfile))},
	sectionIntegration + string(KindPagerDuty): {must("kind", oneOf(string(KindPagerDuty))), is("api_url", aText), must("token", aSecret)},
	sectionIntegration + string(KindJira): {must("kind", oneOf(string(KindJira))), must("api_url", aText), must("user", aText), must("token", aSecret),
		must("project", aText)},
	sectionIntegration + string(KindFile): {must("kind", oneOf(string(KindFile))), must("people", listOf(part(sectionPerson)))},
	sectionPerson: {must("id", aScalar), must("name", aText), must("email", aText), is("title", aText), is("manager", aScalar), is("groups", listOf(aText)),
		is("status", oneOf("active", "suspended", "left")), is("attributes", byName(aScalar))},

	sectionFlow: {must("name", aText), must("who", part(sectionWho)), must("what", listOf(part(sectionWhat))), is("how_long", part(sectionHowLong)),
		is("why", part(sectionWhy)), is("approval", part(sectionApproval)), is("warn", aSpan),
		is("tickets", part(sectionTickets)), is("deny", aFlag), is("for_groups", listOf(part(sectionOverride)))},
	sectionWho: {must("any", selectors), is("except", selectors), is("skip", selectors)},
	sectionWhat: {must("in", aText), must("type", oneOf(resourceTypes...)), is("names", listOf(aText)), is("name", aText), is("tags", tags), is("under", aText),
		is("except", listOf(part(sectionMatch))), is("permissions", listOf(oneOf(permissions...))), is("guarded", aFlag)},
	sectionTag:   {must("exists", form{"const": true})},
	sectionMatch: {is("name", aText), is("tags", tags)},
	sectionHowLong: {is("choices", listOf(aSpan)), is("default", aSpan), is("max", aSpan), is("custom", aFlag), is("indefinite", aFlag), is("extend", part(sectionExtend)),
		is("in_total", aTotal)},
	sectionExtend: {must("times", whole(1, maxTimes)), must("by", aSpan)},
	sectionWhy: {is("reason", oneOf("optional", "required")), is("at_least", whole(1, maxReason)), is("pattern", aText), is("hint", aText),
		is("ticket", part(sectionTicket)), is("fields", listOf(part(sectionField)))},
	sectionTicket: {must("in", aText), must("pattern", aText), is("project", aText), is("status", listOf(aText)), is("assignee", oneOf(assignees...)),
		is("reuse", whole(1, maxTimes))},
	sectionField: {must("name", form{"type": "string", "pattern": `^\s*[a-z0-9_]{1,40}\s*$`}), must("label", aText), is("kind", oneOf(fieldKinds...)),
		is("choices", listOf(aText)), is("required", aFlag)},
	sectionApproval: {is("automatic", either(aFlag, listOf(part(sectionCondition)))), is("exempt", selectors), is("steps", listOf(part(sectionStep))),
		is("fallback", selectors), is("remind", aSpan), is("escalate", part(sectionEscalate)), is("lapse", aSpan)},
	sectionCondition: {is("during", part(sectionDuring)), is("group", aText), is("shift", part(sectionShift)), is("at_most", aSpan), is("per_day", whole(1, maxTimes))},
	sectionDuring:    {is("days", aText), is("hours", aText), must("zone", aText), is("holidays", listOf(aText))},
	sectionEscalate:  {must("after", aSpan), must("to", selectors), is("replace", aFlag)},
	sectionStep:      {must("all", listOf(either(oneOf("everyone"), part(sectionRequirement)))), is("same_person", aFlag)},
	sectionRequirement: {is("user", aText), is("group", aText), is("manager", whole(1, maxLevels)), is("shift", part(sectionShift)), is("owner", anOwner),
		is("everyone", form{"const": true}), is("any", selectors), is("at_least", whole(1, maxTimes))},
	sectionSelector: {is("user", aText), is("group", aText), is("manager", whole(1, maxLevels)), is("shift", part(sectionShift)), is("owner", anOwner),
		is("everyone", form{"const": true})},
	sectionShift:    {must("in", aText), must("schedule", aText), is("level", whole(1, maxLevels)), is("known_for", aSpan)},
	sectionOwner:    {must("tag", aText)},
	sectionOwned:    {must("name", aText), must("owner", aText)},
	sectionTickets:  {must("in", aText), is("issue_type", aText), is("granted", aText), is("ended", aText)},
	sectionOverride: {must("group", aText), is("how_long", part(sectionHowLong)), is("approval", part(sectionApproval))},
}

// known are the names of a section's keys, in the order of the table.
func known(section string) []string {
	out := make([]string, 0, len(schema[section]))
	for _, k := range schema[section] {
		out = append(out, k.name)
	}
	return out
}

// later are keys of the design that this version does not carry out yet, by section, with why where it is worth saying. Ignoring one
// would make a policy laxer than it reads, so each is refused by name.
var later = map[string]map[string]string{
	sectionTop:         {"mail": "", "smtp": "", "tests": ""},
	sectionPeople:      {"sign_in": ""},
	sectionFlow:        {"confirm": "", "for_others": "", "exclusive": ""},
	sectionWho:         {"all": "", "for_groups": ""},
	sectionWhat:        {"owner": "", "skip": "", "deny": ""},
	sectionMatch:       {"under": ""},
	sectionApproval:    {"confirm": ""},
	sectionStep:        {"confirm": ""},
	sectionRequirement: {"confirm": "", "during": ""},
	sectionSelector:    {"during": ""},
}

// homes are where keys belong that are easily put one level too high or too low.
var homes = map[string]string{
	"same_person": "a step", "skip": "who", "except": "who", "exempt": "approval", "escalate": "approval", "steps": "approval", "fallback": "approval", "automatic": "approval",
	"lapse": "approval", "remind": "approval", "under": "a line of what", "in_total": "how_long", "extend": "how_long", "custom": "how_long", "indefinite": "how_long",
	"ticket": "why", "fields": "why", "for_groups": "the flow", "deny": "the flow", "warn": "the flow", "tickets": "the flow",
	"known_for": "the shift",
}
