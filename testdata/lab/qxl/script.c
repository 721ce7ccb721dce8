/* The script: which command comes next. Each is made from the seed, its number,
 * and the surfaces that exist, and from nothing else. */
#include <stdlib.h>
#include <string.h>
#include "qxl.h"

static struct command *new_command(struct script *s, uint32_t type, void *data)
{
	(void)s;
	struct command *c = calloc(1, sizeof *c);
	c->ext.cmd.type = type;
	(void)data;
	return c;
}

static struct command *create_surface(struct script *s, struct rng *r, struct surface *n)
{
	static const uint32_t formats[] = { SPICE_SURFACE_FMT_32_xRGB, SPICE_SURFACE_FMT_32_ARGB, SPICE_SURFACE_FMT_32_ARGB, SPICE_SURFACE_FMT_16_555, SPICE_SURFACE_FMT_8_A };
	struct command *c = new_command(s, QXL_CMD_SURFACE, NULL);
	int id = ++s->created;
	*n = (struct surface){ .live = true, .id = id, .width = 1 + (int)below(r, 150), .height = 1 + (int)below(r, 150), .format = formats[below(r, 5)] };
	n->loose = has_alpha(n) && chance(r, 40);
	n->stride = (n->width * (is8(n) ? 1 : is16(n) ? 2 : 4) + 3) / 4 * 4;
	n->pixels = get(c, (size_t)n->stride * (size_t)n->height);
	QXLSurfaceCmd *cmd = get(c, sizeof *cmd);
	cmd->release_info.id = at(c);
	cmd->surface_id = (uint32_t)id;
	cmd->type = QXL_SURFACE_CMD_CREATE;
	cmd->u.surface_create = (QXLSurface){ .format = n->format, .width = (uint32_t)n->width, .height = (uint32_t)n->height, .stride = n->stride, .data = at(n->pixels) };
	c->ext.cmd.data = at(cmd);
	say(c, "create surface=%d %dx%d format=%u%s", id, n->width, n->height, n->format, n->loose ? " loose" : "");
	return c;
}

static struct command *destroy_surface(struct script *s, struct surface *old)
{
	int id = old->id;
	struct command *c = new_command(s, QXL_CMD_SURFACE, NULL);
	QXLSurfaceCmd *cmd = get(c, sizeof *cmd);
	cmd->release_info.id = at(c);
	cmd->surface_id = (uint32_t)id;
	cmd->type = QXL_SURFACE_CMD_DESTROY;
	c->ext.cmd.data = at(cmd);
	*old = (struct surface){ 0 };
	say(c, "destroy surface=%d", id);
	return c;
}

/* Part of a surface; a device may not name more. */
static QXLRect box(struct rng *r, const struct surface *s)
{
	int w = 1 + (int)below(r, (uint32_t)s->width), h = 1 + (int)below(r, (uint32_t)s->height);
	if (chance(r, 60)) {
		w = 1 + w / 3;
		h = 1 + h / 3;
	}
	int x = (int)below(r, (uint32_t)(s->width - w + 1)), y = (int)below(r, (uint32_t)(s->height - h + 1));
	return (QXLRect){ .left = x, .top = y, .right = x + w, .bottom = y + h };
}

static void clip(struct command *c, QXLDrawable *d, struct rng *r, int most)
{
	d->clip.type = SPICE_CLIP_TYPE_NONE;
	if (!chance(r, 30)) {
		return;
	}
	int n = between(r, 1, most);
	QXLClipRects *list = get(c, sizeof *list + (size_t)n * sizeof(QXLRect));
	QXLRect *rects = (QXLRect *)list->chunk.data;
	list->num_rects = (uint32_t)n;
	list->chunk.data_size = (uint32_t)n * sizeof(QXLRect);
	say(c, " clip=");
	for (int i = 0; i < n; i++) {
		int w = d->bbox.right - d->bbox.left, h = d->bbox.bottom - d->bbox.top;
		int x = d->bbox.left - 5 + (int)below(r, (uint32_t)w + 5), y = d->bbox.top - 5 + (int)below(r, (uint32_t)h + 5);
		rects[i] = (QXLRect){ .left = x, .top = y, .right = x + (int)below(r, (uint32_t)w + 5), .bottom = y + (int)below(r, (uint32_t)h + 5) };
		say(c, "%s(%d,%d)-(%d,%d)", i ? "+" : "", x, y, rects[i].right, rects[i].bottom);
	}
	d->clip.type = SPICE_CLIP_TYPE_RECTS;
	d->clip.data = at(list);
}

