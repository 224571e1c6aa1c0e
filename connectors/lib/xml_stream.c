/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State: an item is open from the element that the path names to its end;
 * outside, elements go to the envelope.  Once `failed`, callbacks do nothing
 * and no more is fed.
 */
#include "lib/xml_stream.h"

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "lib/charset.h"
#include "lib/xml_guard.h"

enum { KNOWN_NAMESPACES = 16, MESSAGE_MAX_BYTES = 160, ERRORS_MAX = 1000 };

struct path {
	bool anywhere;
	char *segments[XML_PATH_SEGMENTS];
	size_t n;
};

struct xml_stream {
	struct xml_stream_options options;
	struct path paths[XML_PATHS];
	size_t n_paths;

	struct charset *charset;
	struct xml_guard *guard;
	xmlParserCtxtPtr parser;	/* of this document; NULL before the first */
	struct {
		const xmlChar *uri;	/* the parser's own, so addresses are compared */
		const char *prefix;	/* NULL: not one of ours */
	} known[KNOWN_NAMESPACES];
	size_t n_known;

	struct buf in, out;
	bool started;			/* something but space came */
	bool given;			/* the parser was given something but space */
	bool rooted;			/* the root began */
	bool ending;
	const char *stack[XML_DEPTH_MAX];	/* names of the open elements */
	unsigned depth;
	bool found;			/* the element that holds the items */
	unsigned item_depth;		/* 0: no item is open */
	const char *item_name;		/* of the last one */
	bool damaged;			/* there was an error in this item */
	struct xml_tree item, envelope;
	uint32_t *nested;		/* nodes of the item that are items by the path, too */
	size_t n_nested, nested_cap;

	size_t errors;
	bool failed;
	enum vigie_failure failure;
	char problem[MESSAGE_MAX_BYTES + 128];
};

/* ---- the items path */

static bool
add_segment(struct path *p, const char *s, size_t len)
{
	if (len == 0 || p->n == XML_PATH_SEGMENTS)
		return false;
	p->segments[p->n++] = xstrndup(s, len);
	return true;
}

static bool
read_path(struct path *p, const char *s, const char *end)
{
	if (s == end || *s != '/')
		return false;
	p->anywhere = end - s > 1 && s[1] == '/';
	s += p->anywhere ? 2 : 1;
	for (;;) {
		const char *slash = memchr(s, '/', (size_t)(end - s));
		if (!add_segment(p, s, (size_t)((slash != NULL ? slash : end) - s)))
			return false;
		if (slash == NULL)
			return true;
		s = slash + 1;
	}
}

static bool
read_paths(struct xml_stream *s, const char *text)
{
	for (;;) {
		const char *bar = strstr(text, " | ");
		const char *end = bar != NULL ? bar : text + strlen(text);
		if (s->n_paths == XML_PATHS || !read_path(&s->paths[s->n_paths++], text, end))
			return false;
		if (bar == NULL)
			return true;
		text = bar + 3;
	}
}

static bool
is_segment(const char *segment, const char *name)
{
	return strcmp(segment, name) == 0 || strcmp(segment, "*") == 0;
}

/* Do the first `n` segments fit the innermost open elements? */
static bool
fits(const struct xml_stream *s, const struct path *p, size_t n)
{
	if (p->anywhere ? s->depth < n : s->depth != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_segment(p->segments[n - 1 - i], s->stack[s->depth - 1 - i]))
			return false;
	return true;
}

static bool
is_item(struct xml_stream *s)
{
	for (size_t i = 0; i < s->n_paths; i++) {
		const struct path *p = &s->paths[i];
		if (fits(s, p, p->n))
			return s->found = true;
		if (p->anywhere || (p->n > 1 && fits(s, p, p->n - 1)))
			s->found = true;
	}
	return false;
}

/* ---- errors */

static void
fail_at(struct xml_stream *s, int line, enum vigie_failure why, const char *text)
{
	if (s->failed)
		return;
	s->failed = true;
	s->failure = why;
	(void)snprintf(s->problem, sizeof s->problem, "line %d: %s", line, text);
}

static void
fail(struct xml_stream *s, enum vigie_failure why, const char *text)
{
	fail_at(s, s->parser->input != NULL ? s->parser->input->line : 1, why, text);
}

