/* What is particular to each operation. The restrictions are those of the
 * server library, which ends the process, or draws something else than its
 * clients, on what no guest does. */
#include <stdlib.h>
#include <string.h>
#include "qxl.h"

static int width(const QXLDrawable *d) { return d->bbox.right - d->bbox.left; }
static int height(const QXLDrawable *d) { return d->bbox.bottom - d->bbox.top; }

static uint16_t rop(struct command *c, struct rng *r)
{
	uint16_t v = (uint16_t)(SPICE_ROPD_OP_PUT << (chance(r, 40) || !strcmp(options.jpeg, "always") ? 0 : below(r, 7)));
	if (chance(r, 40)) {
		v |= (uint16_t)(below(r, 8) | (below(r, 2) ? SPICE_ROPD_INVERS_RES : 0));
	}
	say(c, " rop=%#x", v);
	return v;
}

static uint8_t scale_mode(struct command *c, struct rng *r)
{
	uint8_t v = chance(r, 50) ? SPICE_IMAGE_SCALE_MODE_NEAREST : SPICE_IMAGE_SCALE_MODE_INTERPOLATE;
	say(c, " scale=%s", v ? "nearest" : "interpolate");
	return v;
}

/* Blend modes are defined for colours multiplied with their alpha. */
uint32_t plain_colour(struct rng *r) { return (uint32_t)next(r) | (options.beyond ? 0xff000000 : 0); }

/* before: the pattern begins left of and above the box. */
static void brush(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, QXLBrush *b, bool before)
{
	int n = (int)below(r, 20);
	if (n == 0) {
		b->type = SPICE_BRUSH_TYPE_NONE;
		say(c, " brush=none");
	} else if (n < 12) {
		b->type = SPICE_BRUSH_TYPE_SOLID;
		b->u.color = plain_colour(r);
		say(c, " color=%#x", b->u.color);
	} else {
		int x = between(r, -50, before ? d->bbox.left : 300), y = between(r, -50, before ? d->bbox.top : 300);
		b->type = SPICE_BRUSH_TYPE_PATTERN;
		say(c, " pattern@(%d,%d)", x, y);
		b->u.pattern.pat = tile(s, c, d, r).image;
		b->u.pattern.pos = (QXLPoint){ x, y };
	}
}

static void qmask(struct command *c, QXLDrawable *d, struct rng *r, QXLQMask *m)
{
	if (!chance(r, 25)) {
		return;
	}
	int w = width(d) + between(r, -3, 12), h = height(d) + between(r, -3, 12);
	if (w < 1 || chance(r, 20)) {
		w = 1 + (int)below(r, 100);
	}
	if (h < 1 || chance(r, 20)) {
		h = 1 + (int)below(r, 100);
	}
	m->bitmap = mask(c, r, &w, &h);
	m->flags = chance(r, 40) ? SPICE_MASK_FLAGS_INVERS : 0;
	m->pos = (QXLPoint){ between(r, -4, 10), between(r, -4, 10) };
	say(c, "@(%d,%d)%s", m->pos.x, m->pos.y, m->flags ? "/inverted" : "");
}

/* Reads from the surface that is drawn into, beside the box: in place, the
 * server would read what it has just written. */
static QXLRect beside(struct command *c, QXLDrawable *d, struct rng *r, const struct picture *p, bool may_scale)
{
	int from = 0, room = d->bbox.left - 2, w, h = height(d), y = (int)below(r, (uint32_t)(p->height - h + 1));
	if (room < 6) {
		d->bbox.right = width(d) > p->width - d->bbox.left - 8 ? p->width - 8 : d->bbox.right;
		from = d->bbox.right + 2;
		room = p->width - from;
	}
	w = width(d);
	if (may_scale && chance(r, 30)) {
		w = 1 + (int)below(r, (uint32_t)room);
	} else if (w > room) {
		w = room;
		d->bbox.right = d->bbox.left + w;
	}
	from += (int)below(r, (uint32_t)(room - w + 1));
	say(c, " box=(%d,%d)-(%d,%d) area=(%d,%d)-(%d,%d)", d->bbox.left, d->bbox.top, d->bbox.right, d->bbox.bottom, from, y, from + w, y + h);
	return (QXLRect){ .left = from, .top = y, .right = from + w, .bottom = y + h };
}

