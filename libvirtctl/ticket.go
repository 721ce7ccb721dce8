package libvirtctl

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// SetTicket gives a console of the running domain a random password that is
// valid for a while, and returns it. The stored definition keeps its own, and
// who is connected stays so. The password that the domain had is gone until it
// starts anew.
func (d *Domain) SetTicket(ctx context.Context, c *Console, valid time.Duration) (string, error) {
	if c.element == nil {
		return "", fmt.Errorf("libvirtctl: set a ticket of %s: the console is none that was read", d.Name)
	}
	password := rand.Text()
	description, err := c.withTicket(password, time.Now().Add(valid))
	if err != nil {
		return "", fmt.Errorf("libvirtctl: set a ticket of %s: %w", d.Name, err)
	}
	err = d.Host.call(ctx, "set a ticket of "+d.Name, func(l *libvirt.Libvirt) error {
		return l.DomainUpdateDeviceFlags(d.handle(), description, libvirt.DomainDeviceModifyLive)
	})
	return password, err
}
