package audio

import "time"

const (
	// minTarget is the least that is kept beyond the newest packet: some ms for
	// the unrest of goroutines, and what fades.
	minTarget = 8.0 // ms
	maxTarget = 1000.0
	// spells is how many seconds the spread of transit times is taken of.
	spells = 20
	// calm is the time in which what running out has taught is forgotten.
	calm = 60 * time.Second
)

// A jitter learns from when packets arrive how much sound has to be kept.
type jitter struct {
	start   time.Time
	last    time.Time // when the newest packet came
	length  float64   // of it, in ms
	transit float64   // by how many ms it came later than the first, by the sound in between
	spell   int64     // number of the present second
	least   [spells]float64
	most    [spells]float64 // transit times of each second
	lesson  float64         // ms to have beyond that, since sound has run out
	wished  float64         // ms, by the server
}

// restart forgets transit times, which cannot be compared with those to come.
func (j *jitter) restart() { *j = jitter{lesson: j.lesson, wished: j.wished} }

// arrived takes the length in ms of a packet that has just come. It is not its
// stamp that counts: one that was late in the server, too, is missing here.
func (j *jitter) arrived(now time.Time, length float64) {
	if j.last.IsZero() {
		j.start = now
	} else {
		j.transit += ms(now.Sub(j.last)) - j.length
	}
	j.last, j.length = now, length
	spell := int64(now.Sub(j.start) / time.Second)
	for j.spell = max(j.spell, spell-spells); j.spell < spell; {
		j.spell++
		j.least[j.spell%spells], j.most[j.spell%spells] = j.transit, j.transit
	}
	i := spell % spells
	j.least[i], j.most[i] = min(j.least[i], j.transit), max(j.most[i], j.transit)
}

// ranOut learns that some ms were missing when they were to be read.
func (j *jitter) ranOut(missing float64) { j.lesson = min(j.lesson+missing, maxTarget) }

// forget is told that sound has been played for some time.
func (j *jitter) forget(played time.Duration) {
	j.lesson -= j.lesson * min(1, played.Seconds()/calm.Seconds())
}

// since returns for how many ms the newest packet has been here, of its length
// at most. With that much more, the level is what it would be if sound came
// evenly.
func (j *jitter) since(now time.Time) float64 { return min(ms(now.Sub(j.last)), j.length) }

// lost takes away the ms of sound that was lost from the transit times: they go
// on from where it would have come.
func (j *jitter) lost(ms float64) { j.transit -= ms }

// target returns what the level is to be after a read, in ms.
func (j *jitter) target() float64 {
	least, most := j.least[0], j.most[0]
	for i := range j.least {
		least, most = min(least, j.least[i]), max(most, j.most[i])
	}
	return min(maxTarget, max(minTarget+j.length+most-least+j.lesson, j.wished))
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
