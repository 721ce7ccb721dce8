package render_test

import (
	"fmt"
	"image"

	"saffron/render"
)

// A display channel draws; a window takes the rectangles that changed.
func Example() {
	d := render.NewDesktop(render.DesktopOptions{
		Changed: func() { fmt.Println("something to show") },
	})
	if err := d.CreateSurface(0, 640, 480, render.FormatXRGB, true); err != nil {
		fmt.Println(err)
	}
	d.Mark()

	upload := func(pix *image.RGBA, r image.Rectangle) { fmt.Println("upload", r) }
	d.Damage(0, upload)

	fill := &render.Fill{
		Brush: render.Brush{Kind: render.BrushSolid, Color: 0x336699},
		Rop:   render.RopPut,
	}
	clip := render.NewRegion([]image.Rectangle{image.Rect(0, 0, 20, 20), image.Rect(10, 10, 30, 30)})
	if err := d.Draw(0, image.Rect(5, 5, 25, 15), clip, fill); err != nil {
		fmt.Println(err)
	}
	d.Damage(0, upload)
	fmt.Println(d.Snapshot(0).RGBAAt(12, 12))
	// Output:
	// something to show
	// upload (0,0)-(640,480)
	// something to show
	// upload (5,5)-(20,10)
	// upload (5,10)-(25,15)
	// {51 102 153 255}
}

func ExampleViewport() {
	v := render.Viewport{Window: image.Pt(1000, 500), Guest: image.Pt(640, 480)}
	fmt.Println(v.Dest())
	fmt.Println(v.ToGuest(500, 499))
	// Output:
	// (166,0)-(833,500)
	// (320,479) true
}

func ExampleNewRegion() {
	r := render.NewRegion([]image.Rectangle{image.Rect(0, 0, 20, 20), image.Rect(10, 10, 30, 30)})
	fmt.Println(r.Rects())
	// Output:
	// [(0,0)-(20,10) (0,10)-(30,20) (10,20)-(30,30)]
}
