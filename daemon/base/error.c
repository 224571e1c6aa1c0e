/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_names[ERROR_KINDS] = {
	[ERROR_NONE] = "none",
	[ERROR_USAGE] = "usage",
	[ERROR_CONFIG] = "config",
	[ERROR_SYSTEM] = "system",
	[ERROR_FULL] = "disk-full",
	[ERROR_CATALOGUE] = "catalogue",
	[ERROR_DNS] = "dns",
	[ERROR_CONNECT] = "connect",
	[ERROR_TLS] = "tls",
	[ERROR_TIMEOUT] = "timeout",
	[ERROR_HTTP] = "http",
	[ERROR_AUTH] = "auth",
	[ERROR_THROTTLED] = "throttled",
	[ERROR_REDIRECT] = "redirect",
	[ERROR_BLOCKED] = "blocked",
	[ERROR_LIMIT] = "limit",
	[ERROR_TRUNCATED] = "truncated",
	[ERROR_FORMAT] = "format",
	[ERROR_SHAPE] = "shape",
	[ERROR_LOOP] = "loop",
	[ERROR_DAMAGED] = "damaged",
	[ERROR_TOTAL] = "total",
	[ERROR_EMPTY] = "empty",
	[ERROR_CONNECTOR] = "connector",
	[ERROR_BUSY] = "busy",
	[ERROR_NOT_FOUND] = "not-found",
};

static void set(struct error *err, enum error_kind kind, const char *fmt, va_list ap)
    __attribute__((format(printf, 3, 0)));

static void
set(struct error *err, enum error_kind kind, const char *fmt, va_list ap)
{
	err->kind = kind;
	(void)vsnprintf(err->text, sizeof err->text, fmt, ap);
}

int
error_set(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	if (err == NULL || err->kind != ERROR_NONE)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	set(err, kind, fmt, ap);
	va_end(ap);
	return -1;
}

int
error_errno(struct error *err, enum error_kind kind, const char *fmt, ...)
{
	bool full = errno == ENOSPC || errno == EDQUOT;
	const char *why = strerror(errno);
	if (err == NULL || err->kind != ERROR_NONE)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	set(err, full ? ERROR_FULL : kind, fmt, ap);
	va_end(ap);
	size_t len = strlen(err->text);
	(void)snprintf(err->text + len, sizeof err->text - len, ": %s", why);
	return -1;
}

int
error_context(struct error *err, const char *fmt, ...)
{
	char head[256], tail[sizeof err->text];
	if (err == NULL || err->kind == ERROR_NONE)
		return -1;
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(head, sizeof head, fmt, ap);
	va_end(ap);
	memcpy(tail, err->text, sizeof tail);
	int room = (int)(sizeof err->text - strlen(head) - sizeof ": ");
	(void)snprintf(err->text, sizeof err->text, "%s: %.*s", head, room, tail);
	return -1;
}

void
error_clear(struct error *err)
{
	err->kind = ERROR_NONE;
	err->text[0] = '\0';
}

const char *
error_kind_name(enum error_kind kind)
{
	return kind_names[kind];
}
