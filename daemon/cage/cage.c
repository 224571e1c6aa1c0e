/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/cage.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "cage/confine.h"
#include "cage/inside.h"
#include "cage/spawn.h"

enum {
	FAR_FROM_THEIRS = 16,
	LOOK_MS = 2000,
	HEAR_BYTES = 2 * RING_BYTES,	/* then others on the loop have their turn */
	/* A message of places may be short and mark all that is known: it counts as so many. */
	HEAR_SEEN_BYTES = HEAR_BYTES / 8,
	/* Of a body a cage that sleeps is told when there is so much of it, or after so long:
	 * waking it takes longer than to read a little. */
	FEED_BYTES = RING_BYTES / 4,
	FEED_MS = 1,
	GOODBYE_MS = 1, GOODBYES_MAX = 1000,
};

struct cages {
	struct loop *loop;
	struct timer *begin;	/* there is a place, and somebody waits */
	unsigned live, resting;
	struct cage *first, *last;	/* who waits */
};

struct cage {
	struct cages *cages;
	struct cage *prev, *next;
	bool waits;		/* for its turn to begin */
	pid_t pid;		/* -1: it has not begun, or has ended */
	bool is_set_up;
	struct buf setup;	/* until it is told; empty: it was, or is not set up yet */
	const struct known *known;
	int known_file;		/* -1: it is told, or has not begun */
	struct rings rings;
	int bell;
	struct watch *watch;
	struct timer *look, *hear, *tell;
	bool tells;		/* `tell` runs */
	bool over;		/* its end of the bell is closed */
	struct cage_callbacks callbacks;
	void *arg;
	struct wire_in in;
	struct buf pending;	/* whole pieces for which there was no room */
	bool wants_room;
	bool broken;		/* the positions of its rings cannot be */
	unsigned owes;		/* answers */
	bool rests;		/* it has read all, and waits for the partner */
	unsigned goodbyes;	/* looks for its end, since its end of the bell was closed */
	bool telling, freed;	/* freed while it tells */

	/* when there was the last sign of life */
	uint64_t read, written;
	int64_t sign_cpu_ms;
	unsigned looks;		/* since then: a machine that slept has not looked */
};

/* ---- its turn */

static bool
is_place(const struct cages *cs)
{
	return cs->live < CAGES_MAX && cs->live - cs->resting < CAGES_BUSY_MAX;
}

/* For whom there is a place now, it is taken from the loop. */
static void
call_waiting(struct cages *cs)
{
	if (cs->first != NULL && is_place(cs))
		timer_start(cs->begin, 0);
}

static void
set_resting(struct cage *c, bool rests)
{
	c->cages->resting += rests;
	c->cages->resting -= c->rests;
	c->rests = rests;
	call_waiting(c->cages);
}

static void
queue_add(struct cage *c)
{
	struct cages *cs = c->cages;
	c->waits = true;
	c->prev = cs->last;
	*(cs->last != NULL ? &cs->last->next : &cs->first) = c;
	cs->last = c;
}

static void
queue_remove(struct cage *c)
{
	struct cages *cs = c->cages;
	if (!c->waits)
		return;
	c->waits = false;
	*(c->prev != NULL ? &c->prev->next : &cs->first) = c->next;
	*(c->next != NULL ? &c->next->prev : &cs->last) = c->prev;
	c->prev = c->next = NULL;
}

/* ---- its end */

static void
stop(struct cage *c, int *ret_status)
{
	int status = 0;
	if (c->pid == -1)
		return;
	(void)kill(c->pid, SIGKILL);
	while (waitpid(c->pid, &status, 0) == -1 && errno == EINTR)
		continue;
	c->pid = -1;
	watch_set(c->watch, 0);
	timer_stop(c->look);
	timer_stop(c->hear);
	timer_stop(c->tell);
	c->cages->live--;
	set_resting(c, false);
	if (ret_status != NULL)
		*ret_status = status;
}

static void
destroy(struct cage *c)
{
	stop(c, NULL);
	queue_remove(c);
	watch_free(c->watch);
	timer_free(c->look);
	timer_free(c->hear);
	timer_free(c->tell);
	if (c->bell != -1)
		(void)close(c->bell);
	if (c->known_file != -1)
		(void)close(c->known_file);
	rings_unmap(&c->rings);
	buf_done(&c->in.copy);
	buf_done(&c->pending);
	buf_done(&c->setup);
	free(c);
}