/* The line of what was given to the parser last: it may not have read so far. */
static int
last_line(const struct xml_stream *s)
{
	const xmlParserInput *in = s->parser->input;
	int line = in != NULL ? in->line : 1;
	for (const xmlChar *p = in != NULL ? in->cur : NULL; p != NULL && p < in->end; p++)
		line += *p == '\n';
	return line;
}

/* One line of what libxml2 says. */
static void
copy_message(char *to, const char *from)
{
	size_t n = 0;
	for (; *from != '\0' && n < MESSAGE_MAX_BYTES; from++)
		to[n++] = (unsigned char)*from < 0x20 ? ' ' : *from;
	while (n > 0 && (to[n - 1] == ' ' || (unsigned char)to[n - 1] >= 0x80))
		n--;	/* a character may have been cut */
	to[n] = '\0';
}

#if LIBXML_VERSION >= 21200
typedef const xmlError parser_error;
#else
typedef xmlError parser_error;
#endif

static void
on_error(void *arg, parser_error *e)
{
	struct xml_stream *s = arg;
	char message[MESSAGE_MAX_BYTES + 1];
	if (e->level != XML_ERR_FATAL || s->failed)
		return;		/* such as a prefix that is not declared */
	s->damaged = true;
	if (s->ending && (s->depth > 0 || !s->rooted) && s->errors == 0) {
		fail(s, VIGIE_TRUNCATED, "the document stops before its end");
		return;
	}
	if (s->errors++ == 0) {
		copy_message(message, e->message != NULL ? e->message : "");
		s->failure = VIGIE_WRONG_FORMAT;
		(void)snprintf(s->problem, sizeof s->problem, "line %d, column %d: this is not well-formed XML: %s",
		    e->line, e->int2, message);
	}
	s->failed = !s->options.mend || s->errors >= ERRORS_MAX;
}

/* ---- names */

static const char *
prefix_of(struct xml_stream *s, const xmlChar *uri)
{
	const char *prefix = NULL;
	for (size_t i = 0; i < s->n_known; i++)
		if (s->known[i].uri == uri)
			return s->known[i].prefix;
	for (const struct xml_namespace *n = s->options.namespaces; n->uri != NULL && prefix == NULL; n++)
		if (strcmp(n->uri, (const char *)uri) == 0)
			prefix = n->prefix;
	if (s->n_known < KNOWN_NAMESPACES) {
		s->known[s->n_known].uri = uri;
		s->known[s->n_known++].prefix = prefix;
	}
	return prefix;
}

/* The one address of a name; NULL: failed. */
static const char *
name_of(struct xml_stream *s, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	const char *name = (const char *)local;
	if (s->options.namespaces != NULL) {
		const char *ours = uri != NULL ? prefix_of(s, uri) : NULL;
		const xmlChar *p = ours != NULL ? (const xmlChar *)ours : prefix;
		if (p != NULL && *p != '\0')
			name = (const char *)xmlDictQLookup(s->parser->dict, p, local);
	}
	if (name == NULL || strlen(name) > XML_NAME_MAX_BYTES) {
		fail(s, VIGIE_TOO_BIG, name == NULL ? "it has more than 1 MiB of names" :
		    "a name is longer than 256 bytes");
		return NULL;
	}
	return name;
}

/* ---- elements */

static struct xml_tree *
current(struct xml_stream *s)
{
	return s->item_depth > 0 ? &s->item : s->options.keep_envelope || s->depth <= 1 ? &s->envelope : NULL;
}

static void
end_item(struct xml_stream *s, bool whole)
{
	const char *problem = s->item.problem;
	if (problem == NULL && (s->damaged || !whole))
		problem = s->errors > 0 ? s->problem : "the item does not end";
	s->item_depth = 0;
	s->damaged = false;
	s->options.item(s->options.arg, &s->item, problem);
}

static void
start_item(struct xml_stream *s, const char *name)
{
	s->item_depth = s->depth;
	s->item_name = name;
	s->damaged = false;
	s->n_nested = 0;
	xml_tree_clear(&s->item);
}

static void
add_nested(struct xml_stream *s)
{
	if (s->n_nested == s->nested_cap) {
		s->nested_cap = s->nested_cap > 0 ? s->nested_cap * 2 : 16;
		s->nested = xrealloc(s->nested, s->nested_cap, sizeof *s->nested);
	}
	s->nested[s->n_nested++] = s->item.open;
}

/* The element that was opened last, in an item. */
static void
note_nested(struct xml_stream *s)
{
	for (size_t i = 0; i < s->n_paths; i++) {
		if (s->item.skipped > 0 || !fits(s, &s->paths[i], s->paths[i].n))
			continue;
		add_nested(s);
		return;
	}
}