/* What of a picture to read: as large as the box, or scaled. */
static QXLRect area(struct command *c, QXLDrawable *d, struct rng *r, const struct picture *p, bool may_scale)
{
	if (p->surface == (int)d->surface_id) {
		return beside(c, d, r, p, may_scale);
	}
	int w = width(d), h = height(d), x, y;
	if (may_scale && chance(r, 30)) {
		w = 1 + (int)below(r, (uint32_t)p->width);
		h = 1 + (int)below(r, (uint32_t)p->height);
	}
	x = p->width > w ? (int)below(r, (uint32_t)(p->width - w + 1)) : 0;
	y = p->height > h ? (int)below(r, (uint32_t)(p->height - h + 1)) : 0;
	say(c, " area=(%d,%d)-(%d,%d)", x, y, x + w, y + h);
	return (QXLRect){ .left = x, .top = y, .right = x + w, .bottom = y + h };
}

static void fill(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLFill *f = &d->u.fill;
	brush(s, c, d, r, &f->brush, false);
	f->rop_descriptor = rop(c, r);
	qmask(c, d, r, &f->mask);
}

static void copy(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLCopy *f = &d->u.copy;
	struct picture p = source(s, c, d, r, PLAIN, width(d), height(d));
	f->src_bitmap = p.image;
	f->src_area = area(c, d, r, &p, true);
	f->rop_descriptor = chance(r, 60) ? SPICE_ROPD_OP_PUT : rop(c, r);
	f->scale_mode = scale_mode(c, r);
	qmask(c, d, r, &f->mask);
	bool covers = d->clip.type == SPICE_CLIP_TYPE_NONE && !f->mask.bitmap && f->rop_descriptor == SPICE_ROPD_OP_PUT &&
		f->src_area.right <= p.width && f->src_area.bottom <= p.height && !s->reads_itself;
	if (covers && chance(r, 50)) {
		d->effect = QXL_EFFECT_OPAQUE;
		say(c, " opaque");
	}
}

static void opaque(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLOpaque *f = &d->u.opaque;
	struct picture p = source(s, c, d, r, PLAIN, width(d), height(d));
	f->src_bitmap = p.image;
	f->src_area = area(c, d, r, &p, true);
	brush(s, c, d, r, &f->brush, false);
	f->rop_descriptor = rop(c, r);
	f->scale_mode = scale_mode(c, r);
	qmask(c, d, r, &f->mask);
}

static bool ternary(int code) { return ((code >> 4 ^ code) & 0x0f) && ((code >> 2 ^ code) & 0x33) && ((code >> 1 ^ code) & 0x55); }

/* Shrinks the box so that the picture fills it. */
static void fit(struct command *c, QXLDrawable *d, const struct picture *p)
{
	if (width(d) > p->width || height(d) > p->height) {
		d->bbox.right = d->bbox.left + (width(d) > p->width ? p->width : width(d));
		d->bbox.bottom = d->bbox.top + (height(d) > p->height ? p->height : height(d));
		say(c, " box=(%d,%d)-(%d,%d)", d->bbox.left, d->bbox.top, d->bbox.right, d->bbox.bottom);
	}
}

static void rop3(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLRop3 *f = &d->u.rop3;
	struct picture p = source(s, c, d, r, PLAIN, width(d), height(d));
	fit(c, d, &p);
	f->src_bitmap = p.image;
	f->src_area = area(c, d, r, &p, false);
	brush(s, c, d, r, &f->brush, true);
	do {
		f->rop3 = (uint8_t)next(r);
	} while (!ternary(f->rop3));
	f->scale_mode = SPICE_IMAGE_SCALE_MODE_NEAREST;
	say(c, " rop3=%#x", f->rop3);
	qmask(c, d, r, &f->mask);
}

static void transparent(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLTransparent *f = &d->u.transparent;
	struct picture p = source(s, c, d, r, PLAIN, width(d), height(d));
	f->src_bitmap = p.image;
	f->src_area = area(c, d, r, &p, true);
	f->true_color = chance(r, 50) ? (uint32_t)mix(below(r, 40) + below(r, 2)) : chance(r, 50) ? 0xf0f0f0 : (uint32_t)next(r);
	f->src_color = (uint32_t)next(r);
	say(c, " true_color=%#x", f->true_color);
}

