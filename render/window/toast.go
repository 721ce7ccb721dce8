package window

import (
	"image"
	"slices"
	"sync"
	"time"
)

// How toasts are shown.
const (
	maxToasts  = 3
	toastLines = 4 // of one, at most
	toastWidth = 520
	toastGap   = 8 // between two

	toastTime    = 4 * time.Second
	toastPerByte = 45 * time.Millisecond // longer texts stay longer
	toastLongest = 12 * time.Second
)

// toasts are short texts that go by themselves.
type toasts struct {
	mu   sync.Mutex
	list []toast // guarded by mu; the oldest first
}

type toast struct {
	text  string
	until time.Time
}

// Toast shows a short text at the lower edge for some seconds, the newest
// lowest, at most three. A text that is shown already stays longer instead of
// being shown twice. Line breaks are kept.
func (w *Window) Toast(text string) {
	if text == "" || w.closed.Load() {
		return
	}
	stays := min(toastTime+time.Duration(len(text))*toastPerByte, toastLongest)
	w.toasts.add(toast{text, time.Now().Add(stays)})
	w.Wake()
	time.AfterFunc(stays+time.Millisecond, w.Wake)
}

func (t *toasts) add(one toast) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.list = slices.DeleteFunc(t.list, func(o toast) bool { return o.text == one.text })
	t.list = append(t.list, one)
	if n := len(t.list) - maxToasts; n > 0 {
		t.list = slices.Delete(t.list, 0, n)
	}
}

// look returns what toasts look like now, with a note below them that stays;
// nil if there is nothing to be seen.
func (t *toasts) look(note string, window image.Point, scale float64) drawing {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) > 0 {
		now := time.Now()
		t.list = slices.DeleteFunc(t.list, func(o toast) bool { return !now.Before(o.until) })
	}
	if len(t.list) == 0 && note == "" {
		return nil
	}
	look := toastLook{window: window, scale: scale}
	for i, o := range t.list {
		look.texts[i] = o.text
	}
	look.texts[maxToasts] = note
	return look
}

// A toastLook is what the picture of toasts and the note below them depends on.
type toastLook struct {
	texts  [maxToasts + 1]string // from above; "" where there is none
	window image.Point
	scale  float64
}

// draw returns them, one above the other. Of those that a low window has no
// room for the upper are left out.
func (l toastLook) draw() *image.RGBA {
	s := float32(l.scale)
	p := painter{s: s}
	room := max(40*s, min(float32(l.window.X)-2*(cardMargin/2+notePad)*s, toastWidth*s))
	type piece struct {
		lines []string
		size  image.Point
	}
	var pieces []piece
	var whole image.Point
	for _, text := range slices.Backward(l.texts[:]) {
		if text == "" {
			continue
		}
		lines := wrap(text, regular(), textSize*s, room)
		if len(lines) > toastLines {
			lines = append(lines[:toastLines-1], elide(lines[toastLines-1]+" …", regular(), textSize*s, room))
		}
		width := float32(ruleWidth) * s
		for _, line := range lines {
			width = max(width, regular().width(line, textSize*s))
		}
		height := float32(len(lines)) * textSize * leading * s
		one := piece{lines, image.Pt(int(width+2*toastPadX*s+0.5), int(height+2*notePad*s+0.5))}
		if whole.Y > 0 && whole.Y+p.px(toastGap)+one.size.Y > l.window.Y*3/5 {
			break
		}
		if whole.Y > 0 {
			whole.Y += p.px(toastGap)
		}
		whole = image.Pt(max(whole.X, one.size.X), whole.Y+one.size.Y)
		pieces = append(pieces, one)
	}
	at := image.Pt((l.window.X-whole.X)/2, l.window.Y-whole.Y-p.px(cardMargin))
	p.img = image.NewRGBA(image.Rectangle{Max: whole})
	bottom := whole.Y
	for _, one := range pieces {
		box := image.Rect(0, 0, one.size.X, one.size.Y).Add(image.Pt((whole.X-one.size.X)/2, bottom-one.size.Y))
		p.box(box, cardRadius, cardEdge, cardFill)
		y := float32(box.Min.Y) + notePad*s
		for _, line := range one.lines {
			x := box.Min.X + (box.Dx()-int(regular().width(line, textSize*s)+0.5))/2
			p.line(line, regular(), textSize, x, int(y+0.5), p.px(textSize*leading), bright)
			y += textSize * leading * s
		}
		bottom = box.Min.Y - p.px(toastGap)
	}
	p.img.Rect = p.img.Rect.Add(at)
	return p.img
}

// toastPadX is the room left and right of the words of a toast.
const toastPadX = 18
