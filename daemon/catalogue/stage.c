/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log of entries: [0, in_file) is in the file, the rest in `tail`.  Each
 * entry is a struct head and its texts; the log is cut into batches at entry
 * boundaries, whose offsets are kept, and the sizes of the entries.
 */
#include "catalogue/stage.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"

enum { TEXTS = 3, AHEAD = 16 };
#define NO_TEXT UINT32_MAX

struct head {
	uint32_t kind;
	uint32_t len[TEXTS];
	struct raw_hash hash;
};

struct batch {
	uint64_t start, first;	/* in bytes, in entries */
};

struct stage {
	const char *dir;
	size_t keep;		/* bytes in memory */
	int fd;			/* -1: all in memory */
	uint64_t in_file;
	struct buf tail;
	uint64_t bytes, entries;
	struct batch *batches;
	size_t n_batches, cap_batches;
	uint32_t *sizes;	/* of the entries */
	size_t cap_sizes;

	struct buf batch;	/* as read from the file */
	struct stage_entry *list;
	size_t n_list, cap_list;
	size_t next_batch, next_entry;	/* of stage_read */
};

struct stage *
stage_new(const char *dir)
{
	struct stage *s = xcalloc(1, sizeof *s);
	s->dir = dir;
	s->keep = STAGE_MEMORY_BYTES;
	s->fd = -1;
	return s;
}

void
stage_free(struct stage *s)
{
	if (s == NULL)
		return;
	if (s->fd != -1)
		(void)close(s->fd);
	buf_done(&s->tail);
	buf_done(&s->batch);
	free(s->batches);
	free(s->sizes);
	free(s->list);
	free(s);
}

void
stage_keep(struct stage *s, size_t bytes)
{
	s->keep = bytes;
}

const char *
stage_dir(const struct stage *s)
{
	return s->dir;
}

/* Not every file system has O_TMPFILE (overlayfs before Linux 6.3 does not). */
static int
open_nameless(const char *dir, struct error *err)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd != -1)
		return fd;
	struct buf path = BUF_INIT;
	buf_fmt(&path, "%s/stage.XXXXXX", dir);
	fd = mkostemp(path.data, O_CLOEXEC);
	if (fd == -1)
		error_errno(err, ERROR_SYSTEM, "making a stage in %s", dir);
	else
		(void)unlink(path.data);
	buf_done(&path);
	return fd;
}

static int
spill(struct stage *s, struct error *err)
{
	if (s->fd == -1 && (s->fd = open_nameless(s->dir, err)) == -1)
		return -1;
	size_t done = 0;
	while (done < s->tail.len) {
		ssize_t n = pwrite(s->fd, s->tail.data + done, s->tail.len - done, (off_t)(s->in_file + done));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno(err, ERROR_SYSTEM, "writing the stage in %s", s->dir);
		done += (size_t)n;
	}
	s->in_file += done;
	buf_clear(&s->tail);
	return 0;
}

static int
append(struct stage *s, const struct head *head, const struct text text[TEXTS], struct error *err)
{
	if (s->tail.len >= s->keep && spill(s, err) != 0)
		return -1;
	if (s->n_batches == 0 || s->bytes - s->batches[s->n_batches - 1].start >= STAGE_BATCH_BYTES) {
		if (s->n_batches == s->cap_batches) {
			s->cap_batches = s->cap_batches * 2 + 8;
			s->batches = xrealloc(s->batches, s->cap_batches, sizeof *s->batches);
		}
		s->batches[s->n_batches++] = (struct batch){ s->bytes, s->entries };
	}
	if (s->entries == s->cap_sizes) {
		s->cap_sizes = s->cap_sizes * 2 + 1024;
		s->sizes = xrealloc(s->sizes, s->cap_sizes, sizeof *s->sizes);
	}
	size_t before = s->tail.len;
	buf_add(&s->tail, head, sizeof *head);
	for (size_t i = 0; i < TEXTS; i++)
		if (head->len[i] != NO_TEXT)
			buf_add(&s->tail, text[i].s, text[i].len);
	s->sizes[s->entries++] = (uint32_t)(s->tail.len - before);
	s->bytes += s->tail.len - before;
	return 0;
}

int
stage_listing(struct stage *s, struct raw_hash hash, const char *flat, size_t len, struct error *err)
{
	assert(len < NO_TEXT);
	struct head head = { STAGE_LISTING, { (uint32_t)len, NO_TEXT, NO_TEXT }, hash };
	struct text text[TEXTS] = { { flat, len } };
	return append(s, &head, text, err);
}

int
stage_tombstone(struct stage *s, const char *external_id, size_t len, struct error *err)
{
	assert(len < NO_TEXT);
	struct head head = { STAGE_TOMBSTONE, { (uint32_t)len, NO_TEXT, NO_TEXT }, { 0, 0 } };
	struct text text[TEXTS] = { { external_id, len } };
	return append(s, &head, text, err);
}