/* How often each operation is drawn. */
static const struct { int type, weight; const char *name; } operations[] = {
	{ QXL_DRAW_FILL, 14, "fill" }, { QXL_DRAW_OPAQUE, 7, "opaque" }, { QXL_DRAW_COPY, 24, "copy" }, { QXL_COPY_BITS, 7, "copy_bits" },
	{ QXL_DRAW_BLEND, 5, "blend" }, { QXL_DRAW_BLACKNESS, 1, "blackness" }, { QXL_DRAW_WHITENESS, 1, "whiteness" },
	{ QXL_DRAW_INVERS, 2, "invers" }, { QXL_DRAW_ROP3, 8, "rop3" }, { QXL_DRAW_STROKE, 7, "stroke" }, { QXL_DRAW_TEXT, 7, "text" },
	{ QXL_DRAW_TRANSPARENT, 5, "transparent" }, { QXL_DRAW_ALPHA_BLEND, 8, "alpha_blend" }, { QXL_DRAW_COMPOSITE, 10, "composite" },
};
enum { OPERATIONS = sizeof operations / sizeof operations[0] };

static int pick(struct rng *r, const struct surface *dst, const char **name)
{
	for (;;) {
		int n = (int)below(r, 106), i = 0;
		while (n >= operations[i].weight) {
			n -= operations[i++].weight;
		}
		int t = operations[i].type;
		bool apt = !is8(dst) || t == QXL_DRAW_FILL || t == QXL_DRAW_COPY || t == QXL_COPY_BITS || t == QXL_DRAW_COMPOSITE;
		if (apt && (named(options.ops, operations[i].name) || (is8(dst) && t == QXL_DRAW_FILL))) {
			*name = operations[i].name;
			return t;
		}
	}
}

static struct command *drawing(struct script *s, struct rng *r)
{
	struct surface *dst = &s->surfaces[chance(r, 50) ? 0 : below(r, MAX_SURFACES)];
	if (!dst->live) {
		dst = &s->surfaces[0];
	}
	int id = dst->id;
	struct command *c = new_command(s, QXL_CMD_DRAW, NULL);
	QXLDrawable *d = get(c, sizeof *d);
	const char *name = "fill";
	c->ext.cmd.data = at(d);
	d->release_info.id = at(c);
	d->surface_id = (uint32_t)id;
	d->effect = QXL_EFFECT_BLEND;
	d->mm_time = (uint32_t)s->index;
	for (int i = 0; i < 3; i++) {
		d->surfaces_dest[i] = -1;
	}
	if (!dst->age) {                                /* the server may have it drawn twice */
		d->type = QXL_DRAW_FILL;
		d->bbox = (QXLRect){ .right = dst->width, .bottom = dst->height };
		d->u.fill.brush.type = SPICE_BRUSH_TYPE_SOLID;
		d->u.fill.brush.u.color = plain_colour(r);
		d->u.fill.rop_descriptor = SPICE_ROPD_OP_PUT;
		say(c, "fill surface=%d all color=%#x", id, d->u.fill.brush.u.color);
	} else {
		d->type = (uint8_t)pick(r, dst, &name);
		d->bbox = box(r, dst);
		say(c, "%s surface=%d format=%u box=(%d,%d)-(%d,%d)", name, id, dst->format, d->bbox.left, d->bbox.top, d->bbox.right, d->bbox.bottom);
		/* The server loses parts of long lines between clip rectangles. */
		clip(c, d, r, d->type == QXL_DRAW_STROKE && dst->width > 600 ? 1 : 6);
		draw(s, c, d, r, d->type);
	}
	dst->age++;
	dst->drawn = true;
	return c;
}

struct command *next_command(struct script *s)
{
	struct rng r = { mix(s->seed ^ mix((uint64_t)s->index + 1)) };
	struct command *c;
	if (options.fresh && s->index == options.fresh) {
		for (int i = 0; i < MAX_SURFACES; i++) {
			s->surfaces[i].age = 0;
			s->surfaces[i].drawn = i == 0;
		}
	}
	int slot = 1 + (int)below(&r, MAX_SURFACES - 1);
	struct surface *some = &s->surfaces[slot];
	if (slot <= options.surfaces && !some->live && s->created < MAX_IDS - 1 && chance(&r, 40)) {
		c = create_surface(s, &r, some);
	} else if (some->live && chance(&r, 2)) {
		c = destroy_surface(s, some);
	} else {
		c = drawing(s, &r);
	}
	s->index++;
	return c;
}
