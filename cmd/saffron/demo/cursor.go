package demo

import (
	"image"
	"sync"

	"saffron/channels/cursor"
	"saffron/spice/spicetest"
)

// The shapes of the pointer.
const (
	shapeArrow = iota // over the wallpaper
	shapeCross        // over a tile
	shapeText         // over the terminal
	shapes
)

const (
	shapeID   = 0x5aff // and the number of the shape
	typeAlpha = 0      // SPICE_CURSOR_TYPE_ALPHA
)

// A pointer is what the cursor channel tells.
type pointer struct {
	pos   image.Point
	shape int
	moves bool // in server mode: the client draws the pointer where it is told
}

// pointer returns what is to be told now. mu is held.
func (d *Desktop) pointer() pointer {
	p := pointer{pos: d.input.pos, moves: d.input.serverMode}
	for i, r := range d.layout.panels {
		switch {
		case !p.pos.In(r):
		case i < len(d.tiles):
			p.shape = shapeCross
		default:
			p.shape = shapeText
		}
	}
	if !p.moves {
		p.pos = image.Point{}
	}
	return p
}

// serveCursor follows the pointer.
func (d *Desktop) serveCursor(c *spicetest.Channel) error {
	if err := c.SetAck(ackWindow); err != nil {
		return err
	}
	var writer sync.WaitGroup
	writer.Go(func() { d.writeCursor(c) })
	var err error
	for err == nil {
		_, err = c.Recv()
	}
	writer.Wait()
	return err
}

// writeCursor tells about the pointer until the channel ends. Shapes are sent
// once each.
func (d *Desktop) writeCursor(c *spicetest.Channel) {
	d.mu.Lock()
	now := d.pointer()
	d.mu.Unlock()
	var kept [shapes]bool
	shape := cursorShape(now.shape, &kept)
	err := c.Send(cursor.MsgInit, &cursor.Init{Pos: now.pos, Visible: 1, Shape: shape})
	for err == nil {
		before := now
		d.mu.Lock()
		for now = d.pointer(); now == before && c.Context().Err() == nil; now = d.pointer() {
			d.changed.Wait()
		}
		d.mu.Unlock()
		if err = c.WaitAcks(); err != nil {
			return
		}
		switch {
		case now.shape != before.shape:
			err = c.Send(cursor.MsgSet, &cursor.Set{Pos: now.pos, Visible: 1, Shape: cursorShape(now.shape, &kept)})
		case now.moves:
			err = c.Send(cursor.MsgMove, &cursor.Move{Pos: now.pos})
		}
	}
}

// cursorShape returns a shape, or the name of it if the client has it.
func cursorShape(shape int, kept *[shapes]bool) cursor.Shape {
	img, hot := paintShape(shape)
	s := cursor.Shape{Flags: cursor.FlagFromCache, Unique: uint64(shapeID + shape), Type: typeAlpha,
		Width: uint16(img.Rect.Dx()), Height: uint16(img.Rect.Dy()), HotX: uint16(hot.X), HotY: uint16(hot.Y)}
	if !kept[shape] {
		kept[shape] = true
		s.Flags, s.Data = cursor.FlagCacheMe, make([]byte, len(img.Pix))
		for i := 0; i < len(img.Pix); i += 4 {
			s.Data[i], s.Data[i+1], s.Data[i+2], s.Data[i+3] = img.Pix[i+2], img.Pix[i+1], img.Pix[i], img.Pix[i+3]
		}
	}
	return s
}

// paintShape returns a shape and its hot spot.
func paintShape(shape int) (*image.RGBA, image.Point) {
	img := image.NewRGBA(image.Rect(0, 0, 32, 32))
	p := newPen(img)
	switch shape {
	case shapeCross:
		for _, c := range []struct {
			width, ends float64
			pen         func(...float64)
		}{
			{4.2, 1.2, func(xy ...float64) { p.line(fade(night, 0.9), 4.2, xy...) }},
			{1.8, 0, func(xy ...float64) { p.line(amber, 1.8, xy...) }},
		} {
			for _, at := range []float64{5 - c.ends, 18 - c.ends} {
				end := at + 8 + 2*c.ends
				c.pen(15.5, at, 15.5, end)
				c.pen(at, 15.5, end, 15.5)
			}
		}
		p.circle(ember, 15.5, 15.5, 1.6)
		return img, image.Pt(15, 15)
	case shapeText:
		for _, width := range []float64{4, 1.6} {
			c := cream
			if width > 2 {
				c = night
			}
			p.line(c, width, 15.5, 7, 15.5, 24)
			p.line(c, width, 12, 6.5, 19, 6.5)
			p.line(c, width, 12, 24.5, 19, 24.5)
		}
		return img, image.Pt(15, 15)
	}
	p.polygon(night, 2, 1, 2, 22.5, 7.2, 17.8, 10.6, 25.4, 14.6, 23.6, 11.2, 16.2, 18.2, 16.2)
	p.polygon(cream, 3.4, 4.4, 3.4, 19.3, 7.7, 15.5, 11.3, 23.6, 12.8, 22.9, 9.2, 14.8, 14.9, 14.8)
	return img, image.Pt(2, 1)
}
