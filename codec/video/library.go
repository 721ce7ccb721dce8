package video

import (
	"errors"
	"fmt"
	"sync"
)

// A codecType, a codecContext and a dictionary are the library's own.
type (
	codecType    struct{}
	codecContext struct{}
	dictionary   struct{}
)

// A packet holds the first fields of an AVPacket.
type packet struct {
	_    uintptr // buffer
	_    [2]int64
	data *byte
	size int32
}

// A frame holds the first fields of an AVFrame.
type frame struct {
	data     [8]*byte
	linesize [8]int32
	_        uintptr // extended data
	width    int32
	height   int32
	_        int32 // number of samples
	format   int32
}

// A library is libavcodec and libavutil, loaded for the life of the program.
// The functions are named after theirs.
type library struct {
	version string

	avcodecVersion    func() uint32
	findDecoderByName func(name string) *codecType
	allocContext      func(*codecType) *codecContext
	openContext       func(*codecContext, *codecType, **dictionary) int32
	freeContext       func(**codecContext)
	sendPacket        func(*codecContext, *packet) int32
	receiveFrame      func(*codecContext, *frame) int32
	packetAlloc       func() *packet
	newPacket         func(p *packet, size int32) int32
	packetUnref       func(*packet)
	packetFree        func(**packet)
	frameAlloc        func() *frame
	frameUnref        func(*frame)
	frameFree         func(**frame)
	dictSet           func(d **dictionary, key, value string, flags int32) int32
	dictFree          func(**dictionary)
	optGetInt         func(c *codecContext, name string, flags int32, value *int64) int32
	logSetLevel       func(level int32)
	strerror          func(code int32, text *byte, size uintptr) int32
	pixelFormatName   func(format int32) string
}

// symbols returns the functions of the two libraries by the names they have there.
func (l *library) symbols() (codec, util map[string]any) {
	codec = map[string]any{
		"avcodec_version":              &l.avcodecVersion,
		"avcodec_find_decoder_by_name": &l.findDecoderByName,
		"avcodec_alloc_context3":       &l.allocContext,
		"avcodec_open2":                &l.openContext,
		"avcodec_free_context":         &l.freeContext,
		"avcodec_send_packet":          &l.sendPacket,
		"avcodec_receive_frame":        &l.receiveFrame,
		"av_packet_alloc":              &l.packetAlloc,
		"av_new_packet":                &l.newPacket,
		"av_packet_unref":              &l.packetUnref,
		"av_packet_free":               &l.packetFree,
	}
	util = map[string]any{
		"av_frame_alloc":      &l.frameAlloc,
		"av_frame_unref":      &l.frameUnref,
		"av_frame_free":       &l.frameFree,
		"av_dict_set":         &l.dictSet,
		"av_dict_free":        &l.dictFree,
		"av_opt_get_int":      &l.optGetInt,
		"av_log_set_level":    &l.logSetLevel,
		"av_strerror":         &l.strerror,
		"av_get_pix_fmt_name": &l.pixelFormatName,
	}
	return codec, util
}

// versions are the major versions of libavcodec whose structures begin as above,
// each with that of the libavutil it comes with, the newest first.
var versions = []struct{ codec, util int }{{62, 60}, {61, 59}, {60, 58}, {59, 57}, {58, 56}}

const logQuiet = -8

// load loads the library, once.
var load = sync.OnceValues(func() (*library, error) {
	for _, v := range versions {
		codec, err := open("avcodec", v.codec)
		if err != nil {
			continue
		}
		util, err := open("avutil", v.util)
		if err != nil {
			return nil, err
		}
		return bindAll(codec, util, v.codec)
	}
	return nil, errors.New("libavcodec is not installed (Debian's package is libavcodec59)")
})

// bindAll makes a library of the handles of the two.
func bindAll(codec, util uintptr, major int) (*library, error) {
	l := new(library)
	fromCodec, fromUtil := l.symbols()
	for name, fn := range fromCodec {
		if err := bind(fn, codec, name); err != nil {
			return nil, err
		}
	}
	for name, fn := range fromUtil {
		if err := bind(fn, util, name); err != nil {
			return nil, err
		}
	}
	v := l.avcodecVersion()
	l.version = fmt.Sprintf("libavcodec %d.%d.%d", v>>16, v>>8&255, v&255)
	if int(v>>16) != major {
		return nil, fmt.Errorf("libavcodec of version %d says that it is %s", major, l.version)
	}
	l.logSetLevel(logQuiet)
	return l, nil
}

// find returns the library and its decoder for a codec.
func find(c Codec) (*library, *codecType, error) {
	k, ok := codecs[c]
	if !ok {
		return nil, nil, &UnavailableError{c, errors.New("not a codec of this package")}
	}
	lib, err := load()
	if err != nil {
		return nil, nil, &UnavailableError{c, err}
	}
	t := lib.findDecoderByName(k.decoder)
	if t == nil {
		return nil, nil, &UnavailableError{c, fmt.Errorf("%s lacks it", lib.version)}
	}
	return lib, t, nil
}

// text returns what the library says of an error code.
func (l *library) text(code int32) string {
	var b [128]byte
	l.strerror(code, &b[0], uintptr(len(b)))
	n := 0
	for n < len(b) && b[n] != 0 {
		n++
	}
	return string(b[:n])
}
