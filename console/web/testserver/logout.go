package main

import (
	"context"

	"telagent-gateway/telagent"
)

// PlanLogout says what a forced logout would do.
func (s *stage) PlanLogout(_ context.Context, c telagent.ForceLogout) (telagent.LogoutPlan, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.floor.PlanLogout(s.now(), c)
}
