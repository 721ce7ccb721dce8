package display

import (
	"context"
	"errors"
	"fmt"
	"image"
	"sync"
	"time"
)

// DefaultCachePixels is what a client announces for the shared image cache: 80
// MiB of 32-bit pixels, as the reference client does.
const DefaultCachePixels = 20 << 20

// cacheWait bounds how long a channel waits for an image that another one is
// to bring, while there is another.
const cacheWait = 30 * time.Second

// A Cache is the image cache that all display channels of a session share. The
// server decides what goes in and out. Any goroutine may use it.
type Cache struct {
	limit int64 // of size

	mu      sync.Mutex
	entries map[uint64]*cacheEntry // guarded by mu
	size    int64                  // guarded by mu; of all entries
	changed chan struct{}          // guarded by mu; closed and replaced at each insertion
}

// A cacheEntry is not changed after it was inserted, but for its count.
type cacheEntry struct {
	pixels *image.RGBA
	alpha  bool
	lossy  bool
	err    error // the image did not decode; it is here so that nobody waits for it
	count  int   // insertions less evictions, which may arrive in either order
}

// entrySize is what an entry costs besides its pixels, in pixels.
const entrySize = 64

// size returns what e counts against the limit.
func (e *cacheEntry) size() int64 {
	if e.pixels == nil {
		return entrySize
	}
	return int64(cap(e.pixels.Pix))/4 + entrySize
}

// NewCache returns a cache for what Init announces as pixels. A server that
// puts much more in, or a great many images, is refused.
func NewCache(pixels int64) *Cache {
	return &Cache{limit: 2*pixels + 1<<22, entries: map[uint64]*cacheEntry{}, changed: make(chan struct{})}
}

// put inserts e under id; if there is one already it is replaced and counts
// once more.
func (c *Cache) put(id uint64, e *cacheEntry) error { return c.insert(id, e, 1) }

// replace exchanges a lossy image for a lossless one; the count stays.
func (c *Cache) replace(id uint64, e *cacheEntry) error { return c.insert(id, e, 0) }

func (c *Cache) insert(id uint64, e *cacheEntry, more int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	size, count := c.size+e.size(), more
	old := c.entries[id]
	if old != nil {
		size -= old.size()
		count += old.count
	}
	if size > c.limit {
		return errCacheFull
	}
	e.count = max(count, 1)
	c.entries[id], c.size = e, size
	c.wakeLocked()
	return nil
}

// wake makes those who wait look again.
func (c *Cache) wake() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.wakeLocked()
}

func (c *Cache) wakeLocked() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// get returns the image under id, waiting for one that another channel is to
// bring: any, or a lossless one. Once alone says that there is no other channel
// it waits no longer.
func (c *Cache) get(ctx context.Context, id uint64, lossless bool, alone func() bool) (*cacheEntry, error) {
	var expired <-chan time.Time
	for {
		inVain := alone() // before looking: who has left may have brought it first
		c.mu.Lock()
		e, changed := c.entries[id], c.changed
		c.mu.Unlock()
		if e != nil && !(lossless && e.lossy) {
			return e, e.err
		}
		if inVain {
			return nil, &notCachedError{id}
		}
		if expired == nil {
			timer := time.NewTimer(cacheWait)
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-changed:
		case <-expired:
			return nil, &notCachedError{id}
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// has reports whether get would return at once.
func (c *Cache) has(id uint64, lossless bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[id]
	return e != nil && !(lossless && e.lossy)
}

// A notCachedError reports an image that is not in the cache and will not come.
type notCachedError struct{ id uint64 }

func (e *notCachedError) Error() string {
	return fmt.Sprintf("display: image %#x never came into the cache", e.id)
}

// Remove takes one insertion of id back; unknown ids are ignored.
func (c *Cache) Remove(id uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entries[id]
	if e == nil {
		return
	}
	if e.count--; e.count == 0 {
		c.size -= e.size()
		delete(c.entries, id)
	}
}

// Clear empties the cache.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.size = 0
}

// Len returns how many images the cache holds.
func (c *Cache) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries)
}

var (
	errCacheFull    = errors.New("the server caches much more than it was offered to")
	errLossyReplace = errors.New("a lossy image cannot replace one in the cache")
)
