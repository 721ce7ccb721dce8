package render

import (
	"image"
	"strings"
	"testing"
)

// serverDashes is what the server draws of serverPath.
const serverDashes = `
..................................
.###..............................
....#.............................
........#..#......................
............###...................
..................#...............
.....................###..........
........................#.........
............................#.....
..............................#...
..............................#...
..............................#...
..#...........................#...
......####........................
............#.....................
................####.........#....
......................#...#.......
...........................##.....
..................................
`

var serverPath = &Stroke{
	Rop: RopPut, Brush: Brush{Kind: BrushSolid, Color: 0xffffff}, Dashes: []int32{64, 48, 16, 32},
	Path: []PathSegment{{Flags: PathBegin | PathEnd, Points: []image.Point{{X: 16, Y: 16}, {X: 480, Y: 128}, {X: 464, Y: 280}, {X: 32, Y: 200}}}},
}

func TestDashesAsTheServerDraws(t *testing.T) {
	want := strings.Fields(serverDashes)
	d := NewDesktop(DesktopOptions{})
	if err := d.CreateSurface(0, len(want[0]), len(want), FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	if err := d.Draw(0, image.Rect(0, 0, len(want[0]), len(want)), nil, serverPath); err != nil {
		t.Fatal(err)
	}
	img := d.SurfaceSnapshot(0)
	for y, row := range want {
		got := []byte(strings.Repeat(".", len(row)))
		for x := range got {
			if img.Pix[img.PixOffset(x, y)] != 0 {
				got[x] = '#'
			}
		}
		if string(got) != row {
			t.Errorf("row %2d: %s\n   want: %s", y, got, row)
		}
	}
}

// TestAsTheServerDraws has what a comparison with the server library brought to
// light.
func TestAsTheServerDraws(t *testing.T) {
	const old, alone = 0x40302010, 0x00c0b0a0 // of the destination; a source without alpha
	src := image.NewRGBA(image.Rect(0, 0, 2, 2))
	planeOf(src).fill(src.Rect, alone)
	half := image.NewRGBA(image.Rect(0, 0, 2, 2))
	planeOf(half).fill(half.Rect, 0x80777777)
	box := image.Rect(0, 0, 4, 4)
	brush := Brush{Kind: BrushSolid, Color: 0x00ff00ff}
	for _, c := range []struct {
		name   string
		format Format
		op     Op
		at     image.Point
		want   uint32
	}{
		{"opaque: the brush goes where the source does not reach", FormatXRGB,
			&Opaque{Src: Source{Image: src}, SrcArea: box, Brush: brush, Rop: RopOr}, image.Pt(3, 3), old | 0x00ff00ff},
		{"opaque: and where it does", FormatXRGB,
			&Opaque{Src: Source{Image: src}, SrcArea: box, Brush: brush, Rop: RopOr}, image.Pt(1, 1), alone | 0x00ff00ff},
		{"copy: scaled, a source without alpha is opaque", FormatARGB,
			&Copy{Src: Source{Image: src}, SrcArea: src.Rect, Rop: RopPut}, image.Pt(1, 1), alone | 0xff000000},
		{"copy: unscaled, it is words", FormatARGB,
			&Copy{Src: Source{Image: src}, SrcArea: box, Rop: RopPut}, image.Pt(1, 1), alone},
		{"copy: scaled and combined, too", FormatARGB,
			&Copy{Src: Source{Image: src}, SrcArea: src.Rect, Rop: RopXor}, image.Pt(1, 1), old ^ alone},
		{"transparent: and scaled", FormatARGB,
			&Transparent{Src: Source{Image: src}, SrcArea: src.Rect}, image.Pt(1, 1), alone},
		{"composite: an image loses its alpha on 16 bits", Format555,
			&Composite{Operator: OpOver, Src: Picture{Source: Source{Image: half, HasAlpha: true}, Repeat: RepeatPad}}, image.Pt(1, 1), 0x00737373},
		{"composite: but is nothing outside", Format555,
			&Composite{Operator: OpOver, Src: Picture{Source: Source{Image: half, HasAlpha: true}}}, image.Pt(3, 3), Format555.truncate(old)},
	} {
		d := NewDesktop(DesktopOptions{})
		if err := d.CreateSurface(0, 4, 4, c.format, true); err != nil {
			t.Fatal(err)
		}
		s := d.surfaces[0]
		planeOf(s.img).fill(box, c.format.truncate(old))
		if err := d.Draw(0, box, nil, c.op); err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := at(planeOf(s.img).row(c.at.Y, 0, 4), int64(c.at.X)); got != c.want {
			t.Errorf("%s: got %08x, want %08x", c.name, got, c.want)
		}
	}
}
