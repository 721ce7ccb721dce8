// A libusb-1.0 with devices that are made up: a root hub, a gadget that gives
// back what it gets, a mouse, and a device that nobody may open.
#include <errno.h>
#include <libusb-1.0/libusb.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct libusb_device { int number; };
struct libusb_device_handle { struct libusb_device *device; };
struct libusb_context { int used; };

static struct libusb_device devices[] = {{0}, {1}, {2}, {3}};
static const struct libusb_device_descriptor descriptors[] = {
	{18, 1, 0x200, 9, 0, 0, 64, 0x1d6b, 2, 0x100, 0, 0, 0, 1},
	{18, 1, 0x200, 0, 0, 0, 64, 0x1234, 0x5678, 0x102, 1, 2, 0, 2},
	{18, 1, 0x110, 0, 0, 0, 8, 0x046d, 0xc077, 0x7200, 1, 2, 0, 1},
	{18, 1, 0x200, 0, 0, 0, 64, 0x0951, 0x1666, 0x100, 1, 2, 0, 1},
};
static const struct libusb_endpoint_descriptor plain[] = {
	{7, 5, 0x02, 2, 512}, {7, 5, 0x81, 2, 512}, {7, 5, 0x83, 3, 8, 4},
};
static const struct libusb_endpoint_descriptor streaming[] = {
	{7, 5, 0x84, 1, 0x0800 | 96, 1}, {7, 5, 0x05, 1, 64, 1},
};
static const struct libusb_interface_descriptor settings[] = {
	{9, 4, 0, 0, 3, 0xff, 1, 2, 0, plain}, {9, 4, 0, 1, 2, 0xff, 1, 2, 0, streaming},
};
static const struct libusb_endpoint_descriptor pointer[] = {{7, 5, 0x81, 3, 4, 10}};
static const struct libusb_interface_descriptor mouse[] = {{9, 4, 0, 0, 1, 3, 1, 2, 0, pointer}};
static const struct libusb_interface gadget_interfaces[] = {{settings, 2}};
static const struct libusb_interface mouse_interfaces[] = {{mouse, 1}};
static struct libusb_config_descriptor gadget_config = {9, 2, 0, 1, 1, 0, 0x80, 50, gadget_interfaces};
static struct libusb_config_descriptor mouse_config = {9, 2, 0, 1, 1, 0, 0x80, 50, mouse_interfaces};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static char calls[1 << 16];
static int config = 1, gone, wake, ticks, live_transfers, driver = 1;
static unsigned char echo[1 << 16];
static int echo_size;

#define MOST 64
static struct { struct libusb_transfer *t; int cancelled; } flying[MOST];

static void note(const char *format, int a, int b)
{
	size_t n = strlen(calls);
	snprintf(calls + n, sizeof calls - n, format, a, b);
}

// What the test asks.
void fake_calls(char *to, int size)
{
	pthread_mutex_lock(&lock);
	snprintf(to, size, "%s", calls);
	calls[0] = 0;
	pthread_mutex_unlock(&lock);
}
void fake_unplug(void)
{
	pthread_mutex_lock(&lock);
	gone = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&lock);
}
void fake_plug(void)
{
	pthread_mutex_lock(&lock);
	gone = 0, config = 1, driver = 1, echo_size = 0, ticks = 0;
	pthread_mutex_unlock(&lock);
}
int fake_live(void) { return live_transfers; }

#define AT(type, field) {#type "." #field, offsetof(struct libusb_##type, field)}
static const struct { const char *name; int at; } layout[] = {
	AT(transfer, dev_handle), AT(transfer, endpoint), AT(transfer, type), AT(transfer, timeout), AT(transfer, status),
	AT(transfer, length), AT(transfer, actual_length), AT(transfer, callback), AT(transfer, user_data), AT(transfer, buffer),
	AT(transfer, num_iso_packets), AT(transfer, iso_packet_desc),
	AT(iso_packet_descriptor, length), AT(iso_packet_descriptor, actual_length), AT(iso_packet_descriptor, status),
	{"iso_packet_descriptor", sizeof(struct libusb_iso_packet_descriptor)},
	AT(device_descriptor, bDeviceClass), AT(device_descriptor, idVendor), AT(device_descriptor, bcdDevice),
	AT(device_descriptor, iProduct), {"device_descriptor", sizeof(struct libusb_device_descriptor)},
	AT(config_descriptor, bNumInterfaces), AT(config_descriptor, bConfigurationValue), AT(config_descriptor, interface),
	AT(interface, altsetting), AT(interface, num_altsetting), {"interface", sizeof(struct libusb_interface)},
	AT(interface_descriptor, bInterfaceNumber), AT(interface_descriptor, bNumEndpoints), AT(interface_descriptor, bInterfaceClass),
	AT(interface_descriptor, endpoint), {"interface_descriptor", sizeof(struct libusb_interface_descriptor)},
	AT(endpoint_descriptor, bEndpointAddress), AT(endpoint_descriptor, wMaxPacketSize), AT(endpoint_descriptor, bInterval),
	{"endpoint_descriptor", sizeof(struct libusb_endpoint_descriptor)},
	{"timeval", sizeof(struct timeval)},
};
int fake_layout(const char *name)
{
	for (size_t i = 0; i < sizeof layout / sizeof *layout; i++)
		if (!strcmp(layout[i].name, name))
			return layout[i].at;
	return -1;
}

