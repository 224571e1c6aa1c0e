/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/paging.h"

#include "base/num.h"
#include "lib/explain.h"
#include "lib/setting.h"

static const char *const style_names[] = {
	[PAGING_NONE] = "none", [PAGING_PAGE] = "page", [PAGING_OFFSET] = "offset",
	[PAGING_CURSOR] = "cursor", [PAGING_NEXT_URL] = "next-url", [PAGING_LINK_HEADER] = "link-header",
};

static int
open_style(struct paging *p, const struct vigie_setup *setup, const char *section, struct vigie_complaint *c)
{
	const char *name = setting_text(setup, section, "paging");
	for (size_t i = 0; i < sizeof style_names / sizeof style_names[0]; i++) {
		if (strcmp(style_names[i], name ? name : "none") == 0) {
			p->style = (enum paging_style)i;
			return 0;
		}
	}
	return complain(c, section, "paging", "there is no such way of paging");
}

int
paging_open(struct paging *p, const struct vigie_setup *setup, const char *section, struct vigie_complaint *c)
{
	p->host = setup->host;
	p->run = setup->run;
	p->url = setup->url;
	p->body = setup->body;
	p->page_param = setting_text(setup, section, "page_param");
	p->offset_param = setting_text(setup, section, "offset_param");
	p->size_param = setting_text(setup, section, "size_param");
	p->cursor_param = setting_text(setup, section, "cursor_param");
	p->total_seen = -1;
	if (open_style(p, setup, section, c) != 0 ||
	    setting_integer(setup, section, "first_page", &p->first_page, c) != 0 ||
	    setting_integer(setup, section, "page_size", &p->page_size, c) != 0 ||
	    setting_expr(setup, section, "cursor", &p->cursor, c) != 0 ||
	    setting_expr(setup, section, "next", &p->next, c) != 0 ||
	    setting_expr(setup, section, "total", &p->total, c) != 0)
		return -1;
	if (p->style == PAGING_CURSOR && p->cursor == NULL)
		return complain(c, section, "cursor", "paging = cursor needs it");
	if (p->style == PAGING_NEXT_URL && p->next == NULL)
		return complain(c, section, "next", "paging = next-url needs it");
	return 0;
}

void
paging_done(struct paging *p)
{
	expr_free(p->cursor);
	expr_free(p->next);
	expr_free(p->total);
	buf_done(&p->doubt);
	buf_done(&p->ret_url);
	buf_done(&p->ret_body);
}

static void
percent_encode(struct buf *out, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;
		if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    strchr("-._~", c) != NULL)
			buf_char(out, (char)c);
		else
			buf_fmt(out, "%%%02X", c);
	}
}

static void
add_param(struct buf *url, const char *name, const char *value)
{
	buf_char(url, strchr(buf_cstr(url), '?') ? '&' : '?');
	percent_encode(url, name);
	buf_char(url, '=');
	percent_encode(url, value);
}

/* ---- placeholders */

struct place {
	const char *name, *value;
};

/* Copies `template` with the placeholders replaced; returns how many were. */
static size_t
fill_in(struct buf *out, const char *template, const struct place *places, bool encode)
{
	size_t found = 0;
	while (*template != '\0') {
		const struct place *p = places;
		while (p->name != NULL && strncmp(template, p->name, strlen(p->name)) != 0)
			p++;
		if (p->name == NULL) {
			buf_char(out, *template++);
			continue;
		}
		found++;
		template += strlen(p->name);
		if (encode)
			percent_encode(out, p->value);
		else
			buf_str(out, p->value);
	}
	return found;
}

struct numbers {
	char page[24], offset[24], limit[24];
};

static void
write_numbers(const struct paging *p, struct numbers *n)
{
	(void)snprintf(n->page, sizeof n->page, "%lld", (long long)(p->first_page + p->page));
	(void)snprintf(n->offset, sizeof n->offset, "%llu", (unsigned long long)p->items);
	(void)snprintf(n->limit, sizeof n->limit, "%lld", (long long)p->page_size);
}

