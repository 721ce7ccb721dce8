package main

import (
	"saffron/channels"
	"saffron/channels/agent"
	"saffron/render/monitors"
)

// arranges reports whether the guest has an agent that arranges its monitors.
func arranges(s *channels.Session) bool {
	a := s.Agent()
	return a.Ready() && a.Has(agent.CapMonitorsConfig)
}

// arrange asks the guest for monitors, by their numbers.
func arrange(s *channels.Session, want []monitors.Monitor) error {
	list := make([]agent.Monitor, len(want))
	for i, m := range want {
		list[i] = agent.Monitor{X: m.Rect.Min.X, Y: m.Rect.Min.Y, Width: m.Rect.Dx(), Height: m.Rect.Dy(), Enabled: m.Enabled}
	}
	return s.Agent().SetMonitors(list)
}
