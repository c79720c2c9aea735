package telagent

import (
	"slices"

	"telagent-gateway/dialplan"
)

// phoneNumber reads a number that somebody types at which an agent is to be rung, and returns it as it is dialled.
func (f *Floor) phoneNumber(raw string) (string, error) { return numberOr(f.set.Dial.Phone(raw)) }

// listedNumber reads a number of the directory, which is a rule of its own.
func (f *Floor) listedNumber(raw string) (string, error) { return numberOr(f.set.Dial.Listed(raw)) }

func numberOr(number string, v dialplan.Verdict) (string, error) {
	switch {
	case v.Allowed:
		return number, nil
	case v.Code == dialplan.BadNumber:
		return "", refuse("bad_number", "%s", v.Sentence)
	default:
		return "", refuse("number_not_allowed", "%s", v.Sentence)
	}
}

// listedNumbers reads a list of the directory; the first number that cannot be rung is its error.
func (f *Floor) listedNumbers(raw []string) ([]string, error) {
	numbers := slices.Clone(raw)
	for i, text := range raw {
		var err error
		if numbers[i], err = f.listedNumber(text); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// open returns the numbers that can be rung by the rules of today: those of the directory were allowed when they were
// put there.
func (f *Floor) open(numbers []string) (allowed []string) {
	for _, n := range numbers {
		if _, err := f.listedNumber(n); err == nil {
			allowed = append(allowed, n)
		}
	}
	return allowed
}

// isInUse says whether another agent is on a number still, who leaves it with his call.
func (f *Floor) isInUse(a *agent, number string) bool {
	for _, l := range f.legs {
		if number != "" && l.target.Number == number && l.agent != nil && l.agent != a && l.phase < leaving {
			return true
		}
	}
	return false
}
