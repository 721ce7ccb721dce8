/* A guest without a machine: see README.md. */
#ifndef SAFFRON_QXL_H
#define SAFFRON_QXL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <spice.h>

/* Random numbers that are the same everywhere: splitmix64. */
struct rng { uint64_t state; };
uint64_t next(struct rng *r);
uint32_t below(struct rng *r, uint32_t n);          /* 0 <= result < n; 0 for n = 0 */
int between(struct rng *r, int lo, int hi);         /* lo <= result <= hi */
bool chance(struct rng *r, int percent);
uint64_t mix(uint64_t v);                           /* a hash */

enum { MAX_SURFACES = 8, MAX_IDS = 1024, MAX_DISPLAYS = 4, MAX_SIDE = 4096 };

/* What the script may do. */
struct options {
	int port, displays, width, height, depth;       /* of the primary: 32 or 16 */
	int surfaces;                                   /* off the screen, at most */
	uint64_t seed;
	const char *compression, *jpeg, *zlib, *ops, *kinds, *log;
	int fresh;                                      /* command from which on a client is there */
	int styled;                                     /* all strokes are dashed */
	int tone;                                       /* rate of a sound, 0 for none */
	int beyond;                                     /* other composite operators: 1 all, 2 to 6 one family */
};
extern struct options options;
bool named(const char *list, const char *name);     /* whether it is in a list, or the list is empty */

/* Memory of one command, which the server gives back when it has no more use
 * for it. */
struct block { struct block *next; max_align_t data[]; };
struct command {
	QXLCommandExt ext;
	struct block *blocks;
	char text[2048];                                /* what it is, for people */
};
void *get(struct command *c, size_t size);          /* zeroed */
void say(struct command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void discard(struct command *c);
static inline QXLPHYSICAL at(const void *p) { return (QXLPHYSICAL)(uintptr_t)p; }

struct surface {
	bool live, drawn;
	int id;                                         /* used once: the server may destroy late */
	bool loose;                                     /* its fourth bytes are not defined */
	int width, height, stride;
	uint32_t format;
	uint8_t *pixels;
	int age;                                        /* commands that drew into it */
};
static inline bool has_alpha(const struct surface *s) { return s->format == SPICE_SURFACE_FMT_32_ARGB; }
static inline bool is16(const struct surface *s) { return s->format == SPICE_SURFACE_FMT_16_555; }
static inline bool is8(const struct surface *s) { return s->format == SPICE_SURFACE_FMT_8_A; }

/* A script is the sequence of commands of one display. */
struct script {
	uint64_t seed;
	bool reads_itself;                              /* else it has commands that say they hide what was before;
	                                                   the server gets both together wrong */
	int index;                                      /* of the next command */
	int created;                                    /* surfaces off the screen, ever */
	struct surface surfaces[MAX_SURFACES];          /* the first is the primary */
};
static inline const struct surface *target(const struct script *s, const QXLDrawable *d)
{
	for (int i = 0; i < MAX_SURFACES; i++) {
		if (s->surfaces[i].live && s->surfaces[i].id == (int)d->surface_id) {
			return &s->surfaces[i];
		}
	}
	return NULL;
}

/* script.c: makes the next command. */
struct command *next_command(struct script *s);

/* image.c */
struct picture {
	QXLPHYSICAL image;
	int width, height;
	int surface;                                    /* -1 if it is an image */
};
enum use { PLAIN, TILE, ALPHA, PICTURE };           /* as words; the same repeated; to blend; for COMPOSITE */
struct picture source(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, enum use use, int min_w, int min_h);
struct picture tile(struct script *s, struct command *c, QXLDrawable *d, struct rng *r);
QXLPHYSICAL mask(struct command *c, struct rng *r, int *width, int *height);
QXLPHYSICAL chunked(struct command *c, const void *data, size_t size, size_t unit, struct rng *r);
void depend(QXLDrawable *d, int surface, int left, int top, int right, int bottom);

/* draw.c: fills in what is particular to an operation. */
void draw(struct script *s, struct command *c, QXLDrawable *d, struct rng *r, int type);
uint32_t plain_colour(struct rng *r);

/* sound.c: plays for ever, so many frames a second. */
void whistle(SpiceServer *server, int hz);

/* loop.c: the event loop that the server library asks for. */
extern SpiceCoreInterface core;
void loop(void);

#endif
