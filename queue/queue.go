// Package queue says who waits, who is next, and which agent gets the offer.
//
// It is pure and it rings nobody: it orders waiting callers and chooses among the agents that it is given.
package queue