void
cage_free(struct cage *c)
{
	if (c == NULL)
		return;
	c->freed = true;
	if (!c->telling)
		destroy(c);
}

static void
gone(struct cage *c, const struct error *why)
{
	stop(c, NULL);
	c->callbacks.gone(c->arg, why);
}

/* The bell broke: how did it end? */
static void
died(struct cage *c)
{
	struct error why = ERROR_INIT;
	int status = 0;
	siginfo_t info = { .si_pid = 0 };
	/* It closes its end of the bell a moment before it can be waited for. */
	(void)waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOWAIT | WNOHANG);
	if (info.si_pid == 0 && c->goodbyes++ < GOODBYES_MAX) {
		timer_start(c->hear, GOODBYE_MS);
		return;
	}
	stop(c, &status);
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		(void)error_set(&why, ERROR_CONNECTOR, "the connector has tried what it may not do: a file, a connection or another process");
	else if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
		(void)error_set(&why, ERROR_CONNECTOR, "the connector takes too much processor time");
	else if (WIFSIGNALED(status))
		(void)error_set(&why, ERROR_CONNECTOR, "the connector has crashed (%s), or wanted more memory than it may have",
		    strsignal(WTERMSIG(status)));
	else
		(void)error_set(&why, ERROR_CONNECTOR, "the connector has ended in the middle of its work (status %d)", WEXITSTATUS(status));
	gone(c, &why);
}

static void
nonsense(struct cage *c)
{
	struct error why = ERROR_INIT;
	(void)error_set(&why, ERROR_CONNECTOR, "the connector has damaged its memory: what comes from it makes no sense");
	gone(c, &why);
}

/* ---- talking */