static void
add_params(struct paging *p, const struct numbers *n, const char *cursor)
{
	if (p->style == PAGING_PAGE)
		add_param(&p->ret_url, p->page_param, n->page);
	if (p->style == PAGING_OFFSET)
		add_param(&p->ret_url, p->offset_param, n->offset);
	if (p->style == PAGING_CURSOR && cursor != NULL)
		add_param(&p->ret_url, p->cursor_param, cursor);
	if (p->page_size > 0 && p->size_param != NULL)
		add_param(&p->ret_url, p->size_param, n->limit);
}

/* The request for the page that p->page, p->items and `cursor` say. */
static void
build(struct paging *p, const char *cursor, struct vigie_request *ret)
{
	struct numbers n;
	write_numbers(p, &n);
	const struct place places[] = {
		{ "{page}", n.page }, { "{offset}", n.offset }, { "{limit}", n.limit },
		{ "{cursor}", cursor ? cursor : "" }, { NULL, NULL },
	};
	buf_clear(&p->ret_url);
	buf_clear(&p->ret_body);
	size_t found = fill_in(&p->ret_url, p->url, places, true);
	if (p->body != NULL)
		found += fill_in(&p->ret_body, p->body, places, false);
	if (found == 0)
		add_params(p, &n, cursor);
	ret->url = buf_cstr(&p->ret_url);
	ret->body = p->body ? buf_cstr(&p->ret_body) : NULL;
}

void
paging_first(struct paging *p, struct vigie_request *ret)
{
	build(p, NULL, ret);
}

/* ---- what the answer names */

static const char *const no_languages[] = { NULL };

static const cJSON *
envelope_node(const struct expr *e, const cJSON *envelope)
{
	struct expr_scope scope = { envelope, NULL, no_languages };
	return e && envelope ? expr_node(e, &scope) : NULL;
}

enum said { NOTHING, VALUE, WRONG };

static bool
is_true(const cJSON *node)
{
	return cJSON_IsTrue(node) || (cJSON_IsString(node) && strcmp(node->valuestring, "true") == 0);
}

/* null and its kin: false, an empty text, what holds nothing else, and
 * xsi:nil="true" in XML (lib/xml_tree.h). */
static bool
is_nothing(const cJSON *node)
{
	const cJSON *c;
	if (cJSON_IsString(node))
		return node->valuestring[0] == '\0';
	if (!cJSON_IsArray(node) && !cJSON_IsObject(node))
		return node == NULL || cJSON_IsNull(node) || cJSON_IsFalse(node);
	if (is_true(cJSON_GetObjectItemCaseSensitive(node, "@nil")) ||
	    is_true(cJSON_GetObjectItemCaseSensitive(node, "@xsi:nil")))
		return true;
	cJSON_ArrayForEach(c, node)
		if (!is_nothing(c))
			return false;
	return true;
}

/* The one text or number of a node, appended. */
static enum said
node_text(const cJSON *node, struct buf *out)
{
	enum vigie_value_type type;
	if (is_nothing(node))
		return NOTHING;
	bool several = cJSON_IsArray(node) && node->child->next != NULL;
	if (several || !expr_node_value(node, no_languages, EXPR_FIRST, out, &type) || type == VIGIE_BOOL)
		return WRONG;
	return VALUE;
}

static void
tell_wrong(const char *option, const char *wanted, const struct expr *e, const cJSON *envelope, struct buf *out)
{
	buf_fmt(out, "« %s » gives no %s: ", option, wanted);
	explain_wrong(e, envelope, out);
}

static int
wrong(struct paging *p, const char *option, const char *wanted, const struct expr *e, const cJSON *envelope)
{
	struct buf text = BUF_INIT;
	tell_wrong(option, wanted, e, envelope, &text);
	p->host->fail(p->run, VIGIE_WRONG_SHAPE, buf_cstr(&text));
	buf_done(&text);
	return -1;
}

/* Less than 0 is how some say that they do not know. */
bool
paging_total(struct paging *p, const cJSON *envelope)
{
	struct buf text = BUF_INIT;
	int64_t total = -1;
	enum said said = node_text(envelope_node(p->total, envelope), &text);
	if (said == VALUE && num_int(text.data, text.len, INT64_MIN, INT64_MAX, &total) != 0)
		said = WRONG;
	buf_done(&text);
	if (said == WRONG && p->doubt.len == 0)
		tell_wrong("total", "whole number", p->total, envelope, &p->doubt);
	if (total >= 0)
		p->total_seen = total;
	return total >= 0;
}

