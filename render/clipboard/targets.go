package clipboard

import "slices"

// A target is a name by which X programs ask for a format.
type target struct {
	name   string
	format Format
	typ    string // of the data when it is served; "" is name itself
}

// targets are the names of the formats, the best of each first.
var targets = []target{
	{"UTF8_STRING", Text, ""},
	{"text/plain;charset=utf-8", Text, ""},
	{"text/plain;charset=UTF-8", Text, ""},
	{"text/plain", Text, ""},
	{"TEXT", Text, "UTF8_STRING"},
	{"STRING", Text, ""},
	{"image/png", PNG, ""},
	{"image/bmp", BMP, ""},
	{"image/x-bmp", BMP, ""},
	{"image/x-MS-bmp", BMP, ""},
	{"image/x-win-bitmap", BMP, ""},
	{"image/tiff", TIFF, ""},
	{"image/jpeg", JPEG, ""},
	{"image/jpg", JPEG, ""},
	{"x-special/gnome-copied-files", FileList, ""},
	{"x-special/mate-copied-files", FileList, ""},
	{"text/uri-list", FileList, ""},
}

// Names that are no formats.
const (
	hintTarget = "x-kde-passwordManagerHint"
	secretHint = "secret"
	// maxTargets bounds the names that a program may have for what it holds.
	maxTargets = 1024
)

// targetOf returns what a name stands for.
func targetOf(name string) (target, bool) {
	i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
	if i < 0 {
		return target{}, false
	}
	return targets[i], true
}

// formatsOf returns the formats that names stand for, in the order in which
// the names come.
func formatsOf(names []string) []Format {
	var list []Format
	for _, name := range names {
		if t, ok := targetOf(name); ok && !slices.Contains(list, t.format) {
			list = append(list, t.format)
		}
	}
	return list
}

// bestName returns the best of names for a format, "" if there is none.
func bestName(names []string, f Format) string {
	for _, t := range targets {
		if t.format == f && slices.Contains(names, t.name) {
			return t.name
		}
	}
	return ""
}

// atomsIn returns the numbers of a property that holds atoms, as X sends them
// to us: 32 bits each, least significant byte first. What is too much is left
// out.
func atomsIn(value []byte) []uint32 {
	n := min(len(value)/4, maxTargets)
	list := make([]uint32, n)
	for i := range list {
		v := value[4*i:]
		list[i] = uint32(v[0]) | uint32(v[1])<<8 | uint32(v[2])<<16 | uint32(v[3])<<24
	}
	return list
}