static bool
is_web_page(const char *root)
{
	return strcasecmp(root, "html") == 0 || strcasecmp(root, "head") == 0 || strcasecmp(root, "body") == 0;
}

static void
enter(struct xml_stream *s, const char *name)
{
	if (s->depth == XML_DEPTH_MAX) {
		fail(s, VIGIE_TOO_DEEP, "elements are nested more than 200 deep");
		return;
	}
	s->stack[s->depth++] = name;
	s->rooted = true;
	if (s->depth == 1 && is_web_page(name))
		fail(s, VIGIE_WRONG_FORMAT, "a web page came where XML was expected");
	/* After an error an item may not end where it should, and the next ones
	 * are deeper than the path says. */
	bool another = s->errors > 0 && name == s->item_name;
	if (s->item_depth > 0 && s->damaged && another)
		end_item(s, false);
	if (s->item_depth == 0 && (is_item(s) || another))
		start_item(s, name);
}

static void
on_start(void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int n_namespaces,
    const xmlChar **namespaces, int n_attributes, int n_defaulted, const xmlChar **attributes)
{
	struct xml_stream *s = arg;
	(void)n_namespaces;
	(void)namespaces;
	(void)n_defaulted;
	const char *name = s->failed ? NULL : name_of(s, local, prefix, uri);
	if (name == NULL)
		return;
	enter(s, name);
	struct xml_tree *t = current(s);
	if (s->failed || t == NULL)
		return;
	xml_tree_open(t, name);
	if (s->item_depth > 0 && s->depth > s->item_depth)
		note_nested(s);
	for (int i = 0; i < n_attributes; i++, attributes += 5) {
		const char *attribute = name_of(s, attributes[0], attributes[1], attributes[2]);
		if (attribute == NULL)
			return;
		xml_tree_attribute(t, attribute, (const char *)attributes[3],
		    (size_t)(attributes[4] - attributes[3]));
	}
}

static void
on_end(void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml_stream *s = arg;
	(void)local;
	(void)prefix;
	(void)uri;
	if (s->failed || s->depth == 0)
		return;
	struct xml_tree *t = current(s);
	if (t != NULL)
		xml_tree_close(t);
	if (s->item_depth == s->depth)
		end_item(s, true);
	s->depth--;
}

/* Space between elements of the envelope: a line for each item that stood there. */
static bool
is_gap(const struct xml_tree *t, const char *text, size_t len)
{
	uint32_t last = t->n > 0 ? t->node[t->open].last : 0;
	if (last != 0 && t->node[last].kind == XML_TEXT)
		return false;
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	return len == 0;
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct xml_stream *s = arg;
	const char *t = (const char *)text;
	size_t n = len > 0 ? (size_t)len : 0;
	if (s->failed || n == 0)
		return;
	if (s->item_depth > 0)
		xml_tree_text(&s->item, t, n);
	else if (s->options.keep_envelope && !is_gap(&s->envelope, t, n))
		xml_tree_text(&s->envelope, t, n);
}

/* ---- bytes */

static void
parse(struct xml_stream *s, const char *text, size_t len, bool last)
{
	if (s->failed || s->parser == NULL)
		return;
	(void)xmlParseChunk(s->parser, text, (int)len, last);
}

/* A document of another kind says so with its first byte. */
static void
look_at_start(struct xml_stream *s)
{
	const char *p = buf_cstr(&s->in);
	p += strspn(p, " \t\r\n");
	if (*p == '\0')
		return;
	s->started = true;
	if (*p == '{' || *p == '[')
		fail(s, VIGIE_WRONG_FORMAT, "JSON came where XML was expected");
	else if (*p != '<')
		fail(s, VIGIE_WRONG_FORMAT, "this is not an XML document");
}

static int
feed(struct xml_stream *s, const char *chunk, size_t len, bool last)
{
	enum vigie_failure why;
	charset_decode(s->charset, chunk, len, last, &s->in);
	if (!s->started)
		look_at_start(s);
	if (s->failed)
		return -1;
	buf_clear(&s->out);
	size_t n = xml_guard_filter(s->guard, buf_cstr(&s->in), s->in.len, last, &s->out);
	s->given |= strspn(buf_cstr(&s->out), " \t\r\n") < s->out.len;
	if (s->out.len > 0)
		parse(s, s->out.data, s->out.len, false);
	if (n > 0) {
		memmove(s->in.data, s->in.data + n, s->in.len - n);
		buf_cut(&s->in, s->in.len - n);
	}
	const char *problem = xml_guard_problem(s->guard, &why);
	if (problem != NULL)
		fail_at(s, last_line(s), why, problem);
	return s->failed ? -1 : 0;
}

