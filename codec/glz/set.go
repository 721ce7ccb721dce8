package glz

import "slices"

// A picture is an image of the window, or a tombstone, whose pix is nil.
// Once it is in a set, pix is not written.
type picture struct {
	id     uint64
	oldest uint64 // no later image refers to one before this; 0 in a tombstone
	pix    []byte // R,G,B,A in stream order
	alpha  bool   // pix has fourth bytes other than 0

	pins     int  // decoders and borrowers that read pix
	released bool // not in its set; pix is free when pins is 0
}

// A set is the images of a window between two resets.
// All of it is guarded by the window's mutex.
//
// Once started, all images of [start, next) have arrived or been given up, and
// those of [start, floor) have been released; start <= next and floor <= next.
// The same holds of each span ahead.
type set struct {
	images  map[uint64]*picture
	pixels  int           // of images, and of those being decoded; not of those lent that have been released
	changed chan struct{} // closed when an image arrives; nil if nobody waits

	started            bool
	start, next, floor uint64
	ahead              []span   // beyond next, the nearest last
	early              []uint64 // ids that arrived from outside [start, …)
}

// A span is where the sequence was thought to begin until an image from before
// it arrived.
type span struct{ from, next, floor uint64 }

func (s span) has(id uint64) bool { return s.from <= id && id < s.next }

func newSet() *set {
	return &set{images: make(map[uint64]*picture)}
}

// received reports whether image id has arrived. It may have been released.
// Of images before the first it is not known whether they will arrive.
func (s *set) received(id uint64) bool {
	return s.images[id] != nil || s.started && s.start <= id && id < s.next ||
		slices.ContainsFunc(s.ahead, func(a span) bool { return a.has(id) })
}

// enter adds an image that has not been received, and releases what the
// contiguous images allow. The pixels have been counted.
func (s *set) enter(p *picture) {
	s.images[p.id] = p
	// The first image tells where the sequence begins: a new server may go on
	// with the ids of another, whose images do not count. A channel that is late
	// may bring some from before that. A tombstone's word is not to be relied on.
	if p.pix != nil && (!s.started || p.id < s.start) {
		s.begin(p.oldest)
	}
	if !s.started || p.id < s.start {
		s.early = append(s.early, p.id)
	}
	s.advance()
	s.wake()
}

// begin makes the sequence begin at an image.
func (s *set) begin(oldest uint64) {
	if s.started && s.start < s.next {
		s.ahead = append(s.ahead, span{s.start, s.next, s.floor})
	}
	s.started = true
	s.start, s.next, s.floor = oldest, oldest, oldest
}

// wait returns what is closed when an image arrives.
func (s *set) wait() <-chan struct{} {
	if s.changed == nil {
		s.changed = make(chan struct{})
	}
	return s.changed
}

// wake lets those go on that wait.
func (s *set) wake() {
	if s.changed != nil {
		close(s.changed)
		s.changed = nil
	}
}

// advance moves next over the images that have arrived, and lets go what the
// last of them does not allow later images to refer to.
func (s *set) advance() {
	if !s.started {
		return
	}
	before, oldest := s.next, s.floor
	for {
		if n := len(s.ahead) - 1; n >= 0 && s.ahead[n].from <= s.next {
			if a := s.ahead[n]; a.next > s.next {
				s.next, oldest = a.next, a.floor
			}
			s.ahead = s.ahead[:n]
		} else if p := s.images[s.next]; p != nil {
			s.next, oldest = s.next+1, p.oldest
		} else {
			break
		}
	}
	if s.next != before {
		s.releaseBefore(oldest)
	}
}

// giveUp counts all images before id as arrived.
func (s *set) giveUp(id uint64) {
	if !s.started || id <= s.next {
		return
	}
	s.next = id
	if last := s.images[id-1]; last != nil {
		s.releaseBefore(last.oldest)
	}
	s.advance()
	s.wake()
}

// releaseBefore releases what is before oldest, on the word of the last image
// before next. An image that follows a gap has no say: the images of the gap may
// refer to what it would release.
func (s *set) releaseBefore(oldest uint64) {
	if oldest > s.floor && oldest-s.floor > uint64(len(s.images)) {
		for id := range s.images { // most of the ids before oldest were given up
			if id < oldest {
				s.release(id)
			}
		}
		s.floor = oldest
	}
	for ; s.floor < oldest; s.floor++ {
		s.release(s.floor)
	}
	keep := s.early[:0]
	for _, id := range s.early {
		if id < oldest {
			s.release(id)
		} else {
			keep = append(keep, id)
		}
	}
	s.early = keep
}

// release takes image id, if it is here, out of the set.
func (s *set) release(id uint64) {
	if p := s.images[id]; p != nil {
		delete(s.images, id)
		s.discard(p)
	}
}

// discard stops counting an image that is not in the set, or not any more, and
// takes back its memory, now or when it is unpinned.
func (s *set) discard(p *picture) {
	s.pixels -= len(p.pix) / 4
	p.released = true
	s.free(p)
}

// unpin ends the reading of p by a decoder or a borrower.
func (s *set) unpin(p *picture) {
	p.pins--
	s.free(p)
}

func (s *set) free(p *picture) {
	if p.released && p.pins == 0 && p.pix != nil {
		freePicture(p)
	}
}

// close ends the set: nothing enters it any more and nobody waits for it.
func (s *set) close() {
	for id := range s.images {
		s.release(id)
	}
	s.wake()
}
