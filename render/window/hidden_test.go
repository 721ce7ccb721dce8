package window

import (
	"image"
	"runtime"
	"testing"
	"time"
)

// TestHiddenCostsNothing: a frame without menu, toasts and figures makes no
// garbage for them, and no timer and no goroutine waits.
func TestHiddenCostsNothing(t *testing.T) {
	w := newWindow(&Options{Commands: func() []Entry { return nil }, Statistics: func() []StatRow { return nil }})
	size := image.Pt(800, 600)
	before := runtime.NumGoroutine()
	w.ToggleStatistics()
	time.Sleep(20 * time.Millisecond)
	if w.figures.look(size, 1) == nil {
		t.Error("the figures do not show")
	}
	w.ToggleStatistics()
	w.Toast("gone")
	w.toasts.list[0].until = time.Now().Add(-1)
	w.toasts.look("", size, 1)
	var over drawings
	var sheet images
	sheet.update(&over, func(image.Rectangle) { t.Error("something is drawn") })
	allocated := testing.AllocsPerRun(100, func() {
		over = drawings{layerStats: w.figures.look(size, 1), layerToasts: w.toasts.look("", size, 1), layerMenu: w.control.bar.look(size, 1)}
		sheet.update(&over, func(image.Rectangle) { t.Error("something is drawn") })
		w.control.position(300, 200)
	})
	if allocated != 0 || over != (drawings{}) {
		t.Errorf("%v allocations, %v", allocated, over)
	}
	if w.figures.timer != nil || w.control.bar.rest != nil {
		t.Error("a timer is left")
	}
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines more", n-before)
	}
}

func BenchmarkHidden(b *testing.B) {
	w := newWindow(&Options{Commands: func() []Entry { return nil }, Statistics: func() []StatRow { return nil }})
	var over drawings
	var sheet images
	b.ReportAllocs()
	for b.Loop() {
		over = drawings{layerStats: w.figures.look(image.Pt(800, 600), 1), layerToasts: w.toasts.look("", image.Pt(800, 600), 1), layerMenu: w.control.bar.look(image.Pt(800, 600), 1)}
		sheet.update(&over, func(image.Rectangle) {})
	}
}

// TestToastLook keeps the newest three, the newest lowest, above a note.
func TestToastLook(t *testing.T) {
	var list toasts
	until := time.Now().Add(time.Hour)
	for _, text := range []string{"a", "b", "c", "d", "b"} {
		list.add(toast{text, until})
	}
	look := list.look("note", image.Pt(800, 600), 1).(toastLook)
	if look.texts != [maxToasts + 1]string{"c", "d", "b", "note"} {
		t.Errorf("%q", look.texts)
	}
	for _, size := range []image.Point{{1, 1}, {100, 60}, {640, 400}, {1920, 1080}} {
		for _, scale := range []float64{1, 1.5, 2.5} {
			look.window, look.scale = size, scale
			look.texts[0] = "a long text that does not fit into one line of such a toast, and so goes on in another, and another still, and never ends, unless something ends it"
			if img := look.draw(); size.X > 100 && !img.Rect.In(image.Rectangle{Max: size}) || img.Rect.Empty() {
				t.Errorf("%v at %v: %v", size, scale, img.Rect)
			}
		}
	}
}

// TestStatColumns: figures that a low window has no room for go to the next
// column, headings with them.
func TestStatColumns(t *testing.T) {
	var rows []StatRow
	for i := range 30 {
		rows = append(rows, StatRow{Label: "Figure", Value: "1"})
		if i%6 == 0 {
			rows[i].Value = ""
		}
	}
	p := &painter{s: 1}
	for height := range 700 {
		n := 0
		for _, c := range statColumns(rows, height, p) {
			if n += len(c); c.height(p) > height && len(c) > 1 {
				t.Fatalf("%d: a column is %d high", height, c.height(p))
			}
			if last := c[len(c)-1]; last.Value == "" && len(c) > 1 {
				t.Fatalf("%d: a heading stands alone", height)
			}
		}
		if n != len(rows) {
			t.Fatalf("%d: %d rows of %d", height, n, len(rows))
		}
	}
	f := &figures{rows: rows}
	f.shown.Store(true)
	for _, size := range []image.Point{{1, 1}, {100, 60}, {640, 400}, {1920, 1080}} {
		for _, scale := range []float64{1, 1.5, 2.5} {
			if img := f.look(size, scale).draw(); size.X > 100 && !img.Rect.In(image.Rectangle{Max: size}) {
				t.Errorf("%v at %v: %v", size, scale, img.Rect)
			}
		}
	}
}
