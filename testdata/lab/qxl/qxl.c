/* A SPICE server that plays a random script of drawing commands, and then says
 * what its own surfaces look like. See README.md. */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "qxl.h"

struct options options = {
	.displays = 1, .width = 320, .height = 240, .depth = 32, .surfaces = 5, .seed = 1,
	.compression = "off", .jpeg = "never", .zlib = "never", .ops = "", .kinds = "",
};

/* --- Random numbers and memory --- */

uint64_t mix(uint64_t v)
{
	v = (v ^ (v >> 30)) * 0xbf58476d1ce4e5b9u;
	v = (v ^ (v >> 27)) * 0x94d049bb133111ebu;
	return v ^ (v >> 31);
}

uint64_t next(struct rng *r) { return mix(r->state += 0x9e3779b97f4a7c15u); }
uint32_t below(struct rng *r, uint32_t n) { return n ? (uint32_t)(next(r) >> 33) % n : 0; }
int between(struct rng *r, int lo, int hi) { return lo + (int)below(r, (uint32_t)(hi - lo + 1)); }
bool chance(struct rng *r, int percent) { return below(r, 100) < (uint32_t)percent; }

void *get(struct command *c, size_t size)
{
	struct block *b = calloc(1, sizeof *b + size);
	if (!b) {
		abort();
	}
	b->next = c->blocks;
	c->blocks = b;
	return b->data;
}

void say(struct command *c, const char *format, ...)
{
	size_t n = strlen(c->text);
	va_list args;
	va_start(args, format);
	vsnprintf(c->text + n, sizeof c->text - n, format, args);
	va_end(args);
}

void discard(struct command *c)
{
	while (c->blocks) {
		struct block *b = c->blocks;
		c->blocks = b->next;
		free(b);
	}
	free(c);
}

bool named(const char *list, const char *name)
{
	size_t n = strlen(name);
	if (!*list) {
		return true;
	}
	for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',') {
		if (strcspn(p, ",") == n && !strncmp(p, name, n)) {
			return true;
		}
	}
	return false;
}

/* --- The device --- */

struct display {
	QXLInstance qxl;
	struct script script;           /* of the server's worker thread, until it is idle */
	atomic_int limit, fetched;      /* commands to give, and given */
};

static struct display displays[MAX_DISPLAYS];
static int idle;                        /* an eventfd: a display has given all */
static FILE *journal;

static struct display *of(QXLInstance *q) { return &displays[q->id]; }

static void nothing(QXLInstance *q) { (void)q; }
static void level(QXLInstance *q, int n) { (void)q; (void)n; }
static void time_is(QXLInstance *q, uint32_t ms) { (void)q; (void)ms; }
static int no_cursor(QXLInstance *q, QXLCommandExt *e) { (void)q; (void)e; return 0; }
static int will_notify(QXLInstance *q) { (void)q; return 1; }
static void updated(QXLInstance *q, uint32_t id) { (void)q; (void)id; }
static int no_flush(QXLInstance *q) { (void)q; return 0; }
static void completed(QXLInstance *q, uint64_t cookie) { (void)q; (void)cookie; }
static void area(QXLInstance *q, uint32_t s, QXLRect *r, uint32_t n) { (void)q; (void)s; (void)r; (void)n; }
static void capabilities(QXLInstance *q, uint8_t present, uint8_t caps[SPICE_CAPABILITIES_SIZE]) { (void)q; (void)present; (void)caps; }
static int monitors(QXLInstance *q, VDAgentMonitorsConfig *m) { (void)q; (void)m; return 0; }

static void init_info(QXLInstance *q, QXLDevInitInfo *info)
{
	(void)q;
	memset(info, 0, sizeof *info);
	info->num_memslots_groups = 1;
	info->num_memslots = 1;
	info->memslot_gen_bits = 1;
	info->memslot_id_bits = 1;
	info->qxl_ram_size = 64 << 20;
	info->n_surfaces = MAX_IDS;
}

/* The following run on the server's worker thread. */

static int get_command(QXLInstance *q, QXLCommandExt *e)
{
	struct display *d = of(q);
	if (d->fetched >= d->limit) {
		return 0;
	}
	struct command *c = next_command(&d->script);
	if (journal) {
		fprintf(journal, "%d %s\n", q->id, c->text);
		fflush(journal);
	}
	*e = c->ext;
	if (++d->fetched == d->limit) {
		uint64_t one = 1;
		(void)!write(idle, &one, sizeof one);
	}
	return 1;
}

static int will_notify_commands(QXLInstance *q) { return of(q)->fetched >= of(q)->limit; }

static void release(QXLInstance *q, QXLReleaseInfoExt info)
{
	(void)q;
	discard((struct command *)(uintptr_t)info.info->id);
}

