package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Complaint is one thing that is wrong with a file.
type Complaint struct {
	File string
	Line int    // from 1; 0: the file as a whole
	What string // what is wrong; what would be right
}

// Error returns "file:line: what is wrong; what would be right".
func (c Complaint) Error() string {
	if c.Line == 0 {
		return fmt.Sprintf("%s: %s", c.File, c.What)
	}
	return fmt.Sprintf("%s:%d: %s", c.File, c.Line, c.What)
}

// Complaints is everything that is wrong with a file, in the order of its lines.
type Complaints []Complaint

// Error returns the complaints, one a line.
func (c Complaints) Error() string {
	lines := make([]string, len(c))
	for i, one := range c {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each complaint to errors.As.
func (c Complaints) Unwrap() []error {
	all := make([]error, len(c))
	for i, one := range c {
		all[i] = one
	}
	return all
}

// orNil returns the complaints in order, or no error when there are none.
func (c Complaints) orNil() error {
	if len(c) == 0 {
		return nil
	}
	slices.SortStableFunc(c, func(a, b Complaint) int { return cmp.Compare(a.Line, b.Line) })
	return c
}

// nearest returns the word that somebody who wrote `wrong` probably meant, or "" when none is near.
func nearest(wrong string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		d := edits(strings.ToLower(wrong), w)
		if d < least && d < len(w) {
			best, least = w, d
		}
	}
	return best
}

// edits counts the letters to add, drop, change or exchange with their neighbour to make b of a.
func edits(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return 40
	}
	var two, one, row [42]int // the rows for i-2, i-1 and i letters of a
	for j := range len(b) + 1 {
		one[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := one[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, one[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(b)]
}