static void alpha_blend(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLAlphaBlend *f = &d->u.alpha_blend;
	struct picture p = source(s, c, d, r, ALPHA, width(d), height(d));
	f->src_bitmap = p.image;
	f->src_area = area(c, d, r, &p, true);
	f->alpha = chance(r, 40) ? 255 : (uint8_t)next(r);
	say(c, " alpha=%d", f->alpha);
}

static void copy_bits(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	const struct surface *dst = target(s, d);
	int x = (int)below(r, (uint32_t)(dst->width - width(d) + 1)), y = (int)below(r, (uint32_t)(dst->height - height(d) + 1));
	if (chance(r, 50)) {                            /* scrolling */
		int dx = d->bbox.left + between(r, -6, 6), dy = d->bbox.top + between(r, -6, 6);
		if (dx >= 0 && dy >= 0 && dx + width(d) <= dst->width && dy + height(d) <= dst->height) {
			x = dx;
			y = dy;
		}
	}
	d->u.copy_bits.src_pos = (QXLPoint){ x, y };
	say(c, " from=(%d,%d)", x, y);
}

static void only_mask(struct command *c, QXLDrawable *d, struct rng *r) { qmask(c, d, r, &d->u.blackness.mask); }

/* A number of points in and around the box, in sixteenths. */
static void points(QXLPathSeg *seg, const QXLDrawable *d, struct rng *r)
{
	for (uint32_t i = 0; i < seg->count; i++) {
		seg->points[i].x = between(r, d->bbox.left * 16 - 160, d->bbox.right * 16 + 160);
		seg->points[i].y = between(r, d->bbox.top * 16 - 160, d->bbox.bottom * 16 + 160);
		if (i && chance(r, 20)) {
			seg->points[i].x = seg->points[i - 1].x;
		}
		if (i && chance(r, 20)) {
			seg->points[i].y = seg->points[i - 1].y;
		}
	}
}

/* Curves that go to the right: the server halves one whose ends meet until its
 * stack is full. */
static void forward(QXLPathSeg *seg, int from, struct rng *r)
{
	uint32_t i = 0;
	if (seg->flags & QXL_PATH_BEGIN) {
		from = seg->points[i++].x;
	}
	for (; i < seg->count; i++) {
		seg->points[i].x = from += between(r, 16, 400);
	}
}

static void dashes(struct command *c, struct rng *r, QXLLineAttr *a)
{
	int n = between(r, 1, 6);
	QXLFIXED *style = get(c, sizeof *style * (size_t)n);
	say(c, " dashes=");
	for (int i = 0; i < n; i++) {
		style[i] = between(r, 1, 12) * 16;
		say(c, "%s%d", i ? "," : "", style[i] / 16);
	}
	a->flags = SPICE_LINE_FLAGS_STYLED | (chance(r, 40) ? SPICE_LINE_FLAGS_START_WITH_GAP : 0);
	a->style_nseg = (uint8_t)n;
	a->style = at(style);
	say(c, "%s", a->flags & SPICE_LINE_FLAGS_START_WITH_GAP ? "/gap" : "");
}

