package libvirtctl

// A Refusal says before a call why libvirt would refuse it, or after it what
// libvirt meant, and what works in its place.
type Refusal struct {
	Op      string // what was asked for, as in "start work"
	Why     string
	Instead string // what works: a sentence, or ""
	Err     error  // libvirt's own; nil if it was not asked
}

func (r *Refusal) Error() string { return "libvirtctl: cannot " + r.Op + ": " + r.Why }
func (r *Refusal) Unwrap() error { return r.Err }
