package teams

// Limits of Teams and of Adaptive Cards. Source: learn.microsoft.com/microsoftteams/platform (limits-specifications-teams, bots/how-to/
// format-your-bot-messages, task-modules-and-cards), 2026. Lengths are in UTF-16 units, sizes in bytes of JSON, which is the stricter count.
const (
	bodyBytes    = 1 << 20  // of an activity that comes in
	answerBytes  = 4 << 20  // of an answer of the connector
	cardBytes    = 25 << 10 // of 28 KB for a card; messages may hold 100 KB
	schemaURL    = "http://adaptivecards.io/schemas/adaptive-card.json"
	cardVersion  = "1.5" // what Teams draws for cards of bots
	rowActions   = 6     // actions in one row; more hide behind dots
	runLength    = 3000  // not documented; that of the longest reason
	labelLength  = 200   // not documented
	titleLength  = 100   // of an action or a dialog; not documented
	previewLimit = 400   // what a notification may show at most
	choiceLength = 200
	choiceCount  = 100
	inputLength  = 3000
	queryRows    = 15 // rows of a search that Teams shows
	codeLength   = 80 // of words of the vendor in sentences of ours
	pageSize     = 500
	pages        = 20 // of a roster that we look at
)

// moreThanFits is said at the end of what was cut.
const moreThanFits = "There is more than fits here."
