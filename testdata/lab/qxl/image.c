/* Images: contents that make the server choose each of its codecs, in every
 * form that a device can carry. */
#include <stdlib.h>
#include <string.h>
#include "qxl.h"

enum { NOISE, GRADIENT, TEXT, FLAT, PHOTO, SPOT, STRIPES, RUNS, SCROLL, KINDS };
static const char *const kinds[] = { "noise", "gradient", "text", "flat", "photo", "spot", "stripes", "runs", "scroll" };

static uint32_t hash(uint64_t seed, int x, int y) { return (uint32_t)mix(seed + (uint64_t)x * 0x9e3779b97f4a7c15u + (uint64_t)y * 0xc2b2ae3d27d4eb4fu); }

/* Smooth noise between points 16 apart. */
static int smooth(uint64_t seed, int x, int y)
{
	int x0 = x >> 4, y0 = y >> 4, fx = x & 15, fy = y & 15, c[4];
	for (int i = 0; i < 4; i++) {
		c[i] = hash(seed, x0 + (i & 1), y0 + (i >> 1)) & 255;
	}
	return (c[0] * (16 - fx) * (16 - fy) + c[1] * fx * (16 - fy) + c[2] * (16 - fx) * fy + c[3] * fx * fy) >> 8;
}

/* A pixel, 0xXXRRGGBB. */
static uint32_t colour(int kind, uint64_t seed, int x, int y)
{
	uint32_t fore = (uint32_t)mix(seed), back = (uint32_t)mix(seed + 1);
	switch (kind) {
	case NOISE: return hash(seed, x, y);
	case GRADIENT: return (uint32_t)(x * 3 & 255) << 16 | (uint32_t)(y * 2 & 255) << 8 | (uint32_t)((x + y) & 255);
	case TEXT: return hash(seed, x >> 1, y / 3) % 5 ? back : fore;
	case FLAT: return fore;
	case PHOTO: {
		uint32_t c = 0;
		for (int i = 0; i < 3; i++) {
			int v = smooth(seed + i, x, y) + (int)(hash(seed + 9 + i, x, y) & 3);
			c = c << 8 | (uint32_t)(v > 255 ? 255 : v);
		}
		return c;
	}
	case SPOT: return x == (int)(seed % 17) && y == (int)(seed % 13) ? fore : back;
	case STRIPES: return x & 1 ? fore : back;
	case RUNS: return hash(seed, (x + y * 7) / 300, 0);
	default: return hash(7, x >> 1, (y + (int)(seed % 40)) >> 1) % 6 ? 0xf0f0f0 : 0x203040;
	}
}

/* Alpha, by a pattern of its own. */
static uint32_t alpha(int pattern, uint64_t seed, int x, int y)
{
	switch (pattern) {
	case 0: return 255;
	case 1: return (uint32_t)(seed & 255);
	case 2: return hash(seed + 5, x, y) & 255;
	case 3: return hash(seed + 5, x >> 2, y >> 2) & 1 ? 255 : 0;
	default: return (uint32_t)(x * 5 + y) & 255;
	}
}

static uint32_t premultiplied(uint32_t c, uint32_t a)
{
	uint32_t p = a << 24;
	for (int shift = 0; shift < 24; shift += 8) {
		p |= ((c >> shift & 255) * a / 255) << shift;
	}
	return p;
}

static uint16_t to555(uint32_t c) { return (uint16_t)((c >> 9 & 0x7c00) | (c >> 6 & 0x3e0) | (c >> 3 & 0x1f)); }

/* Chains pieces of whole rows, as drivers do. */
QXLPHYSICAL chunked(struct command *c, const void *data, size_t size, size_t unit, struct rng *r)
{
	QXLDataChunk *first = NULL, *last = NULL;
	const uint8_t *from = data;
	size_t rows = unit ? size / unit : 0;
	do {
		size_t n = size;
		if (rows > 1 && chance(r, 30)) {
			n = unit * (size_t)between(r, 1, (int)rows);
			if (n > size) {
				n = size;
			}
		}
		QXLDataChunk *k = get(c, sizeof *k + n);
		k->data_size = (uint32_t)n;
		memcpy(k->data, from, n);
		if (last) {
			last->next_chunk = at(k);
			k->prev_chunk = at(last);
		} else {
			first = k;
		}
		last = k;
		from += n;
		size -= n;
	} while (size);
	return at(first);
}

