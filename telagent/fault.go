package telagent

import "telagent-gateway/call"

// Fault says whose fault it was that a leg came to nothing or was lost. The zero value: nobody's.
type Fault string

// The blames.
const (
	AgentFault    Fault = "agent"    // the agent, colleague or supervisor who was rung
	CustomerFault Fault = "customer" // the customer who was rung, or his number
	TrunkFault    Fault = "trunk"    // the carrier
	NetworkFault  Fault = "network"  // whatever lies between a phone and the gateway
	SystemFault   Fault = "system"   // the gateway, or how it is set up
)

// blame is whose fault a cause is, on the customer's seat and on every other one.
type blame struct{ customer, others Fault }

// blames has a row for every cause. That somebody hung up, gave up, moved or was sent away is nobody's fault; that a leg
// was lost is never its person's.
var blames = map[call.Cause]blame{
	call.NoCause: {}, call.Normal: {}, call.Cancelled: {}, call.Moved: {}, call.Forced: {}, call.Transferred: {}, call.Elsewhere: {},
	call.Busy: {CustomerFault, AgentFault}, call.NoAnswer: {CustomerFault, AgentFault}, call.Declined: {CustomerFault, AgentFault},
	call.NoConfirm: {CustomerFault, AgentFault}, call.Unknown: {CustomerFault, SystemFault}, call.Unreachable: {CustomerFault, NetworkFault},
	call.Lost: {NetworkFault, NetworkFault}, call.TrunkFault: {TrunkFault, TrunkFault}, call.NoCapacity: {TrunkFault, TrunkFault},
	call.Unacceptable: {SystemFault, SystemFault}, call.Forbidden: {SystemFault, SystemFault}, call.Overload: {SystemFault, SystemFault},
	call.Broken: {SystemFault, SystemFault}, call.Draining: {SystemFault, SystemFault},
}

// faultOf returns whose fault it was that a leg ended for a cause. Whoever dialled and reached nobody is not to blame.
func faultOf(l *leg, cause call.Cause) Fault {
	fault := blames[cause].others
	if l.seat == call.CustomerSeat {
		fault = blames[cause].customer
	}
	if l.inward && fault != NetworkFault && fault != SystemFault {
		return ""
	}
	return fault
}