static void stroke(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	(void)s;
	QXLStroke *f = &d->u.stroke;
	int n = between(r, 1, 4);
	uint32_t last = 0;
	int at_x = 0;
	uint8_t *data = get(c, 4096), *end = data;
	say(c, " path=");
	for (int i = 0; i < n; i++) {
		QXLPathSeg *seg = (QXLPathSeg *)end;
		bool bezier = chance(r, 25), ended = last & QXL_PATH_END && bezier;
		seg->flags = (i == 0 || ended || chance(r, 40) ? QXL_PATH_BEGIN : 0) | (chance(r, 40) ? QXL_PATH_END : 0);
		if (seg->flags & QXL_PATH_END && chance(r, 40)) {
			seg->flags |= QXL_PATH_CLOSE;
		}
		seg->count = (uint32_t)between(r, 2, 8);
		if (bezier) {
			seg->flags |= QXL_PATH_BEZIER;
			seg->count = 3 * (uint32_t)between(r, 1, 2) + (seg->flags & QXL_PATH_BEGIN ? 1 : 0);
		}
		last = seg->flags;
		points(seg, d, r);
		if (bezier) {
			forward(seg, at_x, r);
		}
		at_x = seg->points[seg->count - 1].x;
		say(c, "%s%#x", i ? "+" : "", seg->flags);
		for (uint32_t j = 0; j < seg->count; j++) {
			say(c, "[%d,%d]", seg->points[j].x, seg->points[j].y);
		}
		end = (uint8_t *)&seg->points[seg->count];
	}
	QXLPath *path = get(c, sizeof *path + (size_t)(end - data));
	path->data_size = path->chunk.data_size = (uint32_t)(end - data);
	memcpy(path->chunk.data, data, path->data_size);
	f->path = at(path);
	f->brush.type = SPICE_BRUSH_TYPE_SOLID;
	f->brush.u.color = (uint32_t)next(r);
	say(c, " color=%#x", f->brush.u.color);
	f->fore_mode = rop(c, r);
	f->back_mode = SPICE_ROPD_OP_PUT;
	if (options.styled) {
		dashes(c, r, &f->attr);
	}
}

static uint8_t *glyph(uint8_t *to, QXLDrawable *d, struct rng *r, int depth, int *x)
{
	QXLRasterGlyph *g = (QXLRasterGlyph *)to;
	g->width = (uint16_t)between(r, 1, 20);
	g->height = (uint16_t)between(r, 1, 20);
	g->render_pos = (QXLPoint){ *x, between(r, d->bbox.top, d->bbox.bottom) };
	g->glyph_origin = (QXLPoint){ between(r, -2, 2), between(r, -15, 0) };
	*x += g->width + 4;                             /* glyphs do not overlap */
	size_t size = (size_t)((g->width * depth + 7) / 8) * g->height;
	bool noisy = chance(r, 50);
	for (size_t i = 0; i < size; i++) {
		g->data[i] = noisy || i % 3 ? (uint8_t)next(r) : 255;
	}
	return g->data + size;
}

static void text(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLText *f = &d->u.text;
	int n = between(r, 1, 8), depth = chance(r, 50) ? 1 : 4, x = between(r, d->bbox.left - 5, d->bbox.right);
	uint8_t *data = get(c, 8192), *end = data;
	for (int i = 0; i < n; i++) {
		end = glyph(end, d, r, depth, &x);
	}
	QXLString *str = get(c, sizeof *str + (size_t)(end - data));
	str->data_size = str->chunk.data_size = (uint32_t)(end - data);
	str->length = (uint16_t)n;
	str->flags = depth == 1 ? SPICE_STRING_FLAGS_RASTER_A1 : SPICE_STRING_FLAGS_RASTER_A4;
	memcpy(str->chunk.data, data, str->data_size);
	f->str = at(str);
	say(c, " glyphs=%d depth=%d", n, depth);
	f->fore_brush.type = SPICE_BRUSH_TYPE_SOLID;
	f->fore_brush.u.color = (uint32_t)next(r);
	say(c, " fore=%#x", f->fore_brush.u.color);
	f->fore_mode = f->back_mode = SPICE_ROPD_OP_PUT;
	if (chance(r, 40)) {
		int left = between(r, d->bbox.left - 5, d->bbox.right), top = between(r, d->bbox.top - 5, d->bbox.bottom);
		f->back_area = (QXLRect){ .left = left, .top = top, .right = left + between(r, 1, 60), .bottom = top + between(r, 1, 40) };
		say(c, " back=(%d,%d)-(%d,%d)", left, top, f->back_area.right, f->back_area.bottom);
		brush(s, c, d, r, &f->back_brush, true);
	}
}

static QXLPHYSICAL transform(struct command *c, struct rng *r)
{
	QXLTransform *t = get(c, sizeof *t);
	int32_t m[6] = { 65536, 0, 0, 0, 65536, 0 };
	if (chance(r, 30)) {                            /* scaled */
		m[0] = between(r, 6000, 200000);
		m[4] = between(r, 6000, 200000);
	} else if (chance(r, 30)) {                     /* turned by a right angle */
		m[0] = m[4] = 0;
		m[1] = chance(r, 50) ? 65536 : -65536;
		m[3] = -m[1];
	} else {
		for (int i = 0; i < 6; i++) {
			m[i] = between(r, -150000, 150000);
		}
	}
	m[2] = between(r, -20, 20) * 65536 + (int)below(r, 65536);
	m[5] = between(r, -20, 20) * 65536;
	memcpy(t, m, sizeof m);
	say(c, " transform=[%d %d %d; %d %d %d]", m[0], m[1], m[2], m[3], m[4], m[5]);
	return at(t);
}

