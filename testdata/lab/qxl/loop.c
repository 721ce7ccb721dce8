/* The event loop that the server library asks for: watches and timers, by
 * poll(2). Everything here runs on the main thread. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <time.h>
#include "qxl.h"

struct SpiceWatch {
	struct SpiceWatch *next;
	int fd, mask;
	SpiceWatchFunc func;
	void *opaque;
	bool removed;
};

struct SpiceTimer {
	struct SpiceTimer *next;
	SpiceTimerFunc func;
	void *opaque;
	int64_t due;                                    /* ms; 0: not started */
	bool removed;
};

static SpiceWatch *watches;
static SpiceTimer *timers;

static int64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static SpiceTimer *timer_add(SpiceTimerFunc func, void *opaque)
{
	SpiceTimer *t = calloc(1, sizeof *t);
	t->func = func;
	t->opaque = opaque;
	t->next = timers;
	return timers = t;
}

static void timer_start(SpiceTimer *t, uint32_t ms) { t->due = now() + ms + 1; }
static void timer_cancel(SpiceTimer *t) { t->due = 0; }
static void timer_remove(SpiceTimer *t) { t->removed = true; }

static SpiceWatch *watch_add(int fd, int mask, SpiceWatchFunc func, void *opaque)
{
	SpiceWatch *w = calloc(1, sizeof *w);
	w->fd = fd;
	w->mask = mask;
	w->func = func;
	w->opaque = opaque;
	w->next = watches;
	return watches = w;
}

static void watch_update(SpiceWatch *w, int mask) { w->mask = mask; }
static void watch_remove(SpiceWatch *w) { w->removed = true; }
static void channel_event(int event, SpiceChannelEventInfo *info) { (void)event; (void)info; }

SpiceCoreInterface core = {
	.base = { SPICE_INTERFACE_CORE, "poll", SPICE_INTERFACE_CORE_MAJOR, SPICE_INTERFACE_CORE_MINOR },
	.timer_add = timer_add, .timer_start = timer_start, .timer_cancel = timer_cancel, .timer_remove = timer_remove,
	.watch_add = watch_add, .watch_update_mask = watch_update, .watch_remove = watch_remove,
	.channel_event = channel_event,
};

/* Frees what was removed while callbacks ran. */
static void sweep(void)
{
	for (SpiceWatch **p = &watches; *p;) {
		SpiceWatch *w = *p;
		if (w->removed) {
			*p = w->next;
			free(w);
		} else {
			p = &w->next;
		}
	}
	for (SpiceTimer **p = &timers; *p;) {
		SpiceTimer *t = *p;
		if (t->removed) {
			*p = t->next;
			free(t);
		} else {
			p = &t->next;
		}
	}
}

static int run_timers(void)
{
	int64_t wait = 1000, t0 = now();
	for (SpiceTimer *t = timers; t; t = t->next) {
		if (t->removed || !t->due) {
			continue;
		}
		if (t->due <= t0) {
			t->due = 0;
			t->func(t->opaque);
		}
		if (t->due && t->due - t0 < wait) {
			wait = t->due > t0 ? t->due - t0 : 0;
		}
	}
	return (int)wait;
}

/* Runs for ever: whoever reads the commands ends the program. */
void loop(void)
{
	enum { MOST = 256 };
	for (;;) {
		struct pollfd fds[MOST];
		SpiceWatch *of[MOST];
		int wait = run_timers(), n = 0;
		sweep();
		for (SpiceWatch *w = watches; w && n < MOST; w = w->next) {
			fds[n].fd = w->fd;
			fds[n].events = (w->mask & SPICE_WATCH_EVENT_READ ? POLLIN : 0) | (w->mask & SPICE_WATCH_EVENT_WRITE ? POLLOUT : 0);
			fds[n].revents = 0;
			of[n++] = w;
		}
		if (poll(fds, n, wait) < 0 && errno != EINTR) {
			perror("poll");
			exit(1);
		}
		for (int i = 0; i < n; i++) {
			int event = (fds[i].revents & (POLLIN | POLLHUP | POLLERR) ? SPICE_WATCH_EVENT_READ : 0) |
				(fds[i].revents & POLLOUT ? SPICE_WATCH_EVENT_WRITE : 0);
			if (event & of[i]->mask && !of[i]->removed) {
				of[i]->func(of[i]->fd, event & of[i]->mask, of[i]->opaque);
			}
		}
	}
}
