package usbhost

import (
	"strings"
	"unicode"
)

const maxName = 100 // runes

// nameOf returns how a device calls itself: its maker and its name. The system
// knows it where that is possible; else the device is asked, if this user may.
func (b *Bus) nameOf(d *device, port string, desc *deviceDescriptor) string {
	maker, name := systemName(port)
	if maker == "" && name == "" && !systemNames() {
		maker, name = b.askName(d, desc)
	}
	maker, name = clean(maker), clean(name)
	if strings.HasPrefix(strings.ToLower(name), strings.ToLower(maker)) {
		return name
	}
	return strings.TrimSpace(maker + " " + name)
}

func (b *Bus) askName(d *device, desc *deviceDescriptor) (maker, name string) {
	var h *handle
	if b.lib.open(d, &h) < 0 {
		return "", ""
	}
	defer b.lib.close(h)
	ask := func(number uint8) string {
		var text [128]byte
		if number == 0 {
			return ""
		}
		n := int(b.lib.stringASCII(h, number, &text[0], int32(len(text))))
		return string(text[:max(0, min(n, len(text)))])
	}
	return ask(desc.manufacturerName), ask(desc.name)
}

// clean makes a line of what a device says.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) && r != unicode.ReplacementChar {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, " "))
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > maxName {
		text = string(runes[:maxName])
	}
	return text
}