/* What was written is there for whoever says afterwards that it sleeps: inside, it is the other way round. */
static void
wake(struct cage *c)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (c->pid != -1 && atomic_load(&c->rings.control->cage_sleeps) != 0 && atomic_exchange(&c->rings.control->cage_sleeps, 0) != 0)
		(void)send(c->bell, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
on_tell(void *arg)
{
	struct cage *c = arg;
	c->tells = false;
	wake(c);
}

/* Soon, or at once if it has enough to do. */
static void
wake_soon(struct cage *c)
{
	if (c->pid == -1)
		return;
	atomic_thread_fence(memory_order_seq_cst);
	if (RING_BYTES - ring_room(&c->rings.down) >= FEED_BYTES) {
		wake(c);
	} else if (!c->tells && atomic_load(&c->rings.control->cage_sleeps) != 0) {
		c->tells = true;
		timer_start(c->tell, FEED_MS);
	}
}

/* Else the bell will say when there may be. */
static bool
has_room(struct cage *c, size_t n)
{
	size_t room = ring_room(&c->rings.down);
	if (room < n) {
		atomic_store(&c->rings.control->host_wants_room, 1);
		atomic_thread_fence(memory_order_seq_cst);
		room = ring_room(&c->rings.down);
	}
	if (room == RING_BROKEN && !c->broken) {
		c->broken = true;
		timer_start(c->hear, 0);
	}
	return !c->broken && room >= n;
}

/* As much of what waits as there is room for. */
static void
flush(struct cage *c)
{
	size_t done = 0;
	if (c->pid == -1)
		return;
	while (done < c->pending.len) {
		struct wire_head head;
		memcpy(&head, c->pending.data + done, sizeof head);
		if (!has_room(c, wire_size(head.len)))
			break;
		wire_write(&c->rings.down, head.kind, c->pending.data + done + sizeof head, head.len);
		done += sizeof head + head.len;
	}
	if (done > 0) {
		memmove(c->pending.data, c->pending.data + done, c->pending.len - done);
		buf_cut(&c->pending, c->pending.len - done);
	}
}

/* What it is told that it answers, and its answers. */
static bool
is_question(enum wire_kind kind)
{
	return kind == WIRE_SETUP || kind == WIRE_END || kind == WIRE_STOP || kind == WIRE_ABSENT;
}

static bool
is_answer(enum wire_kind kind)
{
	return kind == WIRE_READY || kind == WIRE_DONE || kind == WIRE_FAILED;
}

void
cage_send(struct cage *c, enum wire_kind kind, const char *message, size_t len)
{
	const char *s = len > 0 ? message : "";
	c->owes += is_question(kind);
	do {
		size_t n = len < WIRE_PIECE_BYTES ? len : WIRE_PIECE_BYTES;
		const struct wire_head head = { kind | (n < len ? WIRE_MORE : 0), (uint32_t)n };
		buf_add(&c->pending, &head, sizeof head);
		buf_add(&c->pending, s, n);
		s += n;
		len -= n;
	} while (len > 0);
	flush(c);
	if (kind == WIRE_BEGIN)	/* its body comes */
		wake_soon(c);
	else
		wake(c);
}

bool
cage_feed(struct cage *c, const char *s, size_t len)
{
	size_t pieces = len / WIRE_PIECE_BYTES + 1;
	if (c->pid == -1) {
		c->wants_room = c->waits;
		return !c->waits;	/* what has ended takes everything */
	}
	if (c->pending.len > 0 || !has_room(c, len + pieces * wire_size(sizeof(struct wire_head)))) {
		c->wants_room = true;
		wake(c);
		return false;
	}
	while (len > 0) {
		size_t n = len < WIRE_PIECE_BYTES ? len : WIRE_PIECE_BYTES;
		wire_write(&c->rings.down, WIRE_DATA, s, n);
		s += n;
		len -= n;
	}
	wake_soon(c);
	return true;
}

/* False: it has had its share, and may have more to say. */
static bool
listen_to(struct cage *c)
{
	size_t heard = 0;
	while (c->pid != -1 && !c->freed && heard < HEAR_BYTES) {
		const uint64_t from = c->rings.up.own;
		int rc = wire_next(&c->rings.up, &c->in);
		if (rc == 0 && c->rings.up.own == from)
			return true;
		heard += (size_t)(c->rings.up.own - from);
		if (rc == 0)
			continue;
		c->owes -= rc > 0 && c->owes > 0 && is_answer((enum wire_kind)c->in.kind);
		if (rc < 0 || c->callbacks.message(c->arg, (enum wire_kind)c->in.kind, c->in.s, c->in.len) != 0) {
			if (!c->freed)
				nonsense(c);
			return true;
		}
		heard += c->in.kind == WIRE_SEEN ? HEAR_SEEN_BYTES : 0;
	}
	return heard < HEAR_BYTES;
}

/* All that has come is heard before its end is. */
static void
attend(struct cage *c)
{
	c->telling = true;
	bool all = listen_to(c);
	if (c->pid != -1 && !c->freed) {
		if (c->broken)
			nonsense(c);
		else if (!all)
			timer_start(c->hear, 0);
		else if (c->over)
			died(c);
	}
	if (c->pid != -1 && !c->freed) {
		flush(c);
		wake(c);
	}
	if (c->pid != -1 && !c->freed && c->wants_room && c->pending.len == 0) {
		c->wants_room = false;
		c->callbacks.room(c->arg);
	}
	c->telling = false;
	if (c->freed)
		destroy(c);
}

static void
on_bell(void *arg, int fd, int what)
{
	struct cage *c = arg;
	char bells[256];
	(void)what;
	ssize_t n = read(fd, bells, sizeof bells);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		c->over = true;
		watch_set(c->watch, 0);
	}
	attend(c);
}

static void
on_hear(void *arg)
{
	attend(arg);
}

/* ---- does it hang? */

static int64_t
cpu_ms(pid_t pid)
{
	clockid_t clock;
	struct timespec t;
	if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
on_look(void *arg)
{
	struct cage *c = arg;
	struct error why = ERROR_INIT;
	uint64_t read = atomic_load(&c->rings.control->down.tail), written = atomic_load(&c->rings.control->up.head);
	bool idle = c->owes == 0 && read == c->rings.down.own && c->pending.len == 0;
	int64_t now_cpu_ms = cpu_ms(c->pid);
	timer_start(c->look, LOOK_MS);
	set_resting(c, idle);
	if (idle || read != c->read || written != c->written) {
		c->read = read;
		c->written = written;
		c->looks = 0;
		c->sign_cpu_ms = now_cpu_ms;
		return;
	}
	if (now_cpu_ms - c->sign_cpu_ms < CAGE_HANG_CPU_S * 1000 && ++c->looks < CAGE_HANG_LOOKS)
		return;
	(void)error_set(&why, ERROR_CONNECTOR, "the connector hangs: it reads nothing and says nothing any more");
	c->telling = true;
	gone(c, &why);
	c->telling = false;
	if (c->freed)
		destroy(c);
}

/* ---- its beginning */

/* Moved where no descriptor of the cage will stand. */
static int
far(int fd)
{
	int to = fd != -1 ? fcntl(fd, F_DUPFD_CLOEXEC, FAR_FROM_THEIRS) : -1;
	if (fd != -1)
		(void)close(fd);
	return to;
}

static int
start(struct cage *c, struct error *err)
{
	int bells[2] = { -1, -1 }, rc = -1;
	int fds[] = { -1, far(rings_file(err)), -1 };
	if (fds[1] == -1 || rings_map(&c->rings, fds[1], err) != 0)
		goto out;
	if ((c->known_file = known_file(err)) == -1)
		goto out;
	fds[2] = far(fcntl(c->known_file, F_DUPFD_CLOEXEC, 0));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, bells) == 0) {
		c->bell = bells[0];
		fds[0] = far(bells[1]);
	}
	if (fds[0] == -1 || fds[2] == -1) {
		(void)error_errno(err, ERROR_SYSTEM, "making what a cage is reached by");
		goto out;
	}
	(void)fcntl(c->bell, F_SETFL, O_NONBLOCK);
	rc = spawn_inside(fds, &c->pid, err);