static QXLInterface device = {
	.base = { SPICE_INTERFACE_QXL, "script", SPICE_INTERFACE_QXL_MAJOR, SPICE_INTERFACE_QXL_MINOR },
	.attached_worker = nothing, .set_compression_level = level, .set_mm_time = time_is, .get_init_info = init_info,
	.get_command = get_command, .req_cmd_notification = will_notify_commands, .release_resource = release,
	.get_cursor_command = no_cursor, .req_cursor_notification = will_notify, .notify_update = updated,
	.flush_resources = no_flush, .async_complete = completed, .update_area_complete = area,
	.set_client_capabilities = capabilities, .client_monitors_config = monitors,
};

static void create_primary(struct display *d, int width, int height)
{
	struct surface *s = &d->script.surfaces[0];
	int bytes = options.depth / 8;
	free(s->pixels);
	*s = (struct surface){ .live = true, .drawn = true, .width = width, .height = height, .stride = (width * bytes + 3) / 4 * 4,
		.format = options.depth == 16 ? SPICE_SURFACE_FMT_16_555 : SPICE_SURFACE_FMT_32_xRGB };
	s->pixels = calloc((size_t)s->stride, (size_t)height);
	QXLDevSurfaceCreate create = { .width = width, .height = height, .stride = s->stride, .format = s->format,
		.mouse_mode = true, .type = QXL_SURF_TYPE_PRIMARY, .mem = at(s->pixels) };
	spice_qxl_create_primary_surface(&d->qxl, 0, &create);
}

static void attach(SpiceServer *server, int id)
{
	struct display *d = &displays[id];
	d->qxl.base.sif = &device.base;
	d->qxl.id = id;
	d->script.seed = mix(options.seed) + (uint64_t)id;
	d->script.reads_itself = options.seed % 2;
	if (spice_server_add_interface(server, &d->qxl.base)) {
		fprintf(stderr, "cannot add a device\n");
		exit(1);
	}
	QXLDevMemSlot slot = { .virt_end = UINTPTR_MAX };
	spice_qxl_add_memslot(&d->qxl, &slot);
	create_primary(d, options.width, options.height);
}

/* --- Orders, a line each, on the standard input ---
 *
 *	play N DIR    give commands up to the Nth on each display; then write each
 *	              surface to DIR/DISPLAY-SURFACE and list it:
 *	              surface DISPLAY SURFACE WIDTH HEIGHT STRIDE FORMAT DRAWN LOOSE
 *	              played N
 */

static char folder[4096];
static int playing;                     /* up to which command, 0 when idle */

static void dump(int id)
{
	struct display *d = &displays[id];
	for (int i = 0; i < MAX_SURFACES; i++) {
		struct surface *s = &d->script.surfaces[i];
		if (!s->live) {
			continue;
		}
		QXLRect all = { .right = s->width, .bottom = s->height };
		spice_qxl_update_area(&d->qxl, s->id, &all, NULL, 0, 0);
		char path[sizeof folder + 32];
		snprintf(path, sizeof path, "%s/%d-%d", folder, id, s->id);
		FILE *f = fopen(path, "wb");
		if (!f || fwrite(s->pixels, (size_t)s->stride, (size_t)s->height, f) != (size_t)s->height || fclose(f)) {
			perror(path);
			exit(1);
		}
		printf("surface %d %d %d %d %d %u %d %d\n", id, s->id, s->width, s->height, s->stride, s->format, s->drawn, s->loose);
	}
}

static void check_played(int fd, int event, void *opaque)
{
	uint64_t n;
	(void)event;
	(void)opaque;
	(void)!read(fd, &n, sizeof n);
	for (int i = 0; i < options.displays; i++) {
		if (displays[i].fetched < playing) {
			return;
		}
	}
	if (!playing) {
		return;
	}
	for (int i = 0; i < options.displays; i++) {
		dump(i);
	}
	printf("played %d\n", playing);
	fflush(stdout);
	playing = 0;
}

static void play(int n)
{
	playing = n;
	for (int i = 0; i < options.displays; i++) {
		displays[i].limit = n;
		spice_qxl_wakeup(&displays[i].qxl);
	}
	uint64_t one = 1;
	(void)!write(idle, &one, sizeof one);   /* there may be nothing to do */
}

static void order(int fd, int event, void *opaque)
{
	static char line[8192];
	static size_t n;
	(void)event;
	(void)opaque;
	ssize_t got = read(fd, line + n, sizeof line - 1 - n);
	if (got <= 0) {
		_exit(0);
	}
	n += (size_t)got;
	line[n] = 0;
	if (!memchr(line, '\n', n)) {
		return;
	}
	int upto;
	if (sscanf(line, "play %d %4095s", &upto, folder) != 2) {
		fprintf(stderr, "what is: %s\n", line);
		exit(2);
	}
	n = 0;
	play(upto);
}

/* --- Options --- */

