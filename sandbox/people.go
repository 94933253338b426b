package sandbox

// Person is one human of the company, with his id in each system; "" where he is not in it.
type Person struct {
	Name       string // how the constants below call him
	First      string
	Last       string
	Email      string
	Title      string
	Department string
	Zone       string // IANA name

	Okta      string
	Slack     string
	Teams     string // the Entra object id
	PagerDuty string
	Jira      string

	Manager string // Okta id
	Guest   bool   // single-channel guest in Slack
	Admin   bool   // administrator of the Slack workspace
}

// The ids of the people in Okta.
const (
	AnaOkta  = "00uanasilva000000001"
	BenOkta  = "00ubenokafor00000002"
	CaroOkta = "00ucarolind000000003"
	DevOkta  = "00udevpatel000000004"
	EveOkta  = "00uevemoreau00000005"
	FinnOkta = "00ufinnberg000000006"
	GusOkta  = "00ugusconrad00000007"
)

// The ids of the people in Slack. Sam belongs to StrangersTeamID.
const (
	AnaSlack  = "U0ANA"
	BenSlack  = "U0BEN"
	CaroSlack = "U0CARO"
	DevSlack  = "U0DEV"
	EveSlack  = "U0EVE"
	FinnSlack = "U0FINN"
	GusSlack  = "U0GUS"
	SamSlack  = "U0SAM"
)

// The object ids of the people in Entra, by which Teams knows them.
const (
	AnaTeams  = "a0000000-0000-4000-8000-000000000001"
	BenTeams  = "a0000000-0000-4000-8000-000000000002"
	CaroTeams = "a0000000-0000-4000-8000-000000000003"
	DevTeams  = "a0000000-0000-4000-8000-000000000004"
	EveTeams  = "a0000000-0000-4000-8000-000000000005"
	FinnTeams = "a0000000-0000-4000-8000-000000000006"
	GusTeams  = "a0000000-0000-4000-8000-000000000007"
	SamTeams  = "b0000000-0000-4000-8000-000000000008"
)

// People returns everybody of the company, Sam excepted, who is nobody's colleague.
func People() []Person {
	return []Person{
		{Name: "Ana", First: "Ana", Last: "Silva", Email: "ana.silva@acme.example", Title: "Software Engineer", Department: "Payments",
			Zone: "Europe/Lisbon", Okta: AnaOkta, Slack: AnaSlack, Teams: AnaTeams, Jira: "712020:ana", Manager: CaroOkta},
		{Name: "Ben", First: "Ben", Last: "Okafor", Email: "ben.okafor@acme.example", Title: "Site Reliability Engineer", Department: "SRE",
			Zone: "Europe/Berlin", Okta: BenOkta, Slack: BenSlack, Teams: BenTeams, PagerDuty: "PBEN001", Jira: "712020:ben", Manager: CaroOkta},
		{Name: "Caro", First: "Caro", Last: "Lind", Email: "caro.lind@acme.example", Title: "Engineering Manager", Department: "Payments",
			Zone: "Europe/Berlin", Okta: CaroOkta, Slack: CaroSlack, Teams: CaroTeams, PagerDuty: "PCARO01", Jira: "712020:caro"},
		{Name: "Dev", First: "Dev", Last: "Patel", Email: "dev.patel@acme.example", Title: "Site Reliability Engineer", Department: "SRE",
			Zone: "Asia/Kolkata", Okta: DevOkta, Slack: DevSlack, Teams: DevTeams, PagerDuty: "PDEV001", Jira: "712020:dev", Manager: CaroOkta},
		{Name: "Eve", First: "Eve", Last: "Moreau", Email: "eve.moreau@acme.example", Title: "Security Engineer", Department: "Security",
			Zone: "Europe/Paris", Okta: EveOkta, Slack: EveSlack, Teams: EveTeams, PagerDuty: "PEVE001", Jira: "712020:eve", Admin: true},
		{Name: "Finn", First: "Finn", Last: "Berg", Email: "finn.berg@acme.example", Title: "Data Engineer", Department: "Analytics",
			Zone: "Europe/Oslo", Okta: FinnOkta, Slack: FinnSlack, Teams: FinnTeams, Jira: "712020:finn", Manager: CaroOkta},
		{Name: "Gus", First: "Gus", Last: "Conrad", Email: "gus.conrad@acme.example", Title: "Contractor", Department: "Payments",
			Zone: "America/New_York", Okta: GusOkta, Slack: GusSlack, Teams: GusTeams, Manager: CaroOkta, Guest: true},
	}
}

// Who finds a person by the first name, such as "Ana"; the zero Person where there is none.
func Who(name string) Person {
	for _, p := range People() {
		if p.Name == name {
			return p
		}
	}
	return Person{}
}
