package display_test

import (
	"fmt"
	"hash/fnv"
	"image"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/codec/lz"
	"saffron/spice"
	"saffron/spice/wire"
)

// A letter is a message on its way to a channel.
type letter struct {
	channel int
	message spice.Message
}

// A post writes what one server sends on two channels, in the order in which it
// does. Everything depends on order: images are drawn over each other, go in and
// out of the cache, refer to images of the dictionary that the other channel
// brings, and surfaces are made, drawn from and destroyed.
type post struct {
	rnd     *rand.Rand
	enc     *encode.GLZ
	serials [2]uint64
	letters []letter
	cached  []uint64 // ids in the cache
	evicted []uint64 // and those that were
	images  map[uint64]*display.Image
	used    map[uint64][2]int // by id, the serials of the channels that used it last
	next    uint64            // the id of the next image for the cache
}

const (
	postWidth, postHeight = 96, 80
	postSize              = 40 // large enough for a worker
)

func newPost(seed uint64) *post {
	p := &post{rnd: rand.New(rand.NewPCG(seed, 5)), enc: encode.NewGLZ(postSize * postSize * 12), used: map[uint64][2]int{}, images: map[uint64]*display.Image{}}
	for c := range 2 {
		for id := range uint32(3) {
			p.send(c, display.MsgSurfaceCreate, &display.SurfaceCreate{
				Surface: id, Width: postWidth, Height: postHeight, Format: 32, Flags: 1 &^ id})
		}
	}
	return p
}

func (p *post) send(channel int, typ uint16, m wire.Encoder) {
	p.serials[channel]++
	msg := spice.Message{Type: typ, Serial: p.serials[channel]}
	if m != nil {
		msg.Body = wire.Marshal(m)
	}
	p.letters = append(p.letters, letter{channel, msg})
}

// image is a new one, of any codec.
func (p *post) image() *display.Image {
	src := scene(postSize, postSize, p.rnd.Uint64N(5)+1)
	switch p.rnd.IntN(6) {
	case 0:
		return encoded(display.ImageQUIC, src, encode.QUIC(src, false))
	case 1:
		return encoded(display.ImageLZRGB, src, encode.LZ(src, lz.RGB32, true))
	case 2:
		return flat(postSize, postSize, p.rnd.Uint32())
	case 3:
		data := p.enc.Encode(src, false, true)
		img := encoded(display.ImageZlibGLZRGB, src, encode.ZlibGLZ(data))
		img.Inflated = uint32(len(data))
		return img
	}
	return encoded(display.ImageGLZRGB, src, p.enc.Encode(src, false, true))
}

func (p *post) at() image.Point {
	return image.Pt(p.rnd.IntN(postWidth)-postSize/2, p.rnd.IntN(postHeight)-postSize/2)
}

// draw draws an image on any surface, combined with what is there in some way.
func (p *post) draw(channel int, img *display.Image) {
	m := copyOf(img, p.at())
	m.Base.Surface = p.rnd.Uint32N(3)
	m.ROP = []uint16{8, 16, 32, 64}[p.rnd.IntN(4)] // put, or, and, xor
	p.send(channel, display.MsgDrawCopy, m)
}

// step adds a message or a few.
func (p *post) step() {
	channel := p.rnd.IntN(2)
	switch p.rnd.IntN(10) {
	case 0:
		p.next++
		p.insert(channel, p.next, p.image())
	case 1, 2:
		if len(p.cached) > 0 {
			id := p.cached[p.rnd.IntN(len(p.cached))]
			p.draw(channel, fromCache(display.ImageFromCache, id, postSize, postSize))
			p.use(channel, id)
		}
	case 3:
		if len(p.cached) > 2 {
			p.evict(channel)
		}
	case 4:
		p.send(channel, display.MsgCopyBits, &display.CopyBits{
			Base: display.Base{Surface: p.rnd.Uint32N(3), Box: image.Rect(0, 0, 60, 60).Add(p.at())}, Src: p.at()})
	case 5:
		p.draw(channel, &display.Image{Type: display.ImageSurface, Surface: p.rnd.Uint32N(3), Width: postWidth, Height: postHeight})
	case 6:
		id := 1 + p.rnd.Uint32N(2)
		p.send(channel, display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: id})
		p.send(channel, display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: id, Width: postWidth, Height: postHeight, Format: 32})
	case 7:
		if n := len(p.evicted); n > 0 {
			id := p.evicted[n-1]
			p.evicted = p.evicted[:n-1]
			p.insert(channel, id, p.images[id])
		}
	default:
		p.draw(channel, p.image())
	}
}

