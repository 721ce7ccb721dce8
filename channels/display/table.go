package display

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// Messages are the messages of this channel. One without a constructor is
// known by name and skipped.
var Messages = msgtable.Table{
	{Type: MsgMode, Name: "mode", FromServer: true, New: func() wire.Message { return new(Mode) }},
	{Type: MsgMark, Name: "mark", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgReset, Name: "reset", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgCopyBits, Name: "copy_bits", FromServer: true, New: func() wire.Message { return new(CopyBits) }},
	{Type: MsgInvalList, Name: "inval_list", FromServer: true, New: func() wire.Message { return new(InvalList) }},
	{Type: MsgInvalAllPixmaps, Name: "inval_all_pixmaps", FromServer: true, New: func() wire.Message { return new(InvalAllPixmaps) }},
	{Type: MsgInvalPalette, Name: "inval_palette", FromServer: true, New: func() wire.Message { return new(InvalPalette) }},
	{Type: MsgInvalAllPalettes, Name: "inval_all_palettes", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgStreamCreate, Name: "stream_create", FromServer: true, New: func() wire.Message { return new(StreamCreate) }},
	{Type: MsgStreamData, Name: "stream_data", FromServer: true, New: func() wire.Message { return new(StreamData) }},
	{Type: MsgStreamClip, Name: "stream_clip", FromServer: true, New: func() wire.Message { return new(StreamClip) }},
	{Type: MsgStreamDestroy, Name: "stream_destroy", FromServer: true, New: func() wire.Message { return new(StreamDestroy) }},
	{Type: MsgStreamDestroyAll, Name: "stream_destroy_all", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgDrawFill, Name: "draw_fill", FromServer: true, New: func() wire.Message { return new(DrawFill) }},
	{Type: MsgDrawOpaque, Name: "draw_opaque", FromServer: true, New: func() wire.Message { return new(DrawOpaque) }},
	{Type: MsgDrawCopy, Name: "draw_copy", FromServer: true, New: func() wire.Message { return new(DrawCopy) }},
	{Type: MsgDrawBlend, Name: "draw_blend", FromServer: true, New: func() wire.Message { return new(DrawCopy) }},
	{Type: MsgDrawBlackness, Name: "draw_blackness", FromServer: true, New: func() wire.Message { return new(DrawMasked) }},
	{Type: MsgDrawWhiteness, Name: "draw_whiteness", FromServer: true, New: func() wire.Message { return new(DrawMasked) }},
	{Type: MsgDrawInvers, Name: "draw_invers", FromServer: true, New: func() wire.Message { return new(DrawMasked) }},
	{Type: MsgDrawROP3, Name: "draw_rop3", FromServer: true, New: func() wire.Message { return new(DrawROP3) }},
	{Type: MsgDrawStroke, Name: "draw_stroke", FromServer: true, New: func() wire.Message { return new(DrawStroke) }},
	{Type: MsgDrawText, Name: "draw_text", FromServer: true, New: func() wire.Message { return new(DrawText) }},
	{Type: MsgDrawTransparent, Name: "draw_transparent", FromServer: true, New: func() wire.Message { return new(DrawTransparent) }},
	{Type: MsgDrawAlphaBlend, Name: "draw_alpha_blend", FromServer: true, New: func() wire.Message { return new(DrawAlphaBlend) }},
	{Type: MsgSurfaceCreate, Name: "surface_create", FromServer: true, New: func() wire.Message { return new(SurfaceCreate) }},
	{Type: MsgSurfaceDestroy, Name: "surface_destroy", FromServer: true, New: func() wire.Message { return new(SurfaceDestroy) }},
	{Type: MsgStreamDataSized, Name: "stream_data_sized", FromServer: true, New: func() wire.Message { return new(StreamDataSized) }},
	{Type: MsgMonitorsConfig, Name: "monitors_config", FromServer: true, New: func() wire.Message { return new(MonitorsConfig) }},
	{Type: MsgDrawComposite, Name: "draw_composite", FromServer: true, New: func() wire.Message { return new(DrawComposite) }},
	{Type: MsgStreamActivateReport, Name: "stream_activate_report", FromServer: true, New: func() wire.Message { return new(StreamActivateReport) }},
	{Type: MsgGLScanoutUnix, Name: "gl_scanout_unix", FromServer: true, New: func() wire.Message { return new(GLScanout) }},
	{Type: MsgGLDraw, Name: "gl_draw", FromServer: true, New: func() wire.Message { return new(GLDraw) }},
	{Type: MsgQualityIndicator, Name: "quality_indicator", FromServer: true},

	{Type: MsgcInit, Name: "init", New: func() wire.Message { return new(Init) }},
	{Type: MsgcStreamReport, Name: "stream_report", New: func() wire.Message { return new(StreamReport) }},
	{Type: MsgcPreferredCompression, Name: "preferred_compression", New: func() wire.Message { return new(PreferredCompression) }},
	{Type: MsgcGLDrawDone, Name: "gl_draw_done", New: msgtable.NewEmpty},
	{Type: MsgcPreferredVideoCodecType, Name: "preferred_video_codec_type", New: func() wire.Message { return new(PreferredVideoCodecType) }},
}
