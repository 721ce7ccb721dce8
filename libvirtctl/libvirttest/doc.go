// Package libvirttest has a libvirt daemon in this process, for tests: it speaks
// libvirt's remote protocol over unix sockets or pipes, has simulated domains,
// and can be slow, dead, cut short or a liar.
//
//	s := libvirttest.NewServer(libvirttest.Running("work", 5900), libvirttest.Stopped("spare"))
//	host, err := libvirtctl.Connect(ctx, s.Listen(t), nil)
//	…
//	s.Start("spare")                    // clients see the event
//	s.SetFault(libvirttest.Dead())      // from now on it answers nothing
//	s.SetFault(libvirttest.On(libvirttest.ProcListAllDomains, libvirttest.Count(1<<31)))
//
// It knows the calls that lists, states and events need. A test adds others, or
// replaces them, with [Server.Handle].
package libvirttest
