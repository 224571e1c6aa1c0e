/* SPDX-License-Identifier: Apache-2.0 */
#include "config/value.h"

#include "base/buf.h"
#include "base/num.h"
#include "config/check.h"
#include "config/unit.h"

char *
value_join(const char *text, const char *with)
{
	struct buf out = BUF_INIT;
	for (; *text != '\0'; text++)
		if (*text == '\n')
			buf_str(&out, with);
		else
			buf_char(&out, *text);
	buf_str(&out, "");
	return out.data != NULL ? buf_take(&out) : xstrdup("");
}

bool
value_is_text(const struct key *k)
{
	return k->type <= KEY_PATH;
}

/* ---- members.  memcpy: a `const char *` member is written as well as a `char *`. */

static void *
member(const struct key *k, void *base)
{
	return (char *)base + k->where;
}

static char *
get_text(const struct key *k, const void *base)
{
	char *text;
	memcpy(&text, (const char *)base + k->where, sizeof text);
	return text;
}

void
value_free(const struct key *k, void *base)
{
	char *none = NULL;
	if (!value_is_text(k))
		return;
	free(get_text(k, base));
	memcpy(member(k, base), &none, sizeof none);
}

void
value_set_text(const struct key *k, const char *text, void *base)
{
	char *copy = xstrdup(text);
	value_free(k, base);
	memcpy(member(k, base), &copy, sizeof copy);
}

static int
set_text(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	struct buf path = BUF_INIT;
	char *joined = value_join(text, k->type == KEY_URL ? "" : " ");
	int ret = check_text(k, joined, err);
	if (ret == 0 && k->type == KEY_PATH && joined[0] != '/')
		buf_fmt(&path, "%s/%s", folder, joined);
	if (ret == 0)
		value_set_text(k, path.len > 0 ? buf_cstr(&path) : joined, base);
	buf_done(&path);
	free(joined);
	return ret;
}

static int
set_integer(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	(void)folder;
	int64_t v;
	if (num_int(text, strlen(text), k->min, k->max, &v) == -1)
		return error_set(err, ERROR_CONFIG, "\"%.*s\" is no value for \"%s\": write a whole number from "
		    "%lld to %lld", shown(text), text, k->name, (long long)k->min, (long long)k->max);
	unsigned u = (unsigned)v;
	memcpy(member(k, base), &u, sizeof u);
	return 0;
}

/* "20" or "20 %". */
static int
set_percent(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	char number[16];
	size_t len = strcspn(text, " %");
	bool sign = strcmp(text + len, "%") == 0 || strcmp(text + len, " %") == 0 || text[len] == '\0';
	(void)snprintf(number, sizeof number, "%.*s", (int)(len < sizeof number ? len : 0), text);
	return set_integer(k, sign ? number : text, folder, base, err);
}

static int
set_number(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	(void)folder;
	double v;
	if (num_double(text, strlen(text), &v) == -1 || !(v > 0))
		return error_set(err, ERROR_CONFIG, "\"%.*s\" is no value for \"%s\": write a number over 0, such as "
		    "5 or 2.5", shown(text), text, k->name);
	memcpy(member(k, base), &v, sizeof v);
	return 0;
}

static int
set_choice(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	(void)folder;
	if (check_choice(k->name, text, k->choices, err) == -1)
		return -1;
	unsigned number = choice_number(k->choices, text);
	bool flag = number == 0;
	if (k->type == KEY_FLAG)
		memcpy(member(k, base), &flag, sizeof flag);
	else
		memcpy(member(k, base), &number, sizeof number);
	return 0;
}

static int
set_quantity(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	(void)folder;
	int64_t v;
	int ret = k->type == KEY_DURATION ? duration_parse(text, k->min, k->max, &v, err) :
	    bytes_parse(text, k->min, k->max, &v, err);
	if (ret == 0)
		memcpy(member(k, base), &v, sizeof v);
	return ret;
}

static int
set_boolean(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	(void)folder;
	return check_boolean(k->name, text, member(k, base), err);
}

static const struct {
	const char *name;
	size_t size;		/* of the member; 0: compared in another way */
	int (*set)(const struct key *k, const char *text, const char *folder, void *base, struct error *err);
} types[] = {
	[KEY_TEXT] = { "text", 0, set_text },
	[KEY_URL] = { "url", 0, set_text },
	[KEY_URLS] = { "urls", 0, set_text },
	[KEY_RESOLVERS] = { "addresses", 0, set_text },
	[KEY_CONTACT] = { "url or mailto:", 0, set_text },
	[KEY_KIND] = { "kind", 0, set_text },
	[KEY_LOWER] = { "code", 0, set_text },
	[KEY_UPPER] = { "code", 0, set_text },
	[KEY_ZONE] = { "time zone", 0, set_text },
	[KEY_MAIL_SERVER] = { "smtp url", 0, set_text },
	[KEY_MAILBOX] = { "address", 0, set_text },
	[KEY_MAILBOXES] = { "addresses", 0, set_text },
	[KEY_LISTEN] = { "addresses", 0, set_text },
	[KEY_DOMAIN] = { "name", 0, set_text },
	[KEY_SIREN] = { "nine digits", 0, set_text },
	[KEY_DAY] = { "YYYY-MM-DD", 0, set_text },
	[KEY_SEASON] = { "MM-DD..MM-DD, ...", 0, set_text },
	[KEY_BESIDE] = { "file", 0, set_text },
	[KEY_PATH] = { "path", 0, set_text },
	[KEY_BOOLEAN] = { "yes or no", sizeof(bool), set_boolean },
	[KEY_FLAG] = { "choice", sizeof(bool), set_choice },
	[KEY_CHOICE] = { "choice", sizeof(unsigned), set_choice },
	[KEY_INTEGER] = { "integer", sizeof(unsigned), set_integer },
	[KEY_PERCENT] = { "percent", sizeof(unsigned), set_percent },
	[KEY_NUMBER] = { "number", sizeof(double), set_number },
	[KEY_DURATION] = { "duration", sizeof(int64_t), set_quantity },
	[KEY_BYTES] = { "size", sizeof(uint64_t), set_quantity },
	[KEY_PAIRS] = { "text", 0, NULL },
};

const char *
value_type_name(enum key_type type)
{
	return types[type].name;
}

int
value_set(const struct key *k, const char *text, const char *folder, void *base, struct error *err)
{
	if (text[0] == '\0')
		return error_set(err, ERROR_CONFIG, "\"%s\" is empty: give it a value or take the line away", k->name);
	return types[k->type].set(k, text, folder, base, err);
}

bool
value_equal(const struct key *k, const void *a, const void *b)
{
	if (!value_is_text(k))
		return memcmp((const char *)a + k->where, (const char *)b + k->where, types[k->type].size) == 0;
	const char *s = get_text(k, a), *t = get_text(k, b);
	return s == NULL || t == NULL ? s == t : strcmp(s, t) == 0;
}
