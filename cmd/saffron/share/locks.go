package share

import (
	"sync"
	"time"

	"golang.org/x/net/webdav"
)

const (
	// maxLocks bounds the locks that are held at a time.
	maxLocks = 1000
	// lockTime bounds how long one holds without being renewed.
	lockTime = 2 * time.Hour
)

// locks bounds what a guest can lock.
type locks struct {
	webdav.LockSystem

	mu   sync.Mutex
	held map[string]time.Time // guarded by mu; until when, by token
}

func newLocks() *locks {
	return &locks{LockSystem: webdav.NewMemLS(), held: map[string]time.Time{}}
}

func bounded(d time.Duration) time.Duration {
	if d < 0 || d > lockTime {
		return lockTime
	}
	return d
}

// Create implements webdav.LockSystem.
func (l *locks) Create(now time.Time, d webdav.LockDetails) (string, error) {
	d.Duration = bounded(d.Duration)
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) >= maxLocks {
		l.forget(now)
	}
	if len(l.held) >= maxLocks {
		return "", webdav.ErrLocked
	}
	token, err := l.LockSystem.Create(now, d)
	if err == nil {
		l.held[token] = now.Add(d.Duration)
	}
	return token, err
}

// forget drops what has expired. mu is held.
func (l *locks) forget(now time.Time) {
	for token, until := range l.held {
		if now.After(until) {
			delete(l.held, token)
		}
	}
}

// Refresh implements webdav.LockSystem.
func (l *locks) Refresh(now time.Time, token string, d time.Duration) (webdav.LockDetails, error) {
	d = bounded(d)
	l.mu.Lock()
	defer l.mu.Unlock()
	details, err := l.LockSystem.Refresh(now, token, d)
	if err == nil {
		l.held[token] = now.Add(d)
	}
	return details, err
}

// Unlock implements webdav.LockSystem.
func (l *locks) Unlock(now time.Time, token string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	err := l.LockSystem.Unlock(now, token)
	if err == nil {
		delete(l.held, token)
	}
	return err
}
