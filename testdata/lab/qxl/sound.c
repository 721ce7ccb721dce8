/* A tone on the left and another on the right, at a rate that no virtual machine
 * monitor chooses any more, but that servers may have. */
#include <math.h>
#include <stdlib.h>
#include <time.h>
#include "qxl.h"

static SpicePlaybackInstance player;
static SpiceTimer *ticker;
static int rate;
static uint64_t played;                                 /* frames */
static struct timespec begun;

static double since_begin(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)(t.tv_sec - begun.tv_sec) + (double)(t.tv_nsec - begun.tv_nsec) / 1e9;
}

/* Gives the server a buffer whenever one is due. Without a client there is none to
 * be had, and the tone goes on unheard. */
static void tick(void *opaque)
{
	(void)opaque;
	while ((double)played < since_begin() * rate) {
		uint32_t *frames, count;
		spice_server_playback_get_buffer(&player, &frames, &count);
		if (!frames) {
			played = (uint64_t)(since_begin() * rate);
			break;
		}
		for (uint32_t i = 0; i < count; i++, played++) {
			double t = 2 * M_PI * (double)played / rate;
			int16_t left = (int16_t)(8000 * sin(440 * t)), right = (int16_t)(4000 * sin(1000 * t));
			frames[i] = (uint16_t)left | (uint32_t)(uint16_t)right << 16;
		}
		spice_server_playback_put_samples(&player, frames);
	}
	core.timer_start(ticker, 5);
}

void whistle(SpiceServer *server, int hz)
{
	static const SpicePlaybackInterface interface = {
		.base = { SPICE_INTERFACE_PLAYBACK, "tone", SPICE_INTERFACE_PLAYBACK_MAJOR, SPICE_INTERFACE_PLAYBACK_MINOR },
	};
	player.base.sif = &interface.base;
	rate = hz;
	if (spice_server_add_interface(server, &player.base)) {
		fprintf(stderr, "the server takes no sound\n");
		exit(1);
	}
	spice_server_set_playback_rate(&player, (uint32_t)rate);
	spice_server_playback_start(&player);
	clock_gettime(CLOCK_MONOTONIC, &begun);
	ticker = core.timer_add(tick, NULL);
	core.timer_start(ticker, 5);
}
