package checker

import (
	"slices"
	"time"
)

// flow finds a flow by its hash.
func (j *judge) flow(hash string) (Flow, bool) {
	for _, p := range j.s.Policies {
		for _, f := range p.Flows {
			if f.Hash == hash {
				return f, true
			}
		}
	}
	return Flow{}, false
}

// covering is the flow of a policy that decides about a thing: the first that covers it.
func (j *judge) covering(policy, thing string) (Flow, bool) {
	for _, p := range j.s.Policies {
		if p.Hash != policy {
			continue
		}
		for _, f := range p.Flows {
			if slices.Contains(f.Things, thing) {
				return f, true
			}
		}
	}
	return Flow{}, false
}

// inForce are the policies that were in force at an entry or within the half minute before it.
func (j *judge) inForce(e Entry) (hashes []string) {
	for i, p := range j.policies {
		if p.Seq > e.Seq {
			break
		}
		if i+1 < len(j.policies) && j.policies[i+1].Seq < e.Seq && e.At.Sub(j.policies[i+1].At) > 30*time.Second {
			continue
		}
		hashes = append(hashes, p.Data["policy"])
	}
	return hashes
}

func (j *judge) flowChanged(from, to int64) bool {
	return slices.ContainsFunc(j.policies, func(e Entry) bool { return e.Seq > from && e.Seq < to })
}

// flowsFor are the flow of a request as it was asked, and those that were in force at about the time of an entry.
func (j *judge) flowsFor(r *request, e Entry) (list []Flow) {
	if f, ok := j.flow(r.asked.Data["hash"]); ok {
		list = append(list, f)
	}
	for _, p := range j.inForce(e) {
		if f, ok := j.covering(p, r.thing); ok {
			list = append(list, f)
		}
	}
	return list
}
