/* SPDX-License-Identifier: Apache-2.0 */
#include "config/unit.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "config/check.h"

struct unit {
	const char *name;	/* the one that is accepted */
	int64_t factor;
	const char *aliases;	/* other ways to write it, separated by spaces, lower case */
};

struct quantity {
	const char *noun, *example;
	const struct unit *units;	/* from large to small, ends without a name */
};

static const struct unit time_units[] = {
	{ "d", DAY_MS, "d day days j jour jours" },
	{ "h", HOUR_MS, "h hr hour hours heure heures" },
	{ "m", MINUTE_MS, "m mn min mins minute minutes" },
	{ "s", SECOND_MS, "s sec secs second seconds seconde secondes" },
	{ NULL, 0, NULL },
};

static const struct unit size_units[] = {
	{ "G", INT64_C(1) << 30, "g gb gib go gio" },
	{ "M", INT64_C(1) << 20, "m mb mib mo mio" },
	{ "K", INT64_C(1) << 10, "k kb kib ko kio" },
	{ NULL, 0, NULL },
};

static const struct quantity duration = { "duration", "a number and s, m, h or d, such as 30s or 6h", time_units };
static const struct quantity size = { "size", "a number and K, M or G, such as 64M", size_units };

static void
lower(const char *s, char *out, size_t out_size)
{
	size_t i = 0;
	for (; s[i] != '\0' && i + 1 < out_size; i++)
		out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
	out[i] = '\0';
}

static int
not_understood(const struct quantity *q, const char *text, size_t digits, struct error *err)
{
	char word[16];
	const char *rest = text + digits;
	lower(rest + strspn(rest, " \t"), word, sizeof word);
	if (digits > 0 && digits < 10 && word[0] == '\0')
		return error_set(err, ERROR_CONFIG, "\"%s\" is not a %s, it has no unit: write %s", text, q->noun,
		    q->example);
	for (const struct unit *u = q->units; digits > 0 && digits < 10 && u->name != NULL; u++)
		if (choice_has(u->aliases, word))
			return error_set(err, ERROR_CONFIG, "\"%s\" is not a %s: write %.*s%s", text, q->noun,
			    (int)digits, text, u->name);
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is not a %s: write %s", shown(text), text, q->noun, q->example);
}

/* "90s", not "1m" and a half: the largest unit that divides it. */
static void
write_quantity(const struct quantity *q, int64_t v, char out[32])
{
	const struct unit *u = q->units;
	while (u[1].name != NULL && v % u->factor != 0)
		u++;
	(void)snprintf(out, 32, "%lld%s", (long long)(v / u->factor), u->name);
}

static int
parse(const struct quantity *q, const char *text, const int64_t range[2], int64_t *ret, struct error *err)
{
	int64_t n;
	size_t digits = strspn(text, "0123456789");
	const struct unit *u = q->units;
	while (u->name != NULL && strcmp(u->name, text + digits) != 0)
		u++;
	if (u->name == NULL || num_int(text, digits, 0, INT64_MAX, &n) == -1)
		return not_understood(q, text, digits, err);
	if (n >= range[0] / u->factor + (range[0] % u->factor != 0) && n <= range[1] / u->factor) {
		*ret = n * u->factor;
		return 0;
	}
	char least[32], most[32];
	write_quantity(q, range[0], least);
	write_quantity(q, range[1], most);
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is out of range: write a %s from %s to %s", shown(text), text,
	    q->noun, least, most);
}

int
duration_parse(const char *text, int64_t min_ms, int64_t max_ms, int64_t *ret_ms, struct error *err)
{
	const int64_t range[2] = { min_ms, max_ms };
	return parse(&duration, text, range, ret_ms, err);
}

int
bytes_parse(const char *text, int64_t min, int64_t max, int64_t *ret, struct error *err)
{
	const int64_t range[2] = { min, max };
	return parse(&size, text, range, ret, err);
}