static const int bits[] = { 0, 1, 1, 4, 4, 8, 16, 24, 32, 32, 8 };
static const char *const names[] = { "?", "1le", "1be", "4le", "4be", "8", "16", "24", "32", "rgba", "a8" };

struct content { int format, kind, alpha, width, height; uint64_t seed; bool junk, premultiply, high; };

/* Palettes have a name if they may be cached; its high bits tell what its
 * entries are good for. */
static QXLPalette *palette(struct command *c, struct rng *r, const struct surface *dst, int format)
{
	int most = 1 << bits[format];
	uint64_t unique = chance(r, 60) ? 1 + below(r, 200) : 0, seed = unique ? mix(unique) : next(r);
	if (unique) {
		unique |= (uint64_t)(is16(dst) + 2 * has_alpha(dst)) << 40 | (uint64_t)format << 32;
		seed = mix(unique);
	}
	QXLPalette *p = get(c, sizeof *p + 4 * (size_t)most);
	p->unique = unique;
	p->num_ents = (uint16_t)most;
	for (int i = 0; i < most; i++) {
		uint32_t v = (uint32_t)mix(seed + (uint64_t)i) & 0xffffff;
		p->ents[i] = is16(dst) ? to555(v) : v;
	}
	say(c, " palette=%#llx", (unsigned long long)unique);
	return p;
}

static void put_pixel(uint8_t *row, int x, const struct content *k, int y)
{
	uint32_t v = colour(k->kind, k->seed, x, y), a = alpha(k->alpha, k->seed, x, y);
	switch (k->format) {
	case SPICE_BITMAP_FMT_1BIT_BE: row[x / 8] |= (uint8_t)((v >> 7 & 1) << (7 - x % 8)); break;
	case SPICE_BITMAP_FMT_1BIT_LE: row[x / 8] |= (uint8_t)((v >> 7 & 1) << (x % 8)); break;
	case SPICE_BITMAP_FMT_4BIT_BE: row[x / 2] |= (uint8_t)((v >> 4 & 15) << (x % 2 ? 0 : 4)); break;
	case SPICE_BITMAP_FMT_8BIT: row[x] = (uint8_t)(v >> 3); break;
	case SPICE_BITMAP_FMT_8BIT_A: row[x] = (uint8_t)(k->alpha ? a : v); break;
	case SPICE_BITMAP_FMT_16BIT: { uint16_t w = to555(v); memcpy(row + 2 * x, &w, 2); break; }
	case SPICE_BITMAP_FMT_24BIT: memcpy(row + 3 * x, &v, 3); break;
	case SPICE_BITMAP_FMT_32BIT:
		v = (v & 0xffffff) | (k->high ? 0xff000000 : k->junk ? hash(k->seed + 3, x, y) & 0xff000000 : 0);
		memcpy(row + 4 * x, &v, 4);
		break;
	case SPICE_BITMAP_FMT_RGBA:
		v = k->premultiply ? premultiplied(v, a) : (v & 0xffffff) | a << 24;
		memcpy(row + 4 * x, &v, 4);
		break;
	}
}

static QXLImage *bitmap(struct command *c, struct rng *r, const struct surface *dst, const struct content *k)
{
	QXLImage *image = get(c, sizeof *image);
	int exact = (k->width * bits[k->format] + 7) / 8, stride = exact;
	if (chance(r, 25)) {
		stride = (exact + 3) / 4 * 4 + 4 * (int)below(r, 3);
	}
	uint8_t *data = get(c, (size_t)stride * (size_t)k->height);
	bool top_down = chance(r, 60);
	for (int y = 0; y < k->height; y++) {
		uint8_t *row = data + (size_t)stride * (size_t)(top_down ? y : k->height - 1 - y);
		for (int x = 0; x < k->width; x++) {
			put_pixel(row, x, k, y);
		}
	}
	image->descriptor.type = SPICE_IMAGE_TYPE_BITMAP;
	image->descriptor.width = image->bitmap.x = (uint32_t)k->width;
	image->descriptor.height = image->bitmap.y = (uint32_t)k->height;
	image->descriptor.flags = k->high ? QXL_IMAGE_HIGH_BITS_SET : 0;
	image->bitmap.format = (uint8_t)k->format;
	image->bitmap.flags = top_down ? QXL_BITMAP_TOP_DOWN : 0;
	image->bitmap.stride = (uint32_t)stride;
	say(c, " image=%dx%d/%s/%s%s%s", k->width, k->height, names[k->format], kinds[k->kind], top_down ? "" : "/up", stride > exact ? "/padded" : "");
	if (k->format == SPICE_BITMAP_FMT_RGBA) {
		say(c, "/a%d%s", k->alpha, k->premultiply ? "" : "!");
	}
	if (bits[k->format] <= 8 && k->format != SPICE_BITMAP_FMT_8BIT_A && dst) {
		image->bitmap.palette = at(palette(c, r, dst, k->format));
	}
	if (chance(r, 20)) {
		image->bitmap.flags |= QXL_BITMAP_DIRECT;
		image->bitmap.data = at(data);
	} else {
		image->bitmap.data = chunked(c, data, (size_t)stride * (size_t)k->height, (size_t)stride, r);
	}
	return image;
}

