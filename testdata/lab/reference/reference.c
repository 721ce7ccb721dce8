/* The reference client without a window: it draws what a server sends, and when
 * that ends writes its screen as a PPM. See README.md. */
#include <spice-client.h>
#include <stdio.h>
#include <stdlib.h>

static GMainLoop *loop;
static const char *output;
static int left = 1;                    /* exit status */

/* The screen, while there is one. The library draws into data. */
static struct {
	int width, height, stride;
	const guint8 *data;
} screen;

static void save(void)
{
	if (!screen.data) {
		return;
	}
	FILE *f = fopen(output, "wb");
	if (!f) {
		perror(output);
		return;
	}
	fprintf(f, "P6\n%d %d\n255\n", screen.width, screen.height);
	for (int y = 0; y < screen.height; y++) {
		const guint8 *p = screen.data + (size_t)y * (size_t)screen.stride;
		for (int x = 0; x < screen.width; x++, p += 4) {
			const guint8 rgb[3] = { p[2], p[1], p[0] };
			fwrite(rgb, 1, sizeof rgb, f);
		}
	}
	if (fclose(f)) {
		perror(output);
		return;
	}
	left = 0;
}

static void primary(SpiceChannel *channel, gint format, gint width, gint height, gint stride, gint shm, gpointer data)
{
	(void)channel;
	(void)shm;
	screen.data = NULL;
	if (format != SPICE_SURFACE_FMT_32_xRGB && format != SPICE_SURFACE_FMT_32_ARGB) {
		fprintf(stderr, "a screen of format %d is not written\n", format);
		return;
	}
	screen.width = width;
	screen.height = height;
	screen.stride = stride;
	screen.data = data;
}

/* The screen is about to go: it is what was to be seen last. */
static void gone(SpiceChannel *channel)
{
	(void)channel;
	save();
	screen.data = NULL;
}

/* Whether a channel is the first of its type. */
static gboolean first(SpiceChannel *channel)
{
	int id;
	g_object_get(channel, "channel-id", &id, NULL);
	return id == 0;
}

static void event(SpiceChannel *channel, SpiceChannelEvent e)
{
	if (e == SPICE_CHANNEL_OPENED) {
		return;
	}
	if (SPICE_IS_DISPLAY_CHANNEL(channel) && first(channel)) {
		gone(channel);
	}
	g_main_loop_quit(loop);
}

static void channel_new(SpiceSession *session, SpiceChannel *channel)
{
	(void)session;
	g_signal_connect(channel, "channel-event", G_CALLBACK(event), NULL);
	if (!SPICE_IS_DISPLAY_CHANNEL(channel)) {
		return;
	}
	if (first(channel)) {
		g_signal_connect(channel, "display-primary-create", G_CALLBACK(primary), NULL);
		g_signal_connect(channel, "display-primary-destroy", G_CALLBACK(gone), NULL);
	}
	spice_channel_connect(channel); /* further displays may have what the first refers to */
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: reference URI FILE.ppm\n");
		return 2;
	}
	output = argv[2];
	loop = g_main_loop_new(NULL, FALSE);
	SpiceSession *session = spice_session_new();
	g_object_set(session, "uri", argv[1], NULL);
	g_signal_connect(session, "channel-new", G_CALLBACK(channel_new), NULL);
	if (!spice_session_connect(session)) {
		fprintf(stderr, "%s: cannot connect\n", argv[1]);
		return 1;
	}
	g_main_loop_run(loop);
	save();                         /* another channel was the first to end */
	spice_session_disconnect(session);
	return left;
}
