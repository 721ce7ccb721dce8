package display

// directArea is the most pixels that the reader draws itself of operations that
// take much longer than to wake the committer.
const directArea = 1 << 18

// direct does a job on the spot, on the reader's goroutine, if nothing is queued
// before it and it is soon done: what it decodes is drawn while it is in the
// core's nearest cache, and nobody has to be woken. Otherwise it returns false,
// and the job has to be queued.
func (p *pipeline) direct(j *job) (done bool, err error) {
	if p.queued.Load() > 0 || !j.brief() || !p.decodeDirect(j) {
		return false, nil
	}
	p.pause("reader")
	return true, p.commit(j)
}

// brief reports whether a job takes little time and waits for nobody, once its
// images are decoded.
func (j *job) brief() bool {
	switch {
	case j.frame != nil:
		return false
	case j.commit != nil:
		return j.prompt
	case j.draw == nil:
		return true
	}
	switch j.message.Type {
	case MsgCopyBits, MsgDrawFill, MsgDrawCopy, MsgDrawBlackness, MsgDrawWhiteness:
		return true // a whole screen takes some 0.2 ms
	}
	box := j.draw.target().Box
	return int64(box.Dx())*int64(box.Dy()) <= directArea
}

// decodeDirect decodes the images of a job, unless one is not here, or takes
// long, or has to be decoded in the lane.
func (p *pipeline) decodeDirect(j *job) bool {
	own := 0 // images with pixels of their own
	var entry *decoding
	for _, d := range j.images {
		switch {
		case d == nil:
			continue
		case d.img.Type == ImageFromCache, d.img.Type == ImageFromCacheLossless:
			if !p.h.o.Shared.Cache.has(d.img.ID, d.img.Type == ImageFromCacheLossless) {
				return false
			}
		case d.encoded():
			own++
			if !d.small() {
				return false
			}
			if d.inDictionary() {
				entry = d
			}
		}
	}
	if entry != nil && (own > 1 || p.inLane.Load() > 0 || !entry.tryInWindow()) {
		return false
	}
	for _, d := range j.images {
		switch {
		case d == nil, d == entry:
		case d.encoded():
			d.run()
		default:
			d.finished()
		}
	}
	return true
}
