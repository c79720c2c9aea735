package config

import "time"

// Unreachable is the section policy.unreachable.
type Unreachable struct {
	Declined    Unreached `yaml:"declined" help:"The person refused, at the phone or with the key 2."`
	Busy        Unreached `yaml:"busy" help:"The phone was busy."`
	NoAnswer    Unreached `yaml:"no_answer" help:"It rang out."`
	NoConfirm   Unreached `yaml:"no_confirm" help:"It was answered and nobody pressed 1: a machine."`
	Unreachable Unreached `yaml:"unreachable" help:"It was not registered, or there is no such number."`
	TrunkFault  Unreached `yaml:"trunk_fault" help:"The trunk failed. Neither a strike nor a status can follow."`
	NoCapacity  Unreached `yaml:"no_capacity" help:"Every channel of every trunk was taken. Neither a strike nor a status can follow."`
}

// Unreached is one section of policy.unreachable.
type Unreached struct {
	Delay      time.Duration `yaml:"delay" help:"How long the agent gets no offer."`
	Strike     bool          `yaml:"strike" help:"Whether it counts towards policy.strikes."`
	NextNumber bool          `yaml:"next_number" help:"Whether the agent's next number is tried first."`
	Status     string        `yaml:"status" help:"What an available agent is set to: stay, not_ready or away."`
	Reason     string        `yaml:"reason" help:"Reason of being away. Empty: the cause in capitals."`
}