int libusb_init(libusb_context **c) { *c = calloc(1, sizeof **c); return 0; }
void libusb_exit(libusb_context *c) { free(c); }
ssize_t libusb_get_device_list(libusb_context *c, libusb_device ***list)
{
	ssize_t n = 0;
	*list = calloc(5, sizeof **list);
	for (int i = 0; i < 4; i++)
		if (i != 1 || !gone)
			(*list)[n++] = &devices[i];
	return n;
}
void libusb_free_device_list(libusb_device **list, int unref) { free(list); }
int libusb_get_device_descriptor(libusb_device *d, struct libusb_device_descriptor *to) { *to = descriptors[d->number]; return 0; }
int libusb_get_active_config_descriptor(libusb_device *d, struct libusb_config_descriptor **to)
{
	if (d->number == 1 && config == 0)
		return LIBUSB_ERROR_NOT_FOUND;
	gadget_config.bConfigurationValue = config;
	*to = d->number == 2 ? &mouse_config : &gadget_config;
	return 0;
}
void libusb_free_config_descriptor(struct libusb_config_descriptor *c) {}
uint8_t libusb_get_bus_number(libusb_device *d) { return 240; }
uint8_t libusb_get_device_address(libusb_device *d) { return d->number + 1; }
int libusb_get_port_numbers(libusb_device *d, uint8_t *to, int size)
{
	if (d->number == 0)
		return 0;
	to[0] = 3, to[1] = d->number;
	return 2;
}
int libusb_get_device_speed(libusb_device *d) { return d->number == 2 ? LIBUSB_SPEED_LOW : LIBUSB_SPEED_HIGH; }
int libusb_open(libusb_device *d, libusb_device_handle **h)
{
	if (d->number == 3)
		return LIBUSB_ERROR_ACCESS;
	*h = calloc(1, sizeof **h);
	(*h)->device = d;
	return 0;
}
void libusb_close(libusb_device_handle *h)
{
	pthread_mutex_lock(&lock);
	note("close ", 0, 0);
	wake = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&lock);
	free(h);
}
libusb_device *libusb_get_device(libusb_device_handle *h) { return h->device; }
int libusb_get_configuration(libusb_device_handle *h, int *to) { *to = config; return 0; }

#define NOTED(format, a, b) \
	pthread_mutex_lock(&lock); \
	note(format " ", a, b); \
	pthread_mutex_unlock(&lock); \
	if (gone) \
		return LIBUSB_ERROR_NO_DEVICE

int libusb_set_configuration(libusb_device_handle *h, int n)
{
	NOTED("config=%d", n, 0);
	if (n > 2)
		return LIBUSB_ERROR_NOT_FOUND;
	config = n < 0 ? 0 : n;
	return 0;
}
int libusb_claim_interface(libusb_device_handle *h, int n) { NOTED("claim=%d", n, 0); return driver ? LIBUSB_ERROR_BUSY : 0; }
int libusb_release_interface(libusb_device_handle *h, int n) { NOTED("release=%d", n, 0); return 0; }
int libusb_set_interface_alt_setting(libusb_device_handle *h, int n, int alt)
{
	NOTED("alt=%d/%d", n, alt);
	return alt > 1 ? LIBUSB_ERROR_NOT_FOUND : 0;
}
int libusb_clear_halt(libusb_device_handle *h, unsigned char e) { NOTED("clear=%x", e, 0); return 0; }
int libusb_reset_device(libusb_device_handle *h) { NOTED("reset", 0, 0); return 0; }
int libusb_detach_kernel_driver(libusb_device_handle *h, int n)
{
	NOTED("detach=%d", n, 0);
	if (!driver)
		return LIBUSB_ERROR_NOT_FOUND;
	driver = 0;
	return 0;
}
int libusb_attach_kernel_driver(libusb_device_handle *h, int n) { NOTED("attach=%d", n, 0); driver = 1; return 0; }
int libusb_get_string_descriptor_ascii(libusb_device_handle *h, uint8_t index, unsigned char *to, int size)
{
	return snprintf((char *)to, size, "%s", index == 1 ? "Acme" : h->device->number == 1 ? "Gad\tget\x1b[31m" : "Wheel");
}

