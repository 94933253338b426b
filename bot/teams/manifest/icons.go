package manifest

import (
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
)

// Sizes that Teams asks for, in pixels.
const (
	colorSize   = 192
	outlineSize = 32
)

// accent is the ground of the colour icon.
var accent = color.NRGBA{R: 0x1f, G: 0x29, B: 0x37, A: 0xff}

const accentHex = "#1f2937"

// A shape tells whether a point is in it. The unit is one icon: 0 to 1 from left to right and from top to bottom.
type shape func(x, y float64) bool

func circle(cx, cy, r float64) shape {
	return func(x, y float64) bool { return math.Hypot(x-cx, y-cy) <= r }
}

// box is a rectangle with round corners, by its middle and half its sides.
func box(cx, cy, w, h, round float64) shape {
	return func(x, y float64) bool {
		dx, dy := math.Abs(x-cx)-w+round, math.Abs(y-cy)-h+round
		return math.Hypot(max(dx, 0), max(dy, 0))+min(max(dx, dy), 0) <= round
	}
}

func (s shape) and(o shape) shape     { return func(x, y float64) bool { return s(x, y) || o(x, y) } }
func (s shape) without(o shape) shape { return func(x, y float64) bool { return s(x, y) && !o(x, y) } }

// key stands upright, its ring on top.
func key(cx, top, size float64) shape {
	at := func(y float64) float64 { return top + y*size }
	ring := circle(cx, at(0.25), 0.25*size).without(circle(cx, at(0.25), 0.11*size))
	shaft := box(cx, at(0.72), 0.07*size, 0.28*size, 0.03*size)
	teeth := box(cx+0.15*size, at(0.93), 0.12*size, 0.06*size, 0.02*size).and(box(cx+0.12*size, at(0.74), 0.09*size, 0.06*size, 0.02*size))
	return ring.and(shaft).and(teeth)
}

// colorIcon is a hall pass, white on the accent: a card with a slot for its string, and a key on it.
func colorIcon(w io.Writer) error {
	card := box(0.5, 0.5, 0.22, 0.31, 0.06).without(box(0.5, 0.265, 0.075, 0.02, 0.02)).without(key(0.475, 0.36, 0.36))
	return paint(w, colorSize, accent, card)
}

// outlineIcon is the same as lines, white on nothing.
func outlineIcon(w io.Writer) error {
	border := box(0.5, 0.5, 0.36, 0.47, 0.11).without(box(0.5, 0.5, 0.295, 0.405, 0.05))
	slot := box(0.5, 0.18, 0.11, 0.03, 0.03)
	return paint(w, outlineSize, color.NRGBA{R: 0xff, G: 0xff, B: 0xff}, border.and(slot).and(key(0.47, 0.3, 0.5)))
}

// fine is into how many parts a pixel's side is cut to find how much of it a shape covers.
const fine = 8

// paint draws a white shape on a ground and writes it as PNG.
func paint(w io.Writer, size int, ground color.NRGBA, s shape) error {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			img.SetNRGBA(x, y, over(ground, covered(s, x, y, size)))
		}
	}
	return png.Encode(w, img)
}

// covered is how many of a pixel's fine² parts lie in the shape.
func covered(s shape, x, y, size int) int {
	n := 0
	for i := range fine * fine {
		px, py := float64(x*fine+i%fine)+0.5, float64(y*fine+i/fine)+0.5
		if s(px/float64(size*fine), py/float64(size*fine)) {
			n++
		}
	}
	return n
}

// over lays white, covering so many parts of a pixel, over the ground.
func over(ground color.NRGBA, n int) color.NRGBA {
	mix := func(c uint8) uint8 { return uint8(int(c) + (255-int(c))*n/(fine*fine)) }
	return color.NRGBA{R: mix(ground.R), G: mix(ground.G), B: mix(ground.B), A: mix(ground.A)}
}
