package main

import (
	"cmp"
	"context"

	"github.com/spf13/cobra"
)

// windowSettings are the settings of a window: those of the connection, how it
// begins, and what it may do. The policy is read first and brought over the
// flags, so that nothing is done before it is understood.
func (a *app) windowSettings(ctx context.Context, target string, f *openFlags) (*settings, error) {
	target = localFile(target)
	policy, err := loadPolicy(systemPolicy, f.kiosk.policy)
	if err != nil {
		return nil, err
	}
	if err := f.obey(policy); err != nil {
		return nil, err
	}
	if f.kiosk.on {
		policy = policy.ofKiosk()
		a.password, a.unattended, f.domain.patient, f.fullscreen = nobodyToAsk{}, true, true, true
	}
	conf, err := loadConfig(configPath())
	if err != nil {
		return nil, err
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return nil, err
	}
	if f.given != nil {
		s.reopen = s.reopening(f.given, target)
	}
	s.policy, s.prefs = policy, &prefs{config: conf, memory: &memory{path: memoryPath()}}
	if err := f.usePrefs(s); err != nil {
		return nil, err
	}
	return s, f.obey(policy)
}

// usePrefs takes from the settings what has to be known before there is a
// window, and no flag says.
func (f *openFlags) usePrefs(s *settings) error {
	m := machineID{address: s.place(func() string { return "" })}
	if s.domain != nil {
		m.name = s.domain.which
	}
	pref := func(key, flag string) string {
		if f.given != nil && f.given.Changed(flag) {
			return ""
		}
		return s.prefs.get(m, key)
	}
	if said := pref("full-screen", "full-screen"); said != "" {
		s.fullscreen = said == "true"
	}
	if pref("audio", "no-audio") == "false" {
		f.sound.silent = f.sound.micFile == ""
	}
	f.sound.mic = cmp.Or(pref("mic", "mic"), f.sound.mic)
	f.mouse = cmp.Or(pref("mouse", "mouse"), f.mouse)
	if profile := pref("profile", "profile"); profile != "" {
		f.prefer.profile = profile
		var err error
		if s.prefer, err = f.prefer.preferences(); err != nil {
			return err
		}
	}
	return nil
}

// obey takes from the flags what the policy does not allow. What is asked for
// in vain is an error where going on without would mislead.
func (f *openFlags) obey(p *policy) error {
	f.kiosk.on = f.kiosk.on || p.kiosk()
	if quit := p.kioskQuit(); quit != "" {
		f.kiosk.quit = quit
	}
	switch {
	case f.record != "" && !p.allowsRecord():
		return usageError("--record: the policy does not allow it")
	case f.sound.micFile != "" && !p.allowsMicrophone():
		return usageError("--mic-file: the policy does not allow a microphone")
	}
	if err := f.guest.obey(p); err != nil {
		return err
	}
	if !p.allowsMicrophone() || f.kiosk.on && f.sound.mic == "ask" { // a kiosk has nobody to ask
		f.sound.mic = "off"
	}
	if !p.allowsSound() {
		f.sound.silent = true
	}
	return nil
}

// kioskQuits are when a kiosk may end.
var kioskQuits = []string{"never", "on-disconnect"}

// kioskFlags are the flags of windows that are left alone.
type kioskFlags struct {
	on     bool
	quit   string
	policy string
}

func (f *kioskFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.BoolVarP(&f.on, "kiosk", "k", false, "full screen for ever: no questions, no microphone unless\n--mic says so, and connecting again whatever happens")
	s.StringVar(&f.quit, "kiosk-quit", "never", "when a kiosk ends: never or on-disconnect")
	s.StringVar(&f.policy, "policy", "", "the `FILE` that says what may be done in the window,\nbesides "+systemPolicy)
	_ = c.RegisterFlagCompletionFunc("kiosk-quit", cobra.FixedCompletions(kioskQuits, cobra.ShellCompDirectiveNoFileComp))
}

func (f *kioskFlags) check() error {
	for _, q := range kioskQuits {
		if f.quit == q || f.quit == "" {
			return nil
		}
	}
	return usageError("--kiosk-quit is never or on-disconnect, not %q", f.quit)
}