// insert puts an image into the cache. An id always stands for the same image.
func (p *post) insert(channel int, id uint64, img *display.Image) {
	p.images[id] = img
	p.cached = append(p.cached, id)
	p.draw(channel, cached(img, cacheMe, id))
	p.use(channel, id)
}

func (p *post) use(channel int, id uint64) {
	u := p.used[id]
	u[channel] = int(p.serials[channel])
	p.used[id] = u
}

// evict takes the oldest image out of the cache, when the other channel is past
// its last use of it.
func (p *post) evict(channel int) {
	id := p.cached[0]
	p.cached = p.cached[1:]
	if last := p.used[id][1-channel]; last > 0 {
		p.send(channel, spice.MsgWaitForChannels, waitFor(uint8(1-channel), uint64(last)))
	}
	p.send(channel, display.MsgInvalList, evict(id))
	if img := p.images[id]; img.Type != display.ImageGLZRGB && img.Type != display.ImageZlibGLZRGB {
		p.evicted = append(p.evicted, id) // may come again, which images of the dictionary cannot
	}
}

// surfaces adds the pixels of all surfaces up.
func surfaces(screens []*screen, ids []uint32) string {
	sum := fnv.New64a()
	for _, s := range screens {
		s.picture()
		for _, id := range ids {
			if img := s.SurfaceSnapshot(id); img != nil {
				sum.Write(img.Pix)
			}
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil))
}

// deliver plays letters in a new room and returns the sum of the surfaces. With
// one at a time set, each is drawn before the next is delivered.
func deliver(t *testing.T, letters []letter, workers int, oneAtATime bool, before func(channel, message int), delay func(at string)) string {
	t.Helper()
	r := newRoom(t, workers)
	r.delay = delay
	screens := []*screen{r.open(t, 0, nil), r.open(t, 1, nil)}
	give := func(l letter) {
		if err := screens[l.channel].Handle(l.message); err != nil {
			t.Error(err)
		}
	}
	var feeding sync.WaitGroup
	for c := range screens {
		mine := slices.DeleteFunc(slices.Clone(letters), func(l letter) bool { return l.channel != c })
		if oneAtATime {
			break
		}
		feeding.Go(func() {
			for i, l := range mine {
				before(c, i)
				give(l)
			}
		})
	}
	if oneAtATime {
		for _, l := range letters {
			give(l)
			screens[l.channel].picture()
		}
	}
	feeding.Wait()
	sum := surfaces(screens, []uint32{0, 1, 2})
	for _, s := range screens {
		if w := s.warned(); len(w) > 0 {
			t.Error(w)
		}
	}
	return sum
}

// chance returns delays for the channels of a room, of a bubble's time. Each
// run favours others: some goroutine is slow, some are quick.
func chance(seed uint64) (before func(channel, message int), delay func(at string)) {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, 77))
	slow := map[string]int64{}
	for _, at := range []string{"worker", "lane", "committer", "0", "1"} {
		slow[at] = []int64{0, 100, 2000}[rnd.IntN(3)]
	}
	delay = func(at string) {
		mu.Lock()
		d := time.Duration(rnd.Int64N(slow[at]+1)) * time.Microsecond
		if rnd.IntN(40) == 0 {
			d *= 20
		}
		mu.Unlock()
		if d > 0 {
			time.Sleep(d)
		}
	}
	return func(channel, _ int) { delay(fmt.Sprint(channel)) }, delay
}

// TestOrderOfChannels delivers the messages of two channels a hundred times, each time
// with other delays of everything that runs side by side, and always gets the
// picture of one message after the other.
func TestOrderOfChannels(t *testing.T) {
	for seed := range uint64(2) {
		p := newPost(seed)
		for range 120 {
			p.step()
		}
		want := deliver(t, p.letters, 1, true, nil, nil)
		for run := range uint64(50) {
			workers := []int{1, 2, 4}[run%3]
			synctest.Test(t, func(t *testing.T) {
				before, delay := chance(seed<<32 | run)
				if got := deliver(t, p.letters, workers, false, before, delay); got != want {
					t.Errorf("messages %d, delays %d, %d workers: another picture", seed, run, workers)
				}
			})
		}
	}
}

// TestOrderOfRecordings does the same with what real servers sent, a few times.
func TestOrderOfRecordings(t *testing.T) {
	for i, rec := range recordings(t) {
		for _, workers := range []int{1, 2, 4} {
			if len(rec.Channels) < 2 && workers != []int{1, 2, 4}[i%3] {
				continue
			}
			t.Run(fmt.Sprintf("%s/%d", rec.Name, workers), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					before, delay := chance(uint64(10*i + workers))
					check(t, &rec, replayDelayed(t, &rec, workers, before, delay))
				})
			})
		}
	}
}
