package display

import (
	"saffron/spice"
	"saffron/spice/wire"
)

// Preferences are what a client asks servers for. The zero value leaves
// everything to the server.
type Preferences struct {
	Compression Compression   // of images; 0: the server's choice
	Video       []StreamCodec // the best first
}

// Messages returns what tells a server that announced caps. Servers without the
// capability are told nothing.
func (p *Preferences) Messages(caps spice.CapSet) []spice.Outgoing {
	var out []spice.Outgoing
	add := func(typ uint16, body wire.Encoder) { out = append(out, spice.Outgoing{Type: typ, Body: body}) }
	if p.Compression != 0 && caps.Has(CapPrefCompression) {
		add(MsgcPreferredCompression, &PreferredCompression{p.Compression})
	}
	if len(p.Video) > 0 && caps.Has(CapPrefVideoCodec) {
		add(MsgcPreferredVideoCodecType, &PreferredVideoCodecType{p.Video[:min(len(p.Video), 255)]})
	}
	return out
}

var compressionNames = [...]string{
	CompressionOff: "off", CompressionAutoGLZ: "auto-glz", CompressionAutoLZ: "auto-lz",
	CompressionQUIC: "quic", CompressionGLZ: "glz", CompressionLZ: "lz", CompressionLZ4: "lz4",
}

// CompressionNames returns the names that ParseCompression takes.
func CompressionNames() []string { return compressionNames[CompressionOff:] }

// ParseCompression returns the compression of that name.
func ParseCompression(name string) (Compression, bool) {
	for c, n := range compressionNames {
		if n == name && n != "" {
			return Compression(c), true
		}
	}
	return 0, false
}
