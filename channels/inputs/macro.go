package inputs

// maxMacro bounds the bytes of one KEY_SCANCODE: an emulated keyboard has room
// for no more at once.
const maxMacro = 16

// A macro is presses and releases that belong together.
type macro []struct {
	code Scancode
	down bool
}

func (m *macro) add(c Scancode, down bool) {
	*m = append(*m, struct {
		code Scancode
		down bool
	}{c, down})
}

// bytes returns the scancode bytes of a press, or a release.
func (c Scancode) bytes(down bool) []byte {
	if !down {
		c |= 0x80
	}
	if c>>8 == 0 {
		return []byte{byte(c)}
	}
	return []byte{byte(c >> 8), byte(c)}
}

// play queues a macro: as few messages as the server can take, so that the time
// between a press and its release does not depend on the network. The caller
// holds mu.
func (i *Inputs) play(m macro) {
	if !i.raw {
		for _, key := range m {
			i.addKey(key.code, key.down)
		}
		return
	}
	var buf []byte
	flush := func() {
		if len(buf) > 0 {
			i.add(MsgcKeyScancode, &KeyScancode{buf})
			buf = nil
		}
	}
	for _, key := range m {
		b := key.code.bytes(key.down)
		if len(buf)+len(b) > maxMacro {
			flush()
		}
		buf = append(buf, b...)
	}
	flush()
}

// addKey queues one press or release. The caller holds mu.
func (i *Inputs) addKey(c Scancode, down bool) {
	if down {
		i.add(MsgcKeyDown, &KeyCode{c.down()})
		return
	}
	i.add(MsgcKeyUp, &KeyCode{c.up()})
}

// tap joins the release of a key with its press if that is the last message
// that waits to be sent: a guest repeats a key whose release is late. It
// reports whether it did. The caller holds mu.
func (i *Inputs) tap(c Scancode) bool {
	if !i.raw || !i.waits(c) {
		return false
	}
	last := len(i.queue) - 1
	i.queue[last].Type = MsgcKeyScancode
	i.queue[last].Body = &KeyScancode{append(c.bytes(true), c.bytes(false)...)}
	return true
}

// waits reports whether the last message that waits to be sent is the press of a
// key. The caller holds mu.
func (i *Inputs) waits(c Scancode) bool {
	last := len(i.queue) - 1
	if last < 0 || i.queue[last].Type != MsgcKeyDown {
		return false
	}
	body, ok := i.queue[last].Body.(*KeyCode)
	return ok && body.Code == c.down()
}
