// Package vv reads connection files (.vv, application/x-virt-viewer), which
// management systems hand out to say where a machine's screen is, with which
// one-time password, and whom to trust:
//
//	f, err := vv.Load("console.vv")
//	...
//	f.Delete() // if the file asks for it; before connecting
//	trust, err := f.TLS()
//	o := &spice.Options{Target: f.Target(), TLS: trust, Secure: f.Secure}
//
// The file is a key file of the GNOME libraries, whose syntax differs from
// that of other INI files in just the places that matter: '#' and ';' do not
// begin a comment behind a value, so passwords may hold them; lists are
// separated by ';'; and values have escapes, which certificates need.
package vv
