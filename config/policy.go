package config

// Policy says what becomes of a change of the flows.
type Policy struct {
	// WidenFreely lets flows that let people have more hold at once. Otherwise they wait for an admin's press.
	WidenFreely bool
}

func readPolicy(v value) Policy {
	return Policy{WidenFreely: v.object(sectionPolicy).get("widening").word("confirm", "allow") == "allow"}
}
