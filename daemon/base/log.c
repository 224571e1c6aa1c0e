/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#define SD_JOURNAL_SUPPRESS_LOCATION
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "base/buf.h"

enum { FIELDS_MAX = 8 };

/* Never changed: other programs search for them. */
static const char *const message_ids[LOG_EVENTS] = {
	[LOG_PARTNER_FAILS] = "f831b9abefd94916aeaa44076da41df9",
	[LOG_PARTNER_ANSWERS] = "2791e352ee1c4316942bf6e9232563f1",
	[LOG_RUN] = "20cf6e0850da425c8dec39745ee2d1f9",
	[LOG_REMOVALS_HELD] = "7ff0c842e13641768d02000b0dacb182",
	[LOG_VERDICT] = "afa64c9c4830426caf858cda0259f3f1",
	[LOG_DISK_FULL] = "d09a85cb04ba476a847e2140d0fd4d6c",
	[LOG_DISK_ROOM] = "106874ae2cd546829dcfbaafc3aa696f",
};

static enum log_level max_level = LOG_INFO;
static int with_prefix, to_journal;

void
log_set_level(enum log_level level)
{
	max_level = level;
}

void
log_set_prefix(int journald)
{
	with_prefix = journald;
}

/* ---- the journal */

void
log_set_journal(void)
{
	uintmax_t device, inode;
	struct stat st;
	const char *stream = getenv("JOURNAL_STREAM");
	to_journal = stream != NULL && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == device && st.st_ino == inode;
}

struct entry {
	struct buf fields[FIELDS_MAX];
	struct iovec list[FIELDS_MAX];
	int n;
};

static void
add_field(struct entry *e, const char *name, const char *value)
{
	if (value == NULL)
		return;
	struct buf *b = &e->fields[e->n];
	buf_fmt(b, "%s=%s", name, value);
	e->list[e->n++] = (struct iovec){ b->data, b->len };
}

static void
add_number(struct entry *e, const char *name, int64_t value)
{
	char text[24];
	(void)snprintf(text, sizeof text, "%" PRId64, value);
	add_field(e, name, text);
}

/* -1: nobody takes it. */
static int
send_entry(enum log_level level, const struct log_fields *f, const char *message)
{
	struct entry e = { .n = 0 };
	add_field(&e, "MESSAGE", message);
	add_number(&e, "PRIORITY", (int64_t)level);
	add_field(&e, "SYSLOG_IDENTIFIER", program_invocation_short_name);
	add_field(&e, "MESSAGE_ID", message_ids[f->event]);
	add_field(&e, "PARTNER", f->partner);
	if (f->run != 0)
		add_number(&e, "RUN", f->run);
	add_field(&e, "ERROR_KIND", f->error_kind);
	add_field(&e, "VERDICT", f->verdict);
	int rc = sd_journal_sendv(e.list, e.n);
	for (int i = 0; i < e.n; i++)
		buf_done(&e.fields[i]);
	return rc < 0 ? -1 : 0;
}

/* ---- lines */

static void
write_line(enum log_level level, const char *message)
{
	struct buf line = BUF_INIT;
	if (with_prefix)
		buf_fmt(&line, "<%d>", (int)level);
	buf_fmt(&line, "%s\n", message);
	/* One write for one line, so that lines of two threads do not mix. */
	(void)fwrite(line.data, 1, line.len, stderr);
	buf_done(&line);
}

static void vlog(enum log_level level, const struct log_fields *f, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
vlog(enum log_level level, const struct log_fields *f, const char *fmt, va_list ap)
{
	if (level > max_level)
		return;
	char text[2048];
	struct buf message = BUF_INIT;
	(void)vsnprintf(text, sizeof text, fmt, ap);
	text_escape(&message, text, strlen(text), sizeof text);
	if (!to_journal || send_entry(level, f, buf_cstr(&message)) != 0)
		write_line(level, buf_cstr(&message));
	buf_done(&message);
}

void
log_event(enum log_level level, const struct log_fields *f, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	vlog(level, f, fmt, ap);
	va_end(ap);
}

void
log_at(enum log_level level, const char *fmt, ...)
{
	static const struct log_fields none = { .event = LOG_PLAIN };
	va_list ap;
	va_start(ap, fmt);
	vlog(level, &none, fmt, ap);
	va_end(ap);
}