static int choose(const char *what, const char *name, const char *const *names, int first)
{
	for (int i = 0; names[i]; i++) {
		if (!strcmp(name, names[i])) {
			return first + i;
		}
	}
	fprintf(stderr, "%s: unknown %s\n", name, what);
	exit(2);
}

static void configure(SpiceServer *server)
{
	static const char *const compressions[] = { "off", "auto_glz", "auto_lz", "quic", "glz", "lz", "lz4", NULL };
	static const char *const wan[] = { "auto", "always", "never", NULL };
	spice_server_set_name(server, "script");
	spice_server_set_addr(server, "127.0.0.1", SPICE_ADDR_FLAG_IPV4_ONLY);
	spice_server_set_port(server, options.port);
	spice_server_set_noauth(server);
	spice_server_set_streaming_video(server, SPICE_STREAM_VIDEO_OFF);
	spice_server_set_image_compression(server, choose("compression", options.compression, compressions, SPICE_IMAGE_COMPRESSION_OFF));
	spice_server_set_jpeg_compression(server, choose("choice for jpeg", options.jpeg, wan, SPICE_WAN_COMPRESSION_AUTO));
	spice_server_set_zlib_glz_compression(server, choose("choice for zlib", options.zlib, wan, SPICE_WAN_COMPRESSION_AUTO));
}

static void parse(int argc, char **argv)
{
	enum { PORT, SEED, COMPRESSION, JPEG, ZLIB, SURFACES, FORMAT, DISPLAYS, SIZE, OPS, LOG, STYLED, BEYOND, FRESH, CONTENTS, TONE };
	static const struct option known[] = {
		{ "port", 1, NULL, PORT }, { "seed", 1, NULL, SEED }, { "compression", 1, NULL, COMPRESSION },
		{ "jpeg", 1, NULL, JPEG }, { "zlib", 1, NULL, ZLIB }, { "surfaces", 1, NULL, SURFACES },
		{ "format", 1, NULL, FORMAT }, { "displays", 1, NULL, DISPLAYS }, { "size", 1, NULL, SIZE },
		{ "ops", 1, NULL, OPS }, { "log", 1, NULL, LOG }, { "styled", 0, NULL, STYLED }, { "beyond", 1, NULL, BEYOND }, { "fresh", 1, NULL, FRESH }, { "kinds", 1, NULL, CONTENTS }, { "tone", 1, NULL, TONE }, { NULL, 0, NULL, 0 },
	};
	for (int o; (o = getopt_long(argc, argv, "", known, NULL)) >= 0;) {
		switch (o) {
		case PORT: options.port = atoi(optarg); break;
		case SEED: options.seed = strtoull(optarg, NULL, 10); break;
		case COMPRESSION: options.compression = optarg; break;
		case JPEG: options.jpeg = optarg; break;
		case ZLIB: options.zlib = optarg; break;
		case SURFACES: options.surfaces = atoi(optarg); break;
		case FORMAT: options.depth = atoi(optarg); break;
		case DISPLAYS: options.displays = atoi(optarg); break;
		case SIZE: sscanf(optarg, "%dx%d", &options.width, &options.height); break;
		case OPS: options.ops = optarg; break;
		case LOG: options.log = optarg; break;
		case STYLED: options.styled = 1; break;
		case BEYOND: options.beyond = atoi(optarg); break;
		case FRESH: options.fresh = atoi(optarg); break;
		case CONTENTS: options.kinds = optarg; break;
		case TONE: options.tone = atoi(optarg); break;
		default: exit(2);
		}
	}
	if (options.displays < 1 || options.displays > MAX_DISPLAYS || options.surfaces < 0 || options.surfaces >= MAX_SURFACES ||
		options.width < 1 || options.width > MAX_SIDE || options.height < 1 || options.height > MAX_SIDE ||
		(options.depth != 16 && options.depth != 32) || options.tone < 0 || options.tone > 192000) {
		fprintf(stderr, "an option is out of range\n");
		exit(2);
	}
}

int main(int argc, char **argv)
{
	parse(argc, argv);
	if (options.log && !(journal = fopen(options.log, "w"))) {
		perror(options.log);
		return 1;
	}
	SpiceServer *server = spice_server_new();
	configure(server);
	if (spice_server_init(server, &core)) {
		fprintf(stderr, "cannot listen on port %d\n", options.port);
		return 1;
	}
	for (int i = 0; i < options.displays; i++) {
		attach(server, i);
	}
	if (options.tone) {
		whistle(server, options.tone);
	}
	spice_server_vm_start(server);
	idle = eventfd(0, EFD_NONBLOCK);
	core.watch_add(idle, SPICE_WATCH_EVENT_READ, check_played, NULL);
	core.watch_add(STDIN_FILENO, SPICE_WATCH_EVENT_READ, order, NULL);
	printf("ready\n");
	fflush(stdout);
	loop();
}
