/* SPDX-License-Identifier: Apache-2.0 */
#include "health/signal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"

enum { WORDS_OF_SIGNAL = 5, STATUS_MAX = 999 };

/* A signal is a number up to `max`, one of `words`, or (neither) a domain. */
static const struct {
	const char *name;
	int64_t max;
	const char *words[WORDS_OF_SIGNAL];
} signals[SIGNALS] = {
	[SIGNAL_HTTP] = { "http", STATUS_MAX, { NULL } },
	[SIGNAL_SITE] = { "site", STATUS_MAX, { NULL } },
	[SIGNAL_REDIRECT] = { "redirect", 0, { NULL } },
	[SIGNAL_SITE_REDIRECT] = { "site-redirect", 0, { NULL } },
	[SIGNAL_SITE_SHAPE] = { "site-shape", 0, { "ok", "mismatch", "closing", "parked" } },
	[SIGNAL_DOMAIN] = { "domain", 0, { "ok", "parked", "on-hold", "redemption", "free" } },
	[SIGNAL_DNS] = { "dns", 0, { "ok", "nxdomain", "servfail", "parked" } },
	[SIGNAL_TLS] = { "tls", 0, { "ok", "expired" } },
	[SIGNAL_SHAPE] = { "shape", 0, { "ok", "mismatch", "closing", "parked" } },
	[SIGNAL_LISTINGS] = { "listings", INT32_MAX, { NULL } },
	[SIGNAL_REGISTER] = { "register", 0, { "active", "rescue", "liquidation", "ceased" } },
	[SIGNAL_SEASON] = { "season", 0, { "open", "closed" } },
	[SIGNAL_HUMAN] = { "human", 0, { "none", "gone", "alive" } },
};

static bool
same(const char *name, const char *text, size_t len)
{
	return strlen(name) == len && memcmp(name, text, len) == 0;
}

const char *
signal_name(enum signal signal)
{
	return signals[signal].name;
}

bool
signal_of_name(const char *name, size_t len, enum signal *ret)
{
	for (int i = 0; i < SIGNALS; i++)
		if (same(signals[i].name, name, len)) {
			*ret = (enum signal)i;
			return true;
		}
	return false;
}

bool
signal_value(enum signal signal, const char *text, size_t len, int64_t *ret)
{
	if (signals[signal].max > 0)
		return num_int(text, len, 0, signals[signal].max, ret) == 0;
	if (signals[signal].words[0] == NULL) {
		*ret = len > 0 && !same("none", text, len);
		return true;
	}
	for (int64_t i = 0; i < WORDS_OF_SIGNAL && signals[signal].words[i] != NULL; i++)
		if (same(signals[signal].words[i], text, len)) {
			*ret = i;
			return true;
		}
	return false;
}

const char *
signal_text(enum signal signal, int64_t value, char out[SIGNAL_TEXT_MAX])
{
	const char *const *words = signals[signal].words;
	if (signals[signal].max > 0 || value < 0)
		(void)snprintf(out, SIGNAL_TEXT_MAX, "%" PRId64, value);
	else if (words[0] == NULL)
		(void)snprintf(out, SIGNAL_TEXT_MAX, "%s", value > 0 ? "moved" : "none");
	else
		(void)snprintf(out, SIGNAL_TEXT_MAX, "%s", value < WORDS_OF_SIGNAL && words[value] ? words[value] : "");
	return out;
}
