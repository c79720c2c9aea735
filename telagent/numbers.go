package telagent

import (
	"slices"

	"telagent-gateway/dialplan"
)

// phoneNumber reads a number at which a person is to be rung, and returns it as it is dialled.
func (f *Floor) phoneNumber(raw string) (string, error) {
	number, v := f.set.Dial.Phone(raw)
	switch {
	case v.Allowed:
		return number, nil
	case v.Code == dialplan.BadNumber:
		return "", refuse("bad_number", "%s", v.Sentence)
	default:
		return "", refuse("number_not_allowed", "%s", v.Sentence)
	}
}

// phoneNumbers reads a list of numbers; the first that cannot be rung is its error.
func (f *Floor) phoneNumbers(raw []string) ([]string, error) {
	numbers := slices.Clone(raw)
	for i, text := range raw {
		var err error
		if numbers[i], err = f.phoneNumber(text); err != nil {
			return nil, err
		}
	}
	return numbers, nil
}

// open returns the numbers that can be rung by the rules of today: those of the directory were allowed when they were
// put there.
func (f *Floor) open(numbers []string) (allowed []string) {
	for _, n := range numbers {
		if _, err := f.phoneNumber(n); err == nil {
			allowed = append(allowed, n)
		}
	}
	return allowed
}