struct libusb_transfer *libusb_alloc_transfer(int packets)
{
	__atomic_add_fetch(&live_transfers, 1, __ATOMIC_SEQ_CST);
	return calloc(1, sizeof(struct libusb_transfer) + packets * sizeof(struct libusb_iso_packet_descriptor));
}
void libusb_free_transfer(struct libusb_transfer *t)
{
	__atomic_sub_fetch(&live_transfers, 1, __ATOMIC_SEQ_CST);
	memset(t, 0xdd, sizeof *t); // so that whoever uses it still is seen
	free(t);
}
int libusb_submit_transfer(struct libusb_transfer *t)
{
	int result = LIBUSB_ERROR_NO_MEM;
	pthread_mutex_lock(&lock);
	if (gone)
		result = LIBUSB_ERROR_NO_DEVICE;
	else
		for (int i = 0; i < MOST; i++)
			if (!flying[i].t) {
				flying[i].t = t, flying[i].cancelled = 0;
				result = 0;
				break;
			}
	wake = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&lock);
	return result;
}
int libusb_cancel_transfer(struct libusb_transfer *t)
{
	int result = LIBUSB_ERROR_NOT_FOUND;
	pthread_mutex_lock(&lock);
	for (int i = 0; i < MOST; i++)
		if (flying[i].t == t)
			flying[i].cancelled = 1, result = 0;
	wake = 1;
	pthread_cond_broadcast(&more);
	pthread_mutex_unlock(&lock);
	return result;
}

static void control(struct libusb_transfer *t)
{
	unsigned char *s = t->buffer;
	int length = s[6] | s[7] << 8;
	if (s[1] == 0x77) {
		t->status = LIBUSB_TRANSFER_STALL;
		return;
	}
	if (t->length != 8 + length || t->timeout != 5000)
		abort();
	t->actual_length = length;
	if (s[0] & 0x80)
		for (int i = 0; i < length; i++)
			s[8 + i] = s[i % 8];
}

static void isochronous(struct libusb_transfer *t)
{
	unsigned char *p = t->buffer;
	for (int i = 0; i < t->num_iso_packets; i++) {
		struct libusb_iso_packet_descriptor *d = &t->iso_packet_desc[i];
		if (t->endpoint == 0x84) { // the second of each transfer is bad
			d->status = i == 1 ? LIBUSB_TRANSFER_ERROR : LIBUSB_TRANSFER_COMPLETED;
			d->actual_length = i == 1 ? 0 : i + 1;
			memset(p, 'a' + i, d->length);
		} else {
			note("iso:%d/%d ", d->length, p[0]);
		}
		p += d->length;
	}
}

// act ends a transfer if it can, and reports whether it has ended.
static int act(struct libusb_transfer *t)
{
	t->status = LIBUSB_TRANSFER_COMPLETED;
	t->actual_length = 0;
	switch (t->endpoint) {
	case 0: case 0x80: control(t); return 1;
	case 0x02:
		memcpy(echo, t->buffer, echo_size = t->length < sizeof echo ? t->length : sizeof echo);
		t->actual_length = t->length;
		return 1;
	case 0x81:
		if (!echo_size)
			return 0;
		if (t->length < echo_size) {
			t->status = LIBUSB_TRANSFER_OVERFLOW;
			return 1;
		}
		memcpy(t->buffer, echo, t->actual_length = echo_size);
		echo_size = 0;
		return 1;
	case 0x83:
		if (ticks >= 20)
			return 0;
		t->buffer[0] = ticks++;
		t->actual_length = 1;
		if (ticks == 20)
			t->status = LIBUSB_TRANSFER_STALL;
		return 1;
	case 0x84: case 0x05: isochronous(t); return 1;
	}
	abort();
}

int libusb_handle_events_timeout_completed(libusb_context *c, struct timeval *tv, int *completed)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += tv->tv_sec;
	pthread_mutex_lock(&lock);
	while (!wake && !gone && pthread_cond_timedwait(&more, &lock, &until) != ETIMEDOUT)
		;
	wake = 0;
	for (int i = 0; i < MOST; i++) {
		struct libusb_transfer *t = flying[i].t;
		if (!t)
			continue;
		if (gone)
			t->status = LIBUSB_TRANSFER_NO_DEVICE;
		else if (flying[i].cancelled)
			t->status = LIBUSB_TRANSFER_CANCELLED;
		else if (!act(t))
			continue;
		flying[i].t = NULL;
		pthread_mutex_unlock(&lock);
		t->callback(t);
		pthread_mutex_lock(&lock);
	}
	int rest = gone;
	pthread_mutex_unlock(&lock);
	if (rest) {
		struct timespec pause = {0, 1000000};
		nanosleep(&pause, NULL);
	}
	return 0;
}