/* Which forms an image may have so that every byte that counts is defined. */
static int choose_format(struct rng *r, const struct surface *dst, enum use use)
{
	static const int any[] = {
		SPICE_BITMAP_FMT_1BIT_BE, SPICE_BITMAP_FMT_4BIT_BE, SPICE_BITMAP_FMT_8BIT, SPICE_BITMAP_FMT_16BIT,
		SPICE_BITMAP_FMT_24BIT, SPICE_BITMAP_FMT_32BIT, SPICE_BITMAP_FMT_32BIT, SPICE_BITMAP_FMT_32BIT, SPICE_BITMAP_FMT_RGBA, SPICE_BITMAP_FMT_RGBA,
	};
	/* On a surface with alpha the server takes entries of palettes for pixels
	 * with alpha, but its clients do only if the image was not compressed. */
	bool palettes = !has_alpha(dst) || !strcmp(options.compression, "off");
	if (use == PICTURE) {
		static const int pictures[] = { SPICE_BITMAP_FMT_RGBA, SPICE_BITMAP_FMT_RGBA, SPICE_BITMAP_FMT_RGBA, SPICE_BITMAP_FMT_RGBA, SPICE_BITMAP_FMT_32BIT, SPICE_BITMAP_FMT_24BIT, SPICE_BITMAP_FMT_16BIT, SPICE_BITMAP_FMT_8BIT };
		return pictures[below(r, is8(dst) ? 4 : palettes ? 8 : 7)];
	}
	if (is8(dst)) {
		return SPICE_BITMAP_FMT_8BIT_A;
	}
	if (has_alpha(dst) && !dst->loose) {
		return chance(r, 70) ? SPICE_BITMAP_FMT_RGBA : SPICE_BITMAP_FMT_32BIT;
	}
	int first = palettes ? 0 : 3;
	return any[first + (int)below(r, (uint32_t)(sizeof any / sizeof any[0]) - (uint32_t)first)];
}

static int choose_kind(struct rng *r)
{
	for (;;) {
		int kind = (int)below(r, KINDS);
		if (named(options.kinds, kinds[kind])) {
			return kind;
		}
	}
}

static struct picture new_image(struct command *c, const struct surface *dst, struct rng *r, enum use use, int width, int height)
{
	struct rng own = { next(r) }, *g = r;
	uint64_t id = 0;
	if (chance(r, 25)) {                            /* one of those that the client may keep */
		int class = (is16(dst) ? 1 : is8(dst) ? 2 : has_alpha(dst) ? dst->loose ? 3 : 4 : 0) + 8 * (use == PICTURE);
		id = 1 + below(r, 48) + (uint64_t)class * 256;
		own.state = mix(id);
		g = &own;
		width = 1 + (int)below(g, 90);
		height = 1 + (int)below(g, 70);
	}
	struct content k = {
		.format = choose_format(g, dst, use), .kind = choose_kind(g), .alpha = (int)below(g, 5), .width = width, .height = height,
		.seed = chance(g, 50) ? below(g, 40) : next(g), .premultiply = chance(g, 80) || options.beyond,
	};
	k.high = k.format == SPICE_BITMAP_FMT_32BIT && chance(g, 25);
	k.junk = !has_alpha(dst) || dst->loose;
	QXLImage *image = bitmap(c, g, dst, &k);
	image->descriptor.id = id ? id << 32 | QXL_IMAGE_GROUP_DRIVER : next(r) | 1ull << 63;
	if (id) {
		image->descriptor.flags |= QXL_IMAGE_CACHE;
		say(c, "/cached%llu", (unsigned long long)id);
	}
	return (struct picture){ at(image), width, height, -1 };
}

