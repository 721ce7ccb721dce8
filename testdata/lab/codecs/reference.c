/*
 * Time libjpeg-turbo and liblz4 on the images of a folder.
 *
 *   reference FOLDER RUNS   decode everything RUNS times, in turn, and print
 *                           the median of each in ns per pixel
 *   reference FOLDER        read lines "FILE KIND", decode once for each, and
 *                           print the ns per pixel, or "error"; for the kind
 *                           pixels print the size in bytes and then the pixels
 *
 * Time is that of the thread, so that other programs hardly count.
 *
 * Kinds are lz4, and for JPEG rgb, rgb-fast, planes and planes-fast: to 32-bit
 * pixels or to the planes of Y, Cb and Cr; fast is the quick inverse transform
 * and chroma that is repeated, not interpolated. Files are *.jpg and lz4_*.enc.
 * Every decode that is timed comes right after one that is not, so that all
 * find the same in the processor's caches.
 *
 * cc -O2 -o reference reference.c -lturbojpeg -llz4
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <lz4.h>
#include <turbojpeg.h>

enum { MAX_TASKS = 256, MAX_RUNS = 1000, OUTPUT = 64 << 20 };

static const char *const kinds[] = {"lz4", "rgb", "rgb-fast", "planes", "planes-fast", "pixels"};

struct task {
	char file[256];
	const char *kind;
	unsigned char *data;
	size_t size;
	double ns[MAX_RUNS];
};

static struct task tasks[MAX_TASKS];
static int count;
static unsigned char *output;
static tjhandle jpeg;

/* load reads FOLDER/FILE; there is no task beyond one that cannot be read. */
static int load(struct task *t, const char *folder)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", folder, t->file);
	FILE *f = fopen(path, "rb");
	if (!f)
		return 0;
	fseek(f, 0, SEEK_END);
	t->size = ftell(f);
	rewind(f);
	t->data = malloc(t->size + 1);
	int ok = t->data && fread(t->data, 1, t->size, f) == t->size;
	fclose(f);
	return ok;
}

/* decode_lz4 returns the pixels of an image of 32 bits a pixel, 0 on error. */
static long decode_lz4(const struct task *t)
{
	LZ4_streamDecode_t stream;
	LZ4_setStreamDecode(&stream, NULL, 0);
	size_t at = 2, got = 0;
	while (at + 4 <= t->size) {
		const unsigned char *p = t->data + at;
		size_t n = (size_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
		at += 4;
		if (n > t->size - at)
			return 0;
		int r = LZ4_decompress_safe_continue(&stream, (const char *)t->data + at,
			(char *)output + got, (int)n, (int)(OUTPUT - got));
		if (r < 0)
			return 0;
		got += r;
		at += n;
	}
	return got / 4;
}

/* decode_jpeg returns the pixels of an image, 0 on error. */
static long decode_jpeg(const struct task *t)
{
	int width, height, sub, space;
	if (tjDecompressHeader3(jpeg, t->data, t->size, &width, &height, &sub, &space))
		return 0;
	int flags = strstr(t->kind, "-fast") ? TJFLAG_FASTDCT | TJFLAG_FASTUPSAMPLE : TJFLAG_ACCURATEDCT;
	int bad;
	if (*t->kind == 'r' || !strcmp(t->kind, "pixels")) {
		if ((long)width * height > OUTPUT / 4)
			return 0;
		bad = tjDecompress2(jpeg, t->data, t->size, output, width, 0, height, TJPF_BGRX, flags);
	} else {
		unsigned char *planes[3];
		size_t at = 0;
		for (int i = 0; i < 3; i++) {
			planes[i] = output + at;
			at += tjPlaneSizeYUV(i, width, 0, height, sub);
		}
		if (at > OUTPUT)
			return 0;
		bad = tjDecompressToYUVPlanes(jpeg, t->data, t->size, planes, width, NULL, height, flags);
	}
	return bad ? 0 : (long)width * height;
}

static long decode(const struct task *t)
{
	return strcmp(t->kind, "lz4") ? decode_jpeg(t) : decode_lz4(t);
}

/* run returns the ns per pixel of a second decode, or less than 0 on error. */
static double run(const struct task *t)
{
	struct timespec a, b;
	decode(t);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
	long pixels = decode(t);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
	if (!pixels)
		return -1;
	return ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / pixels;
}

/* find returns the task of FILE and KIND, which it makes if there is none. */
static struct task *find(const char *folder, const char *file, const char *kind)
{
	for (int i = 0; i < count; i++)
		if (!strcmp(tasks[i].file, file) && !strcmp(tasks[i].kind, kind))
			return &tasks[i];
	if (count == MAX_TASKS)
		return NULL;
	struct task *t = &tasks[count];
	snprintf(t->file, sizeof t->file, "%s", file);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (!strcmp(kinds[i], kind))
			t->kind = kinds[i];
	if (!t->kind || !load(t, folder) || !decode(t))
		return NULL;
	count++;
	return t;
}

static int answer(const char *folder)
{
	char line[512], file[256], kind[32];
	while (fgets(line, sizeof line, stdin)) {
		struct task *t = NULL;
		if (sscanf(line, "%255s %31s", file, kind) == 2)
			t = find(folder, file, kind);
		if (t && !strcmp(t->kind, "pixels")) {
			long n = 4 * decode_jpeg(t);
			printf("%ld\n", n);
			fwrite(output, 1, n, stdout);
		} else if (t)
			printf("%.4f\n", run(t));
		else
			printf("error\n");
		fflush(stdout);
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);
	return n >= m && !strcmp(s + n - m, end);
}

/* collect makes the tasks of all images in the folder. */
static int collect(const char *folder)
{
	static char *names[MAX_TASKS];
	int n = 0;
	DIR *d = opendir(folder);
	if (!d)
		return perror(folder), 0;
	for (struct dirent *e; (e = readdir(d)) && n < MAX_TASKS;)
		if (ends_in(e->d_name, ".jpg") || (!strncmp(e->d_name, "lz4_", 4) && ends_in(e->d_name, ".enc")))
			names[n++] = strdup(e->d_name);
	closedir(d);
	qsort(names, n, sizeof *names, by_name);
	for (int i = 0; i < n; i++) {
		int lz4 = ends_in(names[i], ".enc");
		for (int k = lz4 ? 0 : 1; k < (lz4 ? 1 : 5); k++)
			if (!find(folder, names[i], kinds[k]))
				return fprintf(stderr, "%s: cannot be decoded to %s\n", names[i], kinds[k]), 0;
	}
	return 1;
}

int main(int argc, char **argv)
{
	output = malloc(OUTPUT);
	jpeg = tjInitDecompress();
	if (!output || !jpeg)
		return fprintf(stderr, "out of memory\n"), 1;
	if (argc == 2)
		return answer(argv[1]);
	int runs = argc == 3 ? atoi(argv[2]) : 0;
	if (runs < 1 || runs > MAX_RUNS)
		return fprintf(stderr, "usage: reference FOLDER [RUNS]\n"), 2;
	if (!collect(argv[1]))
		return 1;
	for (int r = 0; r < runs; r++)
		for (int i = 0; i < count; i++)
			tasks[i].ns[r] = run(&tasks[i]);
	for (int i = 0; i < count; i++) {
		qsort(tasks[i].ns, runs, sizeof(double), by_value);
		printf("%-28s %-12s %7.3f\n", tasks[i].file, tasks[i].kind, tasks[i].ns[runs / 2]);
	}
	return 0;
}
