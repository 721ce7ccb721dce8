package main

import (
	"strings"
	"sync"
	"time"

	"saffron/audio/device"
	"saffron/channels/record"
)

// A microphone is the user's, or a file that stands for one, which the guest
// hears when it wants to record and the user lets it. Any goroutine may call its
// methods.
type microphone struct {
	source  record.Source
	what    string        // the guest hears
	changed func()        // told when note may be another
	keys    func() string // the hotkey that allows it, "" for none; nil likewise

	working sync.Mutex // held while source is started and stopped

	mu       sync.Mutex
	allowed  bool          // guarded by mu
	wanted   bool          // guarded by mu; the guest records
	open     bool          // guarded by mu; source is started
	since    time.Time     // guarded by mu; when that changed
	rate     int           // guarded by mu; of what is wanted
	channels int           // guarded by mu; likewise
	deliver  func([]int16) // guarded by mu; likewise
	missing  bool          // guarded by mu; there is no device
}

var _ record.Source = (*microphone)(nil)

// newMicrophone returns the microphone of a window, or nil if the guest is not
// to have one.
func newMicrophone(a *app, policy string, changed func()) *microphone {
	if policy == "off" {
		return nil
	}
	m := &microphone{what: "the microphone", changed: changed, allowed: policy == "on"}
	m.source = device.NewMicrophone(device.Options{Stream: "Microphone", Log: a.log, OnState: m.state})
	return m
}

// state follows the device.
func (m *microphone) state(s device.State) {
	m.mu.Lock()
	m.missing = s.Condition == device.Missing
	m.mu.Unlock()
	m.changed()
}

// Start implements record.Source. Without leave nothing is delivered.
func (m *microphone) Start(rate, channels int, deliver func([]int16)) error {
	m.mu.Lock()
	m.wanted = true
	m.rate, m.channels, m.deliver = rate, channels, deliver
	m.mu.Unlock()
	return m.follow()
}

// Stop implements record.Source.
func (m *microphone) Stop() {
	m.mu.Lock()
	m.wanted, m.deliver = false, nil
	m.mu.Unlock()
	_ = m.follow() // it fails only when it starts the source
}

// allow lets the guest use the microphone, or no more.
func (m *microphone) allow(a *app) {
	m.mu.Lock()
	m.allowed = !m.allowed
	m.mu.Unlock()
	if err := m.follow(); err != nil {
		a.warn("%s", strings.TrimPrefix(err.Error(), "device: "))
	}
}

// How long the texts stay of which the user need not be reminded.
const (
	askTime  = 20 * time.Second
	hearTime = 5 * time.Second
)

// follow starts and stops the source.
func (m *microphone) follow() error {
	m.working.Lock()
	defer m.working.Unlock()
	m.mu.Lock()
	was, open := m.open, m.wanted && m.allowed
	rate, channels, deliver := m.rate, m.channels, m.deliver
	m.open, m.since = open, time.Now()
	m.mu.Unlock()
	var err error
	switch {
	case open && !was:
		err = m.source.Start(rate, channels, deliver)
	case was && !open:
		m.source.Stop()
	}
	if err != nil {
		m.mu.Lock()
		m.open = false
		m.mu.Unlock()
	}
	m.changed()
	for _, d := range []time.Duration{askTime, hearTime} {
		time.AfterFunc(d+time.Millisecond, m.changed)
	}
	return err
}

// note returns what the window says about the microphone: as long as it is open
// there is a sign of it.
func (m *microphone) note() string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	lasting := time.Since(m.since)
	switch {
	case m.open && m.missing:
		return "The guest wants to hear " + m.what + ", and there is none"
	case m.open && lasting < hearTime && m.hotkey() != "":
		return "The guest hears " + m.what + ": " + m.hotkey() + " stops that"
	case m.open && lasting < hearTime:
		return "The guest hears " + m.what
	case m.open:
		return "● Microphone"
	case m.wanted && lasting < askTime && m.hotkey() != "":
		return "The guest wants to use " + m.what + ": " + m.hotkey() + " allows it"
	case m.wanted && lasting < askTime:
		return "The guest wants to use " + m.what + ": the menu allows it"
	}
	return ""
}

func (m *microphone) hotkey() string {
	if m.keys == nil {
		return ""
	}
	return m.keys()
}

// isAllowed reports whether the guest may use it.
func (m *microphone) isAllowed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.allowed
}

// title returns what stands in the title of the window.
func (m *microphone) title() string {
	if m == nil {
		return ""
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open && !m.missing {
		return " - microphone on"
	}
	return ""
}

// asking reports whether there is anything to be allowed.
func (m *microphone) asking() bool {
	if m == nil {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.wanted
}