/* A drawable names what it reads, so that the server draws that first. */
void depend(QXLDrawable *d, int surface, int left, int top, int right, int bottom)
{
	for (int i = 0; i < 3; i++) {
		if (d->surfaces_dest[i] < 0) {
			d->surfaces_dest[i] = surface;
			d->surfaces_rects[i] = (QXLRect){ .left = left, .top = top, .right = right, .bottom = bottom };
			return;
		}
	}
	abort();
}

/* Whether the pixels of a surface may be used for another. */
static bool suits(const struct surface *src, const struct surface *dst, enum use use)
{
	if (!src->live || !src->age) {
		return false;
	}
	if (use == PICTURE) {
		return !src->loose;
	}
	if (is8(src) || is8(dst)) {
		return is8(src) && is8(dst) && use != ALPHA;
	}
	if (use != ALPHA && is16(src) != is16(dst)) {
		return false;                           /* the server ends itself */
	}
	if (use == ALPHA) {
		return !src->loose;
	}
	return !has_alpha(dst) || dst->loose || (has_alpha(src) && !src->loose);
}

static struct picture surface_image(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, enum use use)
{
	const struct surface *dst = target(s, d);
	const struct surface *src = &s->surfaces[below(r, MAX_SURFACES)];
	int i = src->id;
	bool self = src == dst;
	if (!suits(src, dst, use) || (self && (!s->reads_itself || use == TILE || use == PICTURE || src->width < 30))) {
		return (struct picture){ 0 };
	}
	QXLImage *image = get(c, sizeof *image);
	image->descriptor.id = next(r);
	image->descriptor.type = SPICE_IMAGE_TYPE_SURFACE;
	image->descriptor.width = (uint32_t)src->width;
	image->descriptor.height = (uint32_t)src->height;
	image->surface_image.surface_id = (uint32_t)i;
	depend(d, i, 0, 0, src->width, src->height);
	say(c, " surface=%d/%dx%d", i, src->width, src->height);
	return (struct picture){ at(image), src->width, src->height, i };
}

/* Makes an image, mostly of at least the given size, or takes a surface. */
struct picture source(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, enum use use, int min_w, int min_h)
{
	if (chance(r, 30)) {
		struct picture p = surface_image(s, c, d, r, use);
		if (p.image) {
			return p;
		}
	}
	int w = min_w + (int)below(r, 20), h = min_h + (int)below(r, 20);
	if (chance(r, 30)) {
		w = 1 + (int)below(r, 80);
		h = 1 + (int)below(r, 80);
	}
	return new_image(c, target(s, d), r, use, w, h);
}

struct picture tile(struct script *s, struct command *c, QXLDrawable *d, struct rng *r)
{
	if (chance(r, 15)) {
		struct picture p = surface_image(s, c, d, r, TILE);
		if (p.image) {
			return p;
		}
	}
	int size = chance(r, 60) ? 8 : 0;
	return new_image(c, target(s, d), r, PLAIN, size ? size : 1 + (int)below(r, 40), size ? size : 1 + (int)below(r, 40));
}

QXLPHYSICAL mask(struct command *c, struct rng *r, int *width, int *height)
{
	struct rng own = { next(r) }, *g = r;
	uint64_t id = 0;
	if (chance(r, 25)) {
		id = 1 + below(r, 16) + 100000;
		own.state = mix(id);
		g = &own;
		*width = 1 + (int)below(g, 120);
		*height = 1 + (int)below(g, 120);
	}
	struct content k = {
		.format = chance(g, 50) ? SPICE_BITMAP_FMT_1BIT_BE : SPICE_BITMAP_FMT_1BIT_LE, .kind = chance(g, 50) ? NOISE : TEXT,
		.width = *width, .height = *height, .seed = next(g),
	};
	say(c, " mask");
	QXLImage *image = bitmap(c, g, NULL, &k);
	image->descriptor.id = id ? id << 32 | QXL_IMAGE_GROUP_DRIVER : next(r) | 1ull << 63;
	if (id) {
		image->descriptor.flags |= QXL_IMAGE_CACHE;
		say(c, "/cached%llu", (unsigned long long)id);
	}
	return at(image);
}
