package channels

import "saffron/spice"

// read is the reader of a channel: the only goroutine that takes messages off
// its link. It ends with the link.
func (s *Session) read(ch *channel) {
	err := s.feed(ch)
	ch.conn.Close()
	ch.handler.Close()
	if ch.id.Type == spice.ChannelInputs {
		s.setInputs(nil)
	}
	s.forget(ch, false)
	if s.ctx.Err() == nil {
		s.lost(ch, err)
	}
}

// feed hands messages to the handler until one of the two fails.
func (s *Session) feed(ch *channel) error {
	for {
		m, err := ch.conn.Next()
		if err != nil {
			return err
		}
		if err := s.deliver(ch, m); err != nil {
			return err
		}
	}
}

// deliver hands one message to the handler.
func (s *Session) deliver(ch *channel, m spice.Message) error {
	serial := m.Serial
	if err := ch.handler.Handle(m); err != nil {
		return err
	}
	if serial != 0 && !ch.kind.Deferred {
		s.progress.Commit(ch.id, serial)
	}
	return nil
}