int
xml_stream_feed(struct xml_stream *s, const char *chunk, size_t len)
{
	if (s->failed)
		return -1;
	return feed(s, chunk, len, false);
}

int
xml_stream_end(struct xml_stream *s)
{
	if (s->failed)
		return -1;
	s->ending = true;
	if (feed(s, "", 0, true) != 0)
		return -1;
	if (!s->given)
		fail(s, VIGIE_WRONG_FORMAT, s->started ? "there is no element in it" : "the answer is empty");
	parse(s, NULL, 0, true);
	if (s->errors > 0)
		s->failed = true;
	else if (s->depth > 0)
		fail(s, VIGIE_TRUNCATED, "the document stops before its end");
	else if (!s->found)
		fail(s, VIGIE_WRONG_SHAPE, "there is no element where the items should be");
	return s->failed ? -1 : 0;
}

enum vigie_failure
xml_stream_failure(const struct xml_stream *s)
{
	return s->failure;
}

const char *
xml_stream_problem(const struct xml_stream *s)
{
	return s->problem;
}

const uint32_t *
xml_stream_nested(const struct xml_stream *s, size_t *ret_n)
{
	*ret_n = s->n_nested;
	return s->nested;
}

const struct xml_tree *
xml_stream_envelope(const struct xml_stream *s)
{
	return &s->envelope;
}

/* ---- life */

struct xml_stream *
xml_stream_new(const struct xml_stream_options *options)
{
	struct xml_stream *s = xcalloc(1, sizeof *s);
	s->options = *options;
	xml_tree_init(&s->item, options->max_item_bytes, options->max_depth);
	xml_tree_init(&s->envelope, XML_ENVELOPE_MAX_BYTES, XML_DEPTH_MAX);
	s->charset = charset_new();
	s->guard = xml_guard_new(options->mend);
	if (read_paths(s, options->items))
		return s;
	xml_stream_free(s);
	return NULL;
}

static void
drop_parser(struct xml_stream *s)
{
	if (s->parser != NULL)
		xmlFreeParserCtxt(s->parser);
	s->parser = NULL;
}

void
xml_stream_free(struct xml_stream *s)
{
	if (s == NULL)
		return;
	drop_parser(s);
	charset_free(s->charset);
	xml_guard_free(s->guard);
	xml_tree_done(&s->item);
	xml_tree_done(&s->envelope);
	buf_done(&s->in);
	buf_done(&s->out);
	free(s->nested);
	for (size_t i = 0; i < s->n_paths; i++)
		for (size_t j = 0; j < s->paths[i].n; j++)
			free(s->paths[i].segments[j]);
	free(s);
}

static void
new_parser(struct xml_stream *s)
{
	xmlSAXHandler sax = { .initialized = XML_SAX2_MAGIC, .startElementNs = on_start, .endElementNs = on_end,
		.characters = on_text, .ignorableWhitespace = on_text, .cdataBlock = on_text, .serror = on_error };
	s->parser = xmlCreatePushParserCtxt(&sax, s, NULL, 0, NULL);
	if (s->parser == NULL)
		abort();	/* out of memory */
	/* References are numbers by now; NOENT has them replaced in attributes. */
	(void)xmlCtxtUseOptions(s->parser, XML_PARSE_NOENT | XML_PARSE_NONET | (s->options.mend ? XML_PARSE_RECOVER : 0));
	(void)xmlDictSetLimit(s->parser->dict, XML_NAMES_MAX_BYTES);
}

void
xml_stream_reset(struct xml_stream *s, const char *content_type)
{
	drop_parser(s);
	new_parser(s);
	charset_reset(s->charset, content_type);
	xml_guard_reset(s->guard);
	xml_tree_clear(&s->item);
	xml_tree_clear(&s->envelope);
	buf_clear(&s->in);
	s->n_known = 0;
	s->started = s->given = s->rooted = s->ending = s->found = s->damaged = s->failed = false;
	s->depth = s->item_depth = 0;
	s->item_name = NULL;
	s->errors = 0;
	s->problem[0] = '\0';
}