void
paging_doubt(struct paging *p, const char *why)
{
	if (p->doubt.len == 0)
		buf_str(&p->doubt, why);
}

/* after=["a","b"] is sent as after[]=a&after[]=b. */
static enum said
next_cursors(struct paging *p, const cJSON *array, struct vigie_request *ret)
{
	const cJSON *c;
	struct buf text = BUF_INIT;
	enum said all = NOTHING, said;
	build(p, NULL, ret);
	cJSON_ArrayForEach(c, array) {
		buf_clear(&text);
		said = node_text(c, &text);
		if (said == VALUE)
			add_param(&p->ret_url, p->cursor_param, text.data);
		all = said > all ? said : all;
	}
	ret->url = buf_cstr(&p->ret_url);
	buf_done(&text);
	return all;
}

static int
next_cursor(struct paging *p, const cJSON *envelope, struct vigie_next *ret)
{
	const cJSON *node = envelope_node(p->cursor, envelope);
	struct buf text = BUF_INIT;
	enum said said;
	if (cJSON_IsArray(node)) {
		said = next_cursors(p, node, &ret->request);
	} else if ((said = node_text(node, &text)) == VALUE) {
		build(p, text.data, &ret->request);
	}
	buf_done(&text);
	ret->more = said == VALUE;
	return said == WRONG ? wrong(p, "cursor", "token", p->cursor, envelope) : 0;
}

/* All were read, or an empty page's token is the one that it was asked with. */
static int
next_after_none(struct paging *p, const cJSON *envelope, struct vigie_next *ret)
{
	ret->more = false;
	if (p->total_seen >= 0 && p->items >= (uint64_t)p->total_seen)
		return 0;
	if (++p->empty == PAGING_EMPTY_MAX) {
		p->host->fail(p->run, VIGIE_WRONG_SHAPE, "100 pages in a row have no items, and each names a token for another: "
		    "« total » would say where they end");
		return -1;
	}
	char *url = xstrdup(buf_cstr(&p->ret_url)), *body = xstrdup(buf_cstr(&p->ret_body));
	int rc = next_cursor(p, envelope, ret);
	if (strcmp(url, buf_cstr(&p->ret_url)) == 0 && strcmp(body, buf_cstr(&p->ret_body)) == 0)
		ret->more = false;
	free(url);
	free(body);
	return rc;
}

static int
next_link(struct paging *p, const cJSON *envelope, const struct vigie_answer *answer, uint64_t items,
    struct vigie_next *ret)
{
	buf_clear(&p->ret_url);
	enum said said = node_text(envelope_node(p->next, envelope), &p->ret_url);
	ret->request = (struct vigie_request){ buf_cstr(&p->ret_url), p->body };
	ret->more = said == VALUE && !(items == 0 && strcmp(ret->request.url, answer->url) == 0);
	return said == WRONG ? wrong(p, "next", "link", p->next, envelope) : 0;
}

static int
next_header(struct paging *p, const struct vigie_answer *answer, uint64_t items, struct vigie_next *ret)
{
	buf_clear(&p->ret_url);
	int found = link_header_find(answer->link, "next", &p->ret_url);
	ret->request = (struct vigie_request){ buf_cstr(&p->ret_url), p->body };
	ret->more = found == 1 && !(items == 0 && strcmp(ret->request.url, answer->url) == 0);
	if (found != -1)
		return 0;
	p->host->fail(p->run, VIGIE_WRONG_SHAPE, "the Link header is not written as it should be: <ADDRESS>; rel=\"next\"");
	return -1;
}

/* Numbered pages end with the total, with an empty page, or with "next": null. */
static bool
next_number(struct paging *p, const cJSON *envelope, uint64_t items, struct vigie_request *ret)
{
	const cJSON *next = envelope_node(p->next, envelope);
	if (items == 0 || (next != NULL && (cJSON_IsNull(next) || cJSON_IsFalse(next))))
		return false;
	if (p->total_seen >= 0 && p->items >= (uint64_t)p->total_seen)
		return false;
	build(p, NULL, ret);
	return true;
}