/* fast, good, best, nearest, bilinear. Where an operator divides, the server
 * interpolates with more bits than elsewhere. */
static uint32_t choose_filter(struct rng *r) { return options.beyond ? 3 * below(r, 2) : below(r, 5); }

static void composite(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	QXLComposite *f = &d->u.composite;
	const struct surface *dst = target(s, d);
	uint32_t op = below(r, 13);
	if (options.beyond && !is16(dst)) {             /* the others, or one family of them */
		static const uint8_t families[] = { 0x0d, 0x10, 0x20, 0x30, 0x38 };
		static const uint8_t sizes[] = { 1, 12, 12, 8, 7 };
		int i = options.beyond > 1 ? options.beyond - 2 : (int)below(r, 5);
		op = families[i] + below(r, sizes[i]);
	}
	if (dst->loose) {                               /* nothing that reads its alpha */
		static const uint8_t few[] = { 0, 1, 2, 3, 6, 8, 12 };
		op = few[below(r, 7)];
	}
	say(c, " op=%#x", op);
	struct picture p = source(s, c, d, r, PICTURE, width(d), height(d));
	uint32_t filter = choose_filter(r), repeat = below(r, 4);
	f->flags = op | filter << 8 | repeat << 14;
	f->src = p.image;
	f->src_origin = (QXLPoint16){ (int16_t)between(r, -10, 30), (int16_t)between(r, -10, 30) };
	say(c, " filter=%u repeat=%u origin=(%d,%d)", filter, repeat, f->src_origin.x, f->src_origin.y);
	if (p.surface < 0 && chance(r, 30) && !strstr(c->text, "/cached")) {
		f->src_transform = transform(c, r);
	}
	/* The server applies a mask to the green of a source of the HSL modes twice,
	 * and to its blue never. */
	if (op < 0x3b && chance(r, 35)) {
		say(c, " through");
		struct picture m = source(s, c, d, r, PICTURE, width(d), height(d));
		if (m.surface >= 0 && m.surface == p.surface) {
			return;
		}
		uint32_t component = below(r, 2);
		filter = choose_filter(r), repeat = below(r, 4);
		f->flags |= filter << 11 | repeat << 16 | component << 18;
		f->mask = m.image;
		f->mask_origin = (QXLPoint16){ (int16_t)between(r, -10, 30), (int16_t)between(r, -10, 30) };
		say(c, " filter=%u repeat=%u component=%u origin=(%d,%d)", filter, repeat, component, f->mask_origin.x, f->mask_origin.y);
		if (m.surface < 0 && chance(r, 30) && !strstr(c->text, "/cached")) {
			f->mask_transform = transform(c, r);
		}
	}
}

void draw(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, int type)
{
	switch (type) {
	case QXL_DRAW_FILL: fill(s, c, d, r); break;
	case QXL_DRAW_OPAQUE: opaque(s, c, d, r); break;
	case QXL_DRAW_COPY:
	case QXL_DRAW_BLEND: copy(s, c, d, r); break;
	case QXL_DRAW_BLACKNESS:
	case QXL_DRAW_WHITENESS:
	case QXL_DRAW_INVERS: only_mask(c, d, r); break;
	case QXL_DRAW_ROP3: rop3(s, c, d, r); break;
	case QXL_DRAW_STROKE: stroke(s, c, d, r); break;
	case QXL_DRAW_TEXT: text(s, c, d, r); break;
	case QXL_DRAW_TRANSPARENT: transparent(s, c, d, r); break;
	case QXL_DRAW_ALPHA_BLEND: alpha_blend(s, c, d, r); break;
	case QXL_DRAW_COMPOSITE: composite(s, c, d, r); break;
	case QXL_COPY_BITS: copy_bits(s, c, d, r); break;
	}
}
