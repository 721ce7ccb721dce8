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
// to bring.
const cacheWait = 30 * time.Second

// A Cache is the image cache that all display channels of a session share. The
// server decides what goes in and out. Any goroutine may use it.
type Cache struct {
	limit int64 // pixels

	mu      sync.Mutex
	entries map[uint64]*cacheEntry // guarded by mu
	pixels  int64                  // guarded by mu
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

func (e *cacheEntry) size() int64 {
	if e.pixels == nil {
		return 0
	}
	return int64(len(e.pixels.Pix)) / 4
}

// NewCache returns a cache for what Init announces as pixels. A server that
// puts much more in is refused.
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
	size, count := c.pixels+e.size(), more
	old := c.entries[id]
	if old != nil {
		size -= old.size()
		count += old.count
	}
	if size > c.limit {
		return fmt.Errorf("display: the server caches more than the %d pixels it was offered", c.limit)
	}
	e.count = max(count, 1)
	c.entries[id], c.pixels = e, size
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

// get returns the image under id, waiting for one that another channel is to
// bring: any, or a lossless one.
func (c *Cache) get(ctx context.Context, id uint64, lossless bool) (*cacheEntry, error) {
	var expired <-chan time.Time
	for {
		c.mu.Lock()
		e, changed := c.entries[id], c.changed
		c.mu.Unlock()
		if e != nil && !(lossless && e.lossy) {
			return e, e.err
		}
		if expired == nil {
			timer := time.NewTimer(cacheWait)
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-changed:
		case <-expired:
			return nil, fmt.Errorf("display: image %#x never came into the cache", id)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
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
		c.pixels -= e.size()
		delete(c.entries, id)
	}
}

// Clear empties the cache.
func (c *Cache) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.entries)
	c.pixels = 0
}

// Size returns how many images and pixels the cache holds.
func (c *Cache) Size() (images int, pixels int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.entries), c.pixels
}

var errLossyReplace = errors.New("display: a lossy image cannot replace one in the cache")