out:
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		if (fds[i] != -1)
			(void)close(fds[i]);
	return rc;
}

/* What was sent meanwhile stands behind how it is set up. */
static int
tell_setup(struct cage *c, struct error *err)
{
	struct buf sent = c->pending;
	struct known_item item;
	size_t first = 0, bytes = 0;
	if (c->known != NULL && known_next(c->known, &first, &item) && known_write(c->known, c->known_file, &bytes, err) != 0)
		return -1;
	(void)close(c->known_file);
	c->known_file = -1;
	c->pending = (struct buf)BUF_INIT;
	wire_put_number(&c->setup, bytes);
	cage_send(c, WIRE_SETUP, c->setup.data, c->setup.len);
	buf_add(&c->pending, sent.data, sent.len);
	buf_done(&sent);
	buf_done(&c->setup);
	flush(c);
	wake(c);
	return 0;
}

static int
begin(struct cage *c, struct error *err)
{
	queue_remove(c);
	if (start(c, err) != 0) {
		c->pid = -1;
		return -1;
	}
	c->cages->live++;
	c->watch = watch_new(c->cages->loop, c->bell, on_bell, c);
	watch_set(c->watch, LOOP_READ);
	timer_start(c->look, LOOK_MS);
	return c->is_set_up ? tell_setup(c, err) : 0;
}

static void
begin_waiting(void *arg)
{
	struct cages *cs = arg;
	while (cs->first != NULL && is_place(cs)) {
		struct error err = ERROR_INIT;
		struct cage *c = cs->first;
		c->telling = true;
		if (begin(c, &err) != 0) {
			gone(c, &err);
		} else if (c->wants_room && c->pending.len == 0) {
			c->wants_room = false;
			c->callbacks.room(c->arg);
		}
		c->telling = false;
		if (c->freed)
			destroy(c);
	}
}

struct cages *
cages_new(struct loop *l)
{
	struct cages *cs = xcalloc(1, sizeof *cs);
	cs->loop = l;
	cs->begin = timer_new(l, begin_waiting, cs);
	return cs;
}

void
cages_free(struct cages *cs)
{
	if (cs == NULL)
		return;
	assert(cs->live == 0 && cs->first == NULL);
	timer_free(cs->begin);
	free(cs);
}

struct cage *
cage_new(struct cages *cs, const struct cage_callbacks *callbacks, void *arg, struct error *err)
{
	struct cage *c = xcalloc(1, sizeof *c);
	*c = (struct cage){ .cages = cs, .pid = -1, .bell = -1, .known_file = -1, .callbacks = *callbacks, .arg = arg };
	c->look = timer_new(cs->loop, on_look, c);
	c->hear = timer_new(cs->loop, on_hear, c);
	c->tell = timer_new(cs->loop, on_tell, c);
	queue_add(c);
	if (cs->first == c && is_place(cs) && begin(c, err) != 0) {
		destroy(c);
		return NULL;
	}
	return c;
}

int
cage_set_up(struct cage *c, const struct cage_setup *setup, const struct known *known, struct error *err)
{
	c->is_set_up = true;
	c->known = known;
	setup_put(setup, &c->setup);
	return c->pid != -1 ? tell_setup(c, err) : 0;
}

bool
cage_waits(const struct cage *c)
{
	return c->waits;
}

bool
cage_ended(const struct cage *c)
{
	return c->pid == -1 && !c->waits;
}
