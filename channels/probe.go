package channels

import (
	"context"

	"saffron/channels/display"
	"saffron/spice"
)

// Probe returns nil as soon as every display channel has drawn what it had
// received, or has ended: the session works, however quiet the server is. The
// error is that of ctx.
func (s *Session) Probe(ctx context.Context) error {
	for _, ch := range s.openChannels() {
		h, ok := ch.handler.(*display.Handler)
		if !ok || ch.id.Type != spice.ChannelDisplay {
			continue
		}
		if err := h.Drain(ctx); err != nil && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}
