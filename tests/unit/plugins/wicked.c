/* SPDX-License-Identifier: Apache-2.0 */
/* A connector that does what no connector may: each line says what. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "vigie_connector.h"

struct wicked {
	struct vigie_setup setup;
	char line[512];
	size_t len;
};

static void
say(const struct wicked *w, const char *id, const char *title)
{
	const struct vigie_field fields[] = {
		{ VIGIE_EXTERNAL_ID, VIGIE_TEXT, NULL, id, strlen(id) }, { VIGIE_TITLE, VIGIE_TEXT, NULL, title, strlen(title) },
	};
	w->setup.host->emit(w->setup.run, fields, 2);
}

static void *
thread(void *arg)
{
	return arg;
}

static void
crash(struct wicked *w)
{
	(void)w;
	*(volatile int *)8 = 1;
}

static void
spin(struct wicked *w)
{
	(void)w;
	for (volatile unsigned i = 0;; i++)
		continue;
}

static void
doze(struct wicked *w)
{
	const struct timespec long_time = { 3600, 0 };
	(void)w;
	(void)nanosleep(&long_time, NULL);
}

static void
eat(struct wicked *w)
{
	char *p;
	(void)w;
	while ((p = malloc(1 << 20)) != NULL)
		memset(p, 1, 1 << 20);
	(void)fputs("<2>out of memory\n", stderr);
	abort();
}

/* It may try, and gets nothing. */
static void
files(struct wicked *w)
{
	struct stat st;
	say(w, "open", open("/etc/passwd", O_RDONLY) == -1 ? "no" : "yes");
	say(w, "write", open("/tmp/vigie-wicked", O_WRONLY | O_CREAT, 0600) == -1 ? "no" : "yes");
	say(w, "stat", stat("/etc/passwd", &st) == -1 ? "no" : "yes");
	say(w, "environment", getenv("HOME") == NULL && getenv("CREDENTIALS_DIRECTORY") == NULL ? "no" : "yes");
}

static void
unlink_it(struct wicked *w)
{
	(void)w;
	(void)unlink("/tmp/vigie-wicked");
}

static void
connect_it(struct wicked *w)
{
	(void)w;
	(void)socket(AF_INET, SOCK_STREAM, 0);
}

static void
fork_it(struct wicked *w)
{
	(void)w;
	(void)fork();
}

static void
start_thread(struct wicked *w)
{
	pthread_t t;
	say(w, "thread", pthread_create(&t, NULL, thread, w) == 0 ? "yes" : "no");
}

static void
execute(struct wicked *w)
{
	char *argv[] = { NULL };
	(void)w;
	(void)execve("/bin/true", argv, argv);
}

static void
kill_them(struct wicked *w)
{
	(void)w;
	(void)kill(getppid(), SIGKILL);
}

static void
trace(struct wicked *w)
{
	(void)w;
	(void)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static void *
map(int prot, int flags)
{
	return mmap(NULL, 4096, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static void
map_code(struct wicked *w)
{
	say(w, "code", map(PROT_READ | PROT_WRITE | PROT_EXEC, 0) != MAP_FAILED ? "yes" : "no");
}

static void
make_code(struct wicked *w)
{
	say(w, "made", mprotect(map(PROT_READ | PROT_WRITE, 0), 4096, PROT_READ | PROT_EXEC) == 0 ? "yes" : "no");
}

/* What grows downwards is not counted as data. */
static void
map_downwards(struct wicked *w)
{
	say(w, "downwards", map(PROT_READ | PROT_WRITE, MAP_GROWSDOWN) != MAP_FAILED ? "yes" : "no");
}

/* As the kernel ends who has used up its processor time. */
static void
overtime(struct wicked *w)
{
	(void)w;
	(void)raise(SIGXCPU);
}

static void
leave(struct wicked *w)
{
	(void)w;
	_exit(0);
}

/* The host's own bookkeeping begins with what both processes share. */
static void
scribble(struct wicked *w)
{
	memset(*(void **)w->setup.run, 0xa5, 4096);
	for (;;)
		say(w, "scribble", "no");
}

static void
flood(struct wicked *w)
{
	for (;;)
		say(w, "flood", "once");
}

static const struct {
	const char *name;
	void (*act)(struct wicked *w);
} acts[] = {
	{ "crash", crash }, { "spin", spin }, { "doze", doze }, { "eat", eat }, { "files", files }, { "unlink", unlink_it },
	{ "connect", connect_it }, { "fork", fork_it }, { "thread", start_thread }, { "execute", execute }, { "kill", kill_them },
	{ "trace", trace }, { "code", map_code }, { "make-code", make_code }, { "downwards", map_downwards },
	{ "overtime", overtime }, { "leave", leave }, { "scribble", scribble }, { "flood", flood },
};

static void *
wicked_open(const struct vigie_setup *setup, struct vigie_complaint *complaint)
{
	struct wicked *w = calloc(1, sizeof *w);
	(void)complaint;
	w->setup = *setup;
	return w;
}

static int
wicked_first(void *self, struct vigie_request *ret)
{
	ret->url = ((struct wicked *)self)->setup.url;
	return 0;
}

static int
wicked_begin(void *self, const struct vigie_answer *answer)
{
	(void)answer;
	((struct wicked *)self)->len = 0;
	return 0;
}

static void
line(struct wicked *w)
{
	const struct vigie_host *host = w->setup.host;
	w->line[w->len] = '\0';
	if (host->known(w->setup.run, w->line, w->len))
		return;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++) {
		if (strcmp(w->line, acts[i].name) == 0) {
			acts[i].act(w);
			return;
		}
	}
	say(w, w->line, "good");
}

static int
wicked_feed(void *self, const char *chunk, size_t len)
{
	struct wicked *w = self;
	for (; len > 0; chunk++, len--) {
		if (*chunk != '\n') {
			w->line[w->len++ % (sizeof w->line - 1)] = *chunk;
			continue;
		}
		line(w);
		w->len = 0;
	}
	return 0;
}

static int
wicked_end(void *self, struct vigie_next *ret)
{
	(void)self;
	ret->more = false;
	return 0;
}

VIGIE_EXPORT const struct vigie_connector vigie_connector = {
	.abi = VIGIE_CONNECTOR_ABI, .name = "wicked", .summary = "does what it may not",
	.open = wicked_open, .close = free, .first = wicked_first, .begin = wicked_begin, .feed = wicked_feed, .end = wicked_end,
};