int
stage_reject(struct stage *s, const struct stage_entry *entry, struct error *err)
{
	struct head head = { .kind = STAGE_REJECT, .hash = entry->hash };
	struct text text[TEXTS] = { entry->external_id, entry->raw, entry->reason };
	for (size_t i = 0; i < TEXTS; i++) {
		if (text[i].len > STAGE_RAW_MAX_BYTES)
			text[i].len = STAGE_RAW_MAX_BYTES;
		head.len[i] = text[i].s != NULL ? (uint32_t)text[i].len : NO_TEXT;
	}
	return append(s, &head, text, err);
}

struct stage_mark
stage_mark(const struct stage *s)
{
	return (struct stage_mark){ s->bytes, s->entries };
}

int
stage_rewind(struct stage *s, struct stage_mark mark, struct error *err)
{
	assert(mark.bytes <= s->bytes && mark.entries <= s->entries);
	if (mark.bytes >= s->in_file) {
		buf_cut(&s->tail, (size_t)(mark.bytes - s->in_file));
	} else {
		if (ftruncate(s->fd, (off_t)mark.bytes) != 0)
			return error_errno(err, ERROR_SYSTEM, "cutting the stage in %s", s->dir);
		s->in_file = mark.bytes;
		buf_clear(&s->tail);
	}
	s->bytes = mark.bytes;
	s->entries = mark.entries;
	while (s->n_batches > 0 && s->batches[s->n_batches - 1].start >= mark.bytes)
		s->n_batches--;
	return 0;
}

static int
read_at(struct stage *s, uint64_t offset, size_t len, struct error *err)
{
	buf_clear(&s->batch);
	buf_reserve(&s->batch, len);
	while (s->batch.len < len) {
		ssize_t n = pread(s->fd, s->batch.data + s->batch.len, len - s->batch.len,
		    (off_t)(offset + s->batch.len));
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return error_errno(err, ERROR_SYSTEM, "reading the stage in %s", s->dir);
		if (n == 0)
			return error_set(err, ERROR_SYSTEM, "the stage in %s is shorter than it was", s->dir);
		s->batch.len += (size_t)n;
	}
	return 0;
}

static void
parse(const char *p, struct stage_entry *ret)
{
	struct head head;
	memcpy(&head, p, sizeof head);
	size_t at = sizeof head;
	struct text text[TEXTS];
	for (size_t i = 0; i < TEXTS; i++) {
		bool none = head.len[i] == NO_TEXT;
		text[i] = (struct text){ none ? NULL : p + at, none ? 0 : head.len[i] };
		at += text[i].len;
	}
	*ret = (struct stage_entry){ .kind = (enum stage_kind)head.kind, .hash = head.hash };
	if (ret->kind == STAGE_LISTING) {
		ret->flat = text[0];
	} else {
		ret->external_id = text[0];
		ret->raw = text[1];
		ret->reason = text[2];
	}
}

/* Of the batch that stands at `p`.  Another thread may have written them just now: what is
 * far ahead is fetched meanwhile. */
static void
list_entries(struct stage *s, size_t batch, const char *p)
{
	uint64_t end = batch + 1 < s->n_batches ? s->batches[batch + 1].first : s->entries;
	const uint32_t *sizes = s->sizes + s->batches[batch].first;
	size_t n = (size_t)(end - s->batches[batch].first);
	if (n > s->cap_list) {
		s->cap_list = n + n / 4;
		s->list = xrealloc(s->list, s->cap_list, sizeof *s->list);
	}
	const char *ahead = p;
	for (size_t i = 0; i < n; i++) {
		__builtin_prefetch(ahead);
		ahead += sizes[i];
		if (i >= AHEAD) {
			parse(p, &s->list[i - AHEAD]);
			p += sizes[i - AHEAD];
		}
	}
	for (size_t i = n > AHEAD ? n - AHEAD : 0; i < n; i++) {
		parse(p, &s->list[i]);
		p += sizes[i];
	}
	s->n_list = n;
}

size_t
stage_batches(const struct stage *s)
{
	return s->n_batches;
}

int
stage_batch(struct stage *s, size_t i, const struct stage_entry **ret, size_t *ret_n, struct error *err)
{
	assert(i < s->n_batches);
	uint64_t start = s->batches[i].start;
	uint64_t end = i + 1 < s->n_batches ? s->batches[i + 1].start : s->bytes;
	size_t len = (size_t)(end - start);
	if (s->in_file == 0) {
		list_entries(s, i, s->tail.data + start);
	} else {
		if (s->tail.len > 0 && spill(s, err) != 0)
			return -1;
		if (read_at(s, start, len, err) != 0)
			return -1;
		list_entries(s, i, s->batch.data);
	}
	*ret = s->list;
	*ret_n = s->n_list;
	return 0;
}

int
stage_read_start(struct stage *s, struct error *err)
{
	(void)err;
	s->next_batch = s->next_entry = s->n_list = 0;
	return 0;
}

int
stage_read(struct stage *s, struct stage_entry *ret, struct error *err)
{
	if (s->next_entry == s->n_list) {
		const struct stage_entry *list;
		size_t n;
		if (s->next_batch == s->n_batches)
			return 0;
		if (stage_batch(s, s->next_batch, &list, &n, err) != 0)
			return -1;
		s->next_batch++;
		s->next_entry = 0;
	}
	*ret = s->list[s->next_entry++];
	return 1;
}