static int
next_page(struct paging *p, const cJSON *envelope, const struct vigie_answer *answer, uint64_t items,
    struct vigie_next *ret)
{
	switch (p->style) {
	case PAGING_NONE:
		ret->more = false;
		return 0;
	case PAGING_PAGE:
	case PAGING_OFFSET:
		ret->more = next_number(p, envelope, items, &ret->request);
		return 0;
	case PAGING_CURSOR:
		p->empty = items > 0 ? 0 : p->empty;
		return items > 0 ? next_cursor(p, envelope, ret) : next_after_none(p, envelope, ret);
	case PAGING_NEXT_URL:
		return next_link(p, envelope, answer, items, ret);
	case PAGING_LINK_HEADER:
		return next_header(p, answer, items, ret);
	}
	return -1;
}

int
paging_next(struct paging *p, const cJSON *envelope, const struct vigie_answer *answer, uint64_t items,
    struct vigie_next *ret)
{
	p->page++;
	p->items += items;
	if (next_page(p, envelope, answer, items, ret) != 0)
		return -1;
	if (ret->more || p->doubt.len == 0)
		return 0;
	/* What came counts; whether it is all nobody knows. */
	p->host->fail(p->run, VIGIE_WRONG_SHAPE, buf_cstr(&p->doubt));
	return -1;
}

/* ---- RFC 8288 section 3 */

static const char *
skip_blank(const char *s)
{
	while (*s == ' ' || *s == '\t')
		s++;
	return s;
}

/* A token or a quoted string; past it.  A quote that some take for the other,
 * and that comes again, is meant as one. */
static const char *
link_value(const char *s, struct buf *out)
{
	const char *close = *s == '\'' ? strchr(s + 1, '\'') : NULL;
	buf_clear(out);
	if (close != NULL) {
		buf_add(out, s + 1, (size_t)(close - s) - 1);
		return close + 1;
	}
	if (*s != '"') {
		size_t len = strcspn(s, ",; \t");
		buf_add(out, s, len);
		return s + len;
	}
	for (s++; *s != '\0' && *s != '"'; s++) {
		if (*s == '\\' && s[1] != '\0')
			s++;
		buf_char(out, *s);
	}
	return *s == '"' ? s + 1 : s;
}

/* Is `rel` one of the relations in a list separated by spaces? */
static bool
has_relation(const char *list, const char *rel)
{
	size_t len = strlen(rel);
	while (*list != '\0') {
		size_t n = strcspn(list, " \t");
		if (n == len && strncasecmp(list, rel, len) == 0)
			return true;
		list += n;
		list += strspn(list, " \t");
	}
	return false;
}

/* The parameters of one link; past them.  The first rel counts. */
static const char *
link_params(const char *s, const char *rel, struct buf *value, bool *ret_match)
{
	bool rel_seen = false;
	*ret_match = false;
	for (s = skip_blank(s); *s == ';'; s = skip_blank(s)) {
		s = skip_blank(s + 1);
		size_t len = strcspn(s, "=,; \t");
		bool is_rel = len == 3 && strncasecmp(s, "rel", 3) == 0;
		s = skip_blank(s + len);
		if (*s != '=')
			continue;
		s = link_value(skip_blank(s + 1), value);
		if (is_rel && !rel_seen) {
			rel_seen = true;
			*ret_match = has_relation(buf_cstr(value), rel);
		}
	}
	return s;
}

int
link_header_find(const char *s, const char *rel, struct buf *out)
{
	struct buf value = BUF_INIT;
	bool match = false, odd = false;
	while (!match && *(s += strspn(s, " \t,")) != '\0') {
		const char *target = s + 1, *close = *s == '<' ? strpbrk(target, "<>") : NULL;
		if (close == NULL || *close != '>') {
			odd = true;
			s += strcspn(target, "<") + 1;
			continue;
		}
		s = link_params(close + 1, rel, &value, &match);
		if (match)
			buf_add(out, target, (size_t)(close - target));
	}
	buf_done(&value);
	return match ? 1 : odd ? -1 : 0;
}
