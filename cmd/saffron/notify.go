package main

import (
	"net"
	"os"
	"strconv"
	"time"
)

// A notifier tells the service manager how this program is (sd_notify). nil
// tells nobody.
type notifier struct {
	address  string
	watchdog time.Duration // how often it wants to be told at least; 0 never
}

// newNotifier returns nil unless this process is a service that is asked to.
func newNotifier(getenv func(string) string) *notifier {
	address := getenv("NOTIFY_SOCKET")
	if address == "" || address[0] != '/' && address[0] != '@' {
		return nil
	}
	n := &notifier{address: address}
	if pid := getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 {
			n.watchdog = time.Duration(us) * time.Microsecond
		}
	}
	return n
}

// tellTime bounds how long a message may hold its sender up.
const tellTime = 200 * time.Millisecond

// tell sends lines such as READY=1. That fails only if nobody listens.
func (n *notifier) tell(state string) error {
	if n == nil {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.address, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	c.SetWriteDeadline(time.Now().Add(tellTime)) // its queue may be full
	_, err = c.Write([]byte(state))
	return err
}
