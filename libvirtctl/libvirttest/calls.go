package libvirttest

// Procedures of libvirt's remote protocol.
const (
	ProcConnectOpen       = 1
	ProcConnectClose      = 2
	ProcCreate            = 9
	ProcDestroy           = 12
	ProcGetXMLDesc        = 14
	ProcLookupByID        = 22
	ProcLookupByName      = 23
	ProcLookupByUUID      = 24
	ProcResume            = 28
	ProcShutdown          = 33
	ProcSuspend           = 34
	ProcSupportsFeature   = 60
	ProcAuthList          = 66
	ProcGetLibVersion     = 157
	ProcCreateWithFlags   = 196
	ProcGetState          = 212
	ProcDestroyFlags      = 234
	ProcListAllDomains    = 273
	ProcRegisterEvent     = 316
	ProcDeregisterEvent   = 317
	ProcGetAllDomainStats = 344
)

// mostStats is how many domains libvirt tells the statistics of in one answer.
const mostStats = 4096

func standard() map[uint32]Handler {
	return map[uint32]Handler{
		ProcAuthList:          func(c *Call) error { c.Results.U32(1); c.Results.U32(0); return nil }, // one: none
		ProcConnectOpen:       func(*Call) error { return nil },
		ProcConnectClose:      func(*Call) error { return nil },
		ProcSupportsFeature:   func(c *Call) error { c.Results.U32(0); return nil },
		ProcGetLibVersion:     func(c *Call) error { c.Results.U64(9_000_000); return nil },
		ProcListAllDomains:    listAll,
		ProcGetAllDomainStats: allStats,
		ProcLookupByID:        lookupID,
		ProcLookupByName:      lookupName,
		ProcLookupByUUID:      lookupUUID,
		ProcGetState: onDomain(func(c *Call, d *Domain) {
			c.Results.I32(d.State)
			c.Results.I32(0)
		}),
		ProcGetXMLDesc:      onDomain(func(c *Call, d *Domain) { c.Results.String(d.XML) }),
		ProcRegisterEvent:   register,
		ProcDeregisterEvent: deregister,
		ProcCreate:          step((*Server).Start),
		ProcCreateWithFlags: onDomainThen((*Server).Start, func(c *Call, d *Domain) { d.write(c.Results) }),
		ProcDestroy:         step((*Server).Stop),
		ProcDestroyFlags:    step((*Server).Stop),
		ProcShutdown:        step((*Server).Stop),
		ProcSuspend:         step(func(s *Server, name string) { s.turn(name, StatePaused, 3) }),
		ProcResume:          step(func(s *Server, name string) { s.turn(name, StateRunning, 4) }),
	}
}

func (s *Server) turn(name string, state, event int32) {
	s.Change(name, func(d *Domain) { d.State = state })
	s.Lifecycle(name, event, 0)
}

// Domain reads which domain a call is for and works with it.
func (c *Call) Domain(work func(*Domain)) error {
	_ = c.Args.String()
	uuid := c.Args.Fixed(16)
	c.Args.I32()
	if err := c.Args.Err(); err != nil {
		return err
	}
	return c.withUUID(work, uuid)
}

func (c *Call) withUUID(work func(*Domain), uuid []byte) error {
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	var key [16]byte
	copy(key[:], uuid)
	d := c.Server.byUUID[key]
	if d == nil {
		return errNoDomain
	}
	work(d)
	return nil
}

var errNoDomain = Refuse(42, "Domain not found")

func (c *Call) with(work func(*Domain), wanted func(*Domain) bool) error {
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	d := c.Server.find(wanted)
	if d == nil {
		return errNoDomain
	}
	work(d)
	return nil
}

func onDomain(work func(*Call, *Domain)) Handler {
	return func(c *Call) error { return c.Domain(func(d *Domain) { work(c, d) }) }
}

// onDomainThen does something with a domain before it tells of it.
func onDomainThen(do func(*Server, string), tell func(*Call, *Domain)) Handler {
	return func(c *Call) error {
		var name string
		if err := c.Domain(func(d *Domain) { name = d.Name }); err != nil {
			return err
		}
		do(c.Server, name)
		return c.with(func(d *Domain) { tell(c, d) }, func(d *Domain) bool { return d.Name == name })
	}
}

func step(do func(*Server, string)) Handler { return onDomainThen(do, func(*Call, *Domain) {}) }

func lookupID(c *Call) error {
	id := c.Args.I32()
	return c.with(func(d *Domain) { d.write(c.Results) }, func(d *Domain) bool { return d.ID == id && id >= 0 })
}

func lookupName(c *Call) error {
	name := c.Args.String()
	return c.with(func(d *Domain) { d.write(c.Results) }, func(d *Domain) bool { return d.Name == name })
}

func lookupUUID(c *Call) error {
	uuid := c.Args.Fixed(16)
	return c.withUUID(func(d *Domain) { d.write(c.Results) }, uuid)
}

func listAll(c *Call) error {
	c.Args.U32() // whether results are wanted
	flags := c.Args.U32()
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	var found []*Domain
	for _, d := range c.Server.domains {
		if flags&3 == 0 || flags&1 != 0 && d.active() || flags&2 != 0 && !d.active() {
			found = append(found, d)
		}
	}
	c.Results.U32(uint32(len(found)))
	for _, d := range found {
		d.write(c.Results)
	}
	c.Results.U32(uint32(len(found)))
	return nil
}

// allStats tells the states of all domains.
func allStats(c *Call) error {
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	if len(c.Server.domains) > mostStats {
		return Refuse(39, "Number of domain stats records is too large")
	}
	c.Results.U32(uint32(len(c.Server.domains)))
	for _, d := range c.Server.domains {
		d.write(c.Results)
		c.Results.U32(2)
		writeParam(c.Results, "state.state", d.State)
		writeParam(c.Results, "state.reason", 0)
	}
	return nil
}

func writeParam(w *Writer, name string, v int32) {
	w.String(name)
	w.U32(1) // int
	w.I32(v)
}

func register(c *Call) error {
	event := c.Args.I32()
	if _, known := eventProcedures[event]; !known {
		return Refuse(8, "unsupported event ID")
	}
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	id := c.conn.last
	c.conn.last++
	c.conn.callbacks[id] = event
	c.Results.I32(id)
	return nil
}

func deregister(c *Call) error {
	id := c.Args.I32()
	c.Server.mu.Lock()
	defer c.Server.mu.Unlock()
	delete(c.conn.callbacks, id)
	return nil
}
