package spectest

import (
	"net/http"

	"github.com/getkin/kin-openapi/openapi3"
)

// exceptions are the places where a document contradicts the living service, mended in the loaded copy.
var exceptions = map[string]func(*openapi3.T){
	Okta:      oktaExceptions,
	PagerDuty: pagerdutyExceptions,
	Jira:      jiraExceptions,
}

// jiraExceptions: Jira writes the zone of a time as +0000, which the format date-time forbids (the document's own examples do
// so); and a field without a value is null, which the document's empty schema means to allow.
func jiraExceptions(doc *openapi3.T) {
	schemas := doc.Components.Schemas
	for _, name := range []string{"created", "updated"} {
		schemas["Comment"].Value.Properties[name].Value.Format = ""
	}
	for _, name := range []string{"IssueBean", "IssueUpdateDetails"} {
		schemas[name].Value.Properties["fields"].Value.AdditionalProperties.Schema.Value.Nullable = true
	}
}

// pagerdutyExceptions: the live API sends null as start, end and schedule of a permanent on-call; with include[] it sends
// the whole user, schedule, policy or contact method where the document has only the reference; it answers a list of
// overrides with 200 where the document says 201; and it still takes a single override, which PagerDuty's own Go client
// sends and wants back under the name "override".
func pagerdutyExceptions(doc *openapi3.T) {
	schemas := doc.Components.Schemas
	oncall := schemas["Oncall"].Value.Properties
	for _, name := range []string{"start", "end"} {
		oncall[name].Value.Nullable = true
	}
	for property, whole := range map[string]string{"user": "User", "schedule": "Schedule", "escalation_policy": "EscalationPolicy"} {
		either := openapi3.NewSchema()
		either.AnyOf = openapi3.SchemaRefs{oncall[property], schemas[whole]}
		either.Nullable = property == "schedule"
		oncall[property] = either.NewRef()
	}
	schemas["User"].Value.AllOf[1].Value.Properties["contact_methods"].Value.Items = openapi3.NewObjectSchema().NewRef()
	created := doc.Paths.Value("/schedules/{id}/overrides").Post.Responses.Status(http.StatusCreated).Value.Content.Get("application/json")
	single := openapi3.NewObjectSchema().WithPropertyRef("override", schemas["Override"]).WithRequired([]string{"override"})
	both := openapi3.NewSchema()
	both.AnyOf = openapi3.SchemaRefs{created.Schema, single.NewRef()}
	created.Schema = both.NewRef()
	listed := doc.Paths.Value("/schedules/{id}/overrides").Get.Responses
	listed.Set("200", listed.Status(http.StatusCreated))
}
