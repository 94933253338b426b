package flows

// endRank orders ends within a lane, the riskiest first: when the target is slow, or answers again after hours, who should lose what matters most
// loses it first. First comes what somebody took away, what a leaver still has, and what is guarded; then the more people had to agree to it, the
// sooner; last what needed nobody. Among equals the one that was wanted first.
func endRank(tx Tx, g *Grant) (int, error) {
	r, err := tx.Request(g.Request)
	if err != nil {
		return RankEnd, err
	}
	if g.Cause == Revoked || g.Cause == PersonLeft || r.Guarded {
		return RankEnd, nil
	}
	f, err := flowOf(tx, r.FlowHash)
	if err != nil {
		return RankEnd, err
	}
	return RankEnd + 1 + mostAgree - min(f.Approval.agree(), mostAgree), nil
}

// mostAgree is from how many approvals on an end is no riskier. It keeps the ranks of ends before RankGrant.
const mostAgree = 3

// agree is how many approvals a flow asks for where nothing does without.
func (a *Approval) agree() (n int) {
	for _, s := range a.Steps {
		for _, r := range s.All {
			n += max(1, r.N)
		}
	}
	return n
}
