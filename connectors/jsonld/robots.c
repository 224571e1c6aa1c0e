/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/robots.h"

#include <ctype.h>

#include "base/buf.h"

struct rule {
	bool allow;
	char *pattern;		/* normalised, without the "$" */
	size_t len;		/* bytes as it was written: which rule is longer */
	bool anchored;		/* ended with "$" */
};

struct rules {
	struct rule *list;
	size_t n;
	bool found;		/* there is a group, maybe an empty one */
	bool too_many;
};

struct robots {
	char *token;
	struct rules ours, any;	/* groups that name us; of "*" */
	char *sitemaps[ROBOTS_SITEMAPS_MAX];
	size_t n_sitemaps;

	/* the group that is being read */
	bool in_ours, in_any, in_rules;
};

struct robots *
robots_new(const char *token)
{
	struct robots *r = xcalloc(1, sizeof *r);
	r->token = xstrdup(token);
	return r;
}

static void
rules_done(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->list[i].pattern);
	free(rules->list);
}

void
robots_free(struct robots *r)
{
	if (r == NULL)
		return;
	rules_done(&r->ours);
	rules_done(&r->any);
	for (size_t i = 0; i < r->n_sitemaps; i++)
		free(r->sitemaps[i]);
	free(r->token);
	free(r);
}

/* ---- comparing (section 2.2.2) */

static bool
unreserved(int c)
{
	return isalnum(c) || (c != 0 && strchr("-._~", c) != NULL);
}

static int
hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : tolower((unsigned char)c) - 'a' + 10;
}

/* One spelling for each octet: plain where it may be, else %XX. */
static void
add_octets(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		bool escaped = c == '%' && i + 2 < len && isxdigit((unsigned char)s[i + 1]) && isxdigit((unsigned char)s[i + 2]);
		if (escaped) {
			c = (unsigned char)(hex(s[i + 1]) * 16 + hex(s[i + 2]));
			i += 2;
		}
		if (c >= 0x80 || (escaped && !unreserved(c)))
			buf_fmt(out, "%%%02X", c);
		else
			buf_char(out, (char)c);
	}
}

/* The pieces between stars, each as early as it can be: no pattern takes more
 * than one pass over the path. */
static bool
matches(const struct rule *rule, const char *path, size_t path_len)
{
	const char *p = rule->pattern, *at = path, *end = path + path_len;
	for (bool first = true;; first = false) {
		size_t len = strcspn(p, "*");
		bool last = p[len] == '\0';
		if ((size_t)(end - at) < len)
			return false;
		if (last && rule->anchored && !first)
			return memcmp(end - len, p, len) == 0;
		const char *found = first ? (memcmp(at, p, len) == 0 ? at : NULL) : memmem(at, (size_t)(end - at), p, len);
		if (found == NULL)
			return false;
		at = found + len;
		if (last)
			return !rule->anchored || at == end;
		p += len + 1;
	}
}

bool
robots_allows(const struct robots *r, const char *path)
{
	const struct rules *rules = r->ours.found ? &r->ours : &r->any;
	const struct rule *best = NULL;
	struct buf octets = BUF_INIT;
	if (rules->too_many)
		return false;
	add_octets(&octets, path, strcspn(path, "#"));
	for (size_t i = 0; i < rules->n; i++) {
		const struct rule *rule = &rules->list[i];
		bool better = best == NULL || rule->len > best->len || (rule->len == best->len && rule->allow);
		if (better && matches(rule, buf_cstr(&octets), octets.len))
			best = rule;
	}
	buf_done(&octets);
	return best == NULL || best->allow;
}

/* ---- reading */

static void
add_rule(struct rules *rules, bool allow, const char *s, size_t len)
{
	struct buf pattern = BUF_INIT;
	if (len == 0)
		return;		/* "Disallow:" forbids nothing */
	if (rules->n == ROBOTS_RULES_MAX) {
		rules->too_many = true;
		return;
	}
	bool anchored = s[len - 1] == '$';
	add_octets(&pattern, s, len - anchored);
	size_t pattern_len = pattern.len;
	rules->list = xrealloc(rules->list, rules->n + 1, sizeof *rules->list);
	rules->list[rules->n++] = (struct rule){ allow, xstrdup(buf_cstr(&pattern)), pattern_len + anchored, anchored };
	buf_done(&pattern);
}

/* "Vigie/1.0" names the token "vigie". */
static bool
names_us(const struct robots *r, const char *s, size_t len)
{
	size_t n = 0;
	while (n < len && (isalpha((unsigned char)s[n]) || s[n] == '_' || s[n] == '-'))
		n++;
	return n == strlen(r->token) && strncasecmp(s, r->token, n) == 0;
}

static void
read_agent(struct robots *r, const char *s, size_t len)
{
	if (r->in_rules)
		r->in_ours = r->in_any = r->in_rules = false;
	if (len == 1 && *s == '*')
		r->in_any = r->any.found = true;
	else if (names_us(r, s, len))
		r->in_ours = r->ours.found = true;
}

static void
read_rule(struct robots *r, bool allow, const char *s, size_t len)
{
	r->in_rules = true;
	if (r->in_ours)
		add_rule(&r->ours, allow, s, len);
	if (r->in_any)
		add_rule(&r->any, allow, s, len);
}

static bool
is_key(const char *key, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(key, name, len) == 0;
}

static void
read_line(struct robots *r, const char *s, size_t len)
{
	const char *comment = memchr(s, '#', len), *end = comment ? comment : s + len;
	while (s < end && isspace((unsigned char)*s))
		s++;
	const char *colon = memchr(s, ':', (size_t)(end - s));
	if (colon == NULL)
		return;
	size_t key_len = (size_t)(colon - s);
	while (key_len > 0 && isspace((unsigned char)s[key_len - 1]))
		key_len--;
	const char *value = colon + 1;
	while (value < end && isspace((unsigned char)*value))
		value++;
	while (end > value && isspace((unsigned char)end[-1]))
		end--;
	size_t value_len = (size_t)(end - value);
	if (is_key(s, key_len, "user-agent"))
		read_agent(r, value, value_len);
	else if (is_key(s, key_len, "allow"))
		read_rule(r, true, value, value_len);
	else if (is_key(s, key_len, "disallow"))
		read_rule(r, false, value, value_len);
	else if (is_key(s, key_len, "sitemap") && value_len > 0 && r->n_sitemaps < ROBOTS_SITEMAPS_MAX)
		r->sitemaps[r->n_sitemaps++] = xstrndup(value, value_len);
}

void
robots_read(struct robots *r, const char *text, size_t len)
{
	if (len > ROBOTS_MAX_BYTES)
		len = ROBOTS_MAX_BYTES;
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	while (len > 0) {
		size_t n = 0;
		while (n < len && text[n] != '\n' && text[n] != '\r')
			n++;
		read_line(r, text, n);
		n += n < len;
		text += n;
		len -= n;
	}
}

const char *
robots_sitemap(const struct robots *r, size_t n)
{
	return n < r->n_sitemaps ? r->sitemaps[n] : NULL;
}
