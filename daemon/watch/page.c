/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page becomes lines of text (libxml2's HTML parser as a stream of events:
 * no tree, no depth, nothing fetched), lines become sentences, sentences are
 * searched for cues (cue.h).
 *
 * What a listing says of its own restaurant must not close the partner: on a
 * long page a phrase counts if it stands in the title or the first heading,
 * if it is said of the service itself, or if others stand close by.
 */
#include "watch/page.h"

#include <cjson/cJSON.h>
#include <libxml/HTMLparser.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "normalise/text.h"
#include "watch/cue.h"

enum {
	JSON_BYTES_MAX = 16 * 1024,	/* a message, not a catalogue */
	JSON_DEPTH_MAX = 16,
	SHORT_WORDS = 120,	/* a page that is nothing but a notice */
	SHELL_WORDS = 60,	/* a page that hides its words in scripts */
	WORDS_MAX = 20000,	/* a notice stands before them: the loop does not wait for the rest */
	HITS_MAX = 64,
	NEAR_SENTENCES = 3,
	ALIKE_BITS = 8,		/* of 64 that may differ */
	HEADING = '\002',	/* before a title's or first heading's text */
};

struct hit {
	struct cue_hit cue;
	size_t sentence;
	bool prominent;
	const char *text;
	size_t len;
};

struct reader {
	struct buf text;	/* lines */
	unsigned silent;	/* inside so many elements that are not shown */
	struct cue_sentence sentence;
	struct hit hits[HITS_MAX];
	size_t n_hits, n_sentences, n_words;
	int votes[64];		/* of the simhash */
	uint64_t previous;	/* word's hash */
};

/* ---- lines */

static const char *const hidden[] = { "script", "style", "noscript", "template", "svg", "select", "textarea", "iframe" };
static const char *const inlines[] = {
	"a", "abbr", "b", "big", "cite", "code", "em", "font", "i", "mark", "small", "span", "strong", "sub", "sup", "time",
	"u", "s", "q", "label",
};

static bool
is_one_of(const xmlChar *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp((const char *)name, names[i]) == 0)
			return true;
	return false;
}

#define ONE_OF(name, table) is_one_of(name, table, sizeof(table) / sizeof *(table))

static void
on_start(void *ctx, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *r = ctx;
	(void)attributes;
	if (ONE_OF(name, hidden))
		r->silent++;
	if (ONE_OF(name, inlines))
		return;
	buf_char(&r->text, '\n');
	if (strcmp((const char *)name, "title") == 0 || strcmp((const char *)name, "h1") == 0)
		buf_char(&r->text, HEADING);
}

static void
on_end(void *ctx, const xmlChar *name)
{
	struct reader *r = ctx;
	if (ONE_OF(name, hidden) && r->silent > 0)
		r->silent--;
	if (!ONE_OF(name, inlines))
		buf_char(&r->text, '\n');
}

static void
on_text(void *ctx, const xmlChar *s, int len)
{
	struct reader *r = ctx;
	if (r->silent > 0)
		return;
	size_t start = r->text.len;
	buf_add(&r->text, s, (size_t)len);
	for (size_t i = start; i < r->text.len; i++)
		if ((unsigned char)r->text.data[i] < ' ')
			r->text.data[i] = ' ';
}

static void
on_raw(void *ctx, const xmlChar *s, int len)
{
	(void)ctx;
	(void)s;
	(void)len;
}

static void
read_html(struct reader *r, const struct buf *clean)
{
	xmlInitParser();
	htmlParserCtxtPtr parser = htmlNewParserCtxt();
	if (parser == NULL)
		abort();
	memset(parser->sax, 0, sizeof *parser->sax);
	parser->sax->startElement = on_start;
	parser->sax->endElement = on_end;
	parser->sax->characters = on_text;
	parser->sax->ignorableWhitespace = on_text;
	parser->sax->cdataBlock = on_raw;
	parser->userData = r;
	xmlDocPtr doc = htmlCtxtReadMemory(parser, buf_cstr(clean), (int)clean->len, NULL, "UTF-8",
	    HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET);
	xmlFreeDoc(doc);
	htmlFreeParserCtxt(parser);
}

static void
read_strings(struct reader *r, const cJSON *node, unsigned depth)
{
	const cJSON *child;
	if (cJSON_IsString(node)) {
		buf_str(&r->text, node->valuestring);
		buf_char(&r->text, '\n');
	}
	if (depth < JSON_DEPTH_MAX)
		cJSON_ArrayForEach(child, node)
			read_strings(r, child, depth + 1);
}

static void
read_json(struct reader *r, const struct buf *clean)
{
	cJSON *document = clean->len <= JSON_BYTES_MAX ? cJSON_ParseWithLength(buf_cstr(clean), clean->len) : NULL;
	if (document != NULL)
		read_strings(r, document, 0);
	cJSON_Delete(document);
}

/* ---- sentences */

static void
vote(struct reader *r, uint64_t hash)
{
	for (unsigned bit = 0; bit < 64; bit++)
		r->votes[bit] += hash >> bit & 1 ? 1 : -1;
}

/* Words and pairs of words make the likeness; numbers are details. */
static void
weigh_words(struct reader *r)
{
	for (size_t i = 0; i < r->sentence.n; i++) {
		const char *word = r->sentence.words[i].text;
		if (strpbrk(word, "0123456789") != NULL)
			continue;
		uint64_t hash = XXH3_64bits(word, strlen(word)), pair[2] = { r->previous, hash };
		vote(r, hash);
		vote(r, XXH3_64bits(pair, sizeof pair));
		r->previous = hash;
	}
}

static void
read_sentence(struct reader *r, const char *s, size_t len, bool prominent)
{
	struct cue_hit found[CUE_FAMILIES];
	cue_words(s, len, &r->sentence);
	if (r->sentence.n == 0)
		return;
	weigh_words(r);
	r->n_words += r->sentence.n;
	size_t n = cue_find(&r->sentence, found);
	for (size_t i = 0; i < n && r->n_hits < HITS_MAX; i++)
		r->hits[r->n_hits++] = (struct hit){ found[i], r->n_sentences, prominent, s, len };
	r->n_sentences++;
}

static bool
ends_sentence(const char *s, size_t len)
{
	bool mark = *s == '.' || *s == '!' || *s == '?' || *s == ';';
	return mark && (len < 2 || s[1] == ' ' || s[1] == '\n');
}

/* Bytes of the sentence at `s`, of one line. */
static size_t
sentence_len(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (i >= CUE_SENTENCE_MAX && s[i] == ' ')
			return i;
		if (i >= 2 * CUE_SENTENCE_MAX && utf8_sequence(s + i, len - i) > 0)
			return i;
		if (ends_sentence(s + i, len - i))
			return i + 1;
	}
	return len;
}

static void
read_lines(struct reader *r)
{
	const char *s = buf_cstr(&r->text), *end = s + r->text.len;
	while (s < end && r->n_words < WORDS_MAX) {
		const char *feed = memchr(s, '\n', (size_t)(end - s)), *stop = feed != NULL ? feed : end;
		bool prominent = *s == HEADING;
		for (s += prominent; s < stop && r->n_words < WORDS_MAX;) {
			size_t len = sentence_len(s, (size_t)(stop - s));
			read_sentence(r, s, len, prominent);
			s += len;
		}
		s = stop + 1;
	}
}

static uint64_t
likeness(const struct reader *r)
{
	uint64_t hash = 0;
	for (unsigned bit = 0; bit < 64; bit++)
		hash |= (uint64_t)(r->votes[bit] > 0) << bit;
	return hash;
}

/* ---- verdict */

static const struct hit *
find_hit(const struct reader *r, enum cue_family family)
{
	for (size_t i = 0; i < r->n_hits; i++)
		if (r->hits[i].cue.family == family)
			return &r->hits[i];
	return NULL;
}

static void
settle(struct page_reading *ret, enum page_kind kind, unsigned cues, const struct hit *hit)
{
	struct buf quote = BUF_INIT;
	ret->kind = kind;
	ret->cues = cues;
	if (hit == NULL)
		return;
	(void)text_clean(&quote, hit->text, hit->len, TEXT_ONE_LINE);
	(void)snprintf(ret->quote, sizeof ret->quote, "%.*s",
	    (int)text_prefix(buf_cstr(&quote), quote.len, sizeof ret->quote - 1), buf_cstr(&quote));
	buf_done(&quote);
}

/* Ordinary pages also carry a content network's scripts. */
static bool
is_challenge(const struct reader *r, const struct buf *lower, struct page_reading *ret)
{
	const struct hit *hit = find_hit(r, CUE_CHECK);
	bool mark = r->n_words <= SHELL_WORDS && cue_marked(MARK_CHALLENGE, buf_cstr(lower), lower->len);
	unsigned cues = (unsigned)(hit != NULL) + mark;
	if (r->n_words > SHORT_WORDS || cues == 0)
		return false;
	if (cues == 1 && hit != NULL && !hit->prominent)
		return false;
	settle(ret, PAGE_CHALLENGE, cues, hit);
	return true;
}

static bool
is_parked(const struct reader *r, const struct buf *lower, struct page_reading *ret)
{
	const struct hit *sale = find_hit(r, CUE_SALE), *maybe = find_hit(r, CUE_SALE_MAYBE), *ads = find_hit(r, CUE_ADS);
	const struct hit *hit = sale != NULL ? sale : maybe;
	bool mark = cue_marked(MARK_PARK, buf_cstr(lower), lower->len);
	unsigned cues = (unsigned)(hit != NULL) + (ads != NULL) + mark;
	bool plain = sale != NULL && (sale->prominent || r->n_words <= SHELL_WORDS);
	if (r->n_words > 2 * SHORT_WORDS || (cues < 2 && !plain))
		return false;
	settle(ret, PAGE_PARKED, cues, hit != NULL ? hit : ads);
	return true;
}

/* How many families of cues stand around sentence `at`. */
static unsigned
cues_near(const struct reader *r, size_t at)
{
	bool seen[CUE_FAMILIES] = { false };
	unsigned n = 0;
	for (size_t i = 0; i < r->n_hits; i++) {
		const struct hit *h = &r->hits[i];
		size_t distance = h->sentence > at ? h->sentence - at : at - h->sentence;
		if (distance > NEAR_SENTENCES && r->n_words > SHORT_WORDS)
			continue;
		if (h->cue.family <= CUE_DATA && !seen[h->cue.family]) {
			seen[h->cue.family] = true;
			n++;
		}
	}
	return n;
}

static bool
is_end(const struct reader *r, const struct hit *h)
{
	if (h->cue.family != CUE_END)
		return false;
	if (r->n_words > SHORT_WORDS && !h->prominent)
		return h->cue.final && h->cue.ours;
	return h->cue.plain || h->prominent;
}

/* "X rejoint Y : inscrivez-vous à l'app", in one sentence, or alone in two. */
static bool
is_merger(const struct reader *r, const struct hit *h)
{
	if (h->cue.family != CUE_JOINS)
		return false;
	size_t last = h->sentence + (r->n_words <= SHORT_WORDS);
	for (size_t i = 0; i < r->n_hits; i++)
		if (r->hits[i].cue.family == CUE_MIGRATES && r->hits[i].sentence >= h->sentence && r->hits[i].sentence <= last)
			return true;
	return false;
}

static bool
is_closing(const struct reader *r, struct page_reading *ret)
{
	for (size_t i = 0; i < r->n_hits; i++) {
		const struct hit *h = &r->hits[i];
		unsigned cues = cues_near(r, h->sentence);
		bool merger = is_merger(r, h);
		bool stops = (h->cue.family == CUE_END || h->cue.family == CUE_UNAVAILABLE) &&
		    (h->cue.ours || r->n_words <= SHORT_WORDS);
		if (!merger && !is_end(r, h) && !(stops && cues >= 2))
			continue;
		settle(ret, PAGE_CLOSING, merger ? 2 : cues, h);
		return true;
	}
	return false;
}

static bool
is_json(const char *body, size_t len, const char *type)
{
	size_t i = 0;
	if (strcasestr(type, "json") != NULL)
		return true;
	while (i < len && (body[i] == ' ' || body[i] == '\n' || body[i] == '\r' || body[i] == '\t'))
		i++;
	return strcasestr(type, "html") == NULL && i < len && (body[i] == '{' || body[i] == '[');
}

static bool
is_text(const char *type)
{
	return *type == '\0' || strncasecmp(type, "text/", 5) == 0 || strcasestr(type, "html") != NULL ||
	    strcasestr(type, "json") != NULL || strcasestr(type, "xml") != NULL;
}

/* Cleaned and cut, and in lower case: what marks are looked for in. */
static void
clean_body(const char *body, size_t len, struct buf *clean, struct buf *lower)
{
	(void)text_clean(clean, body, len < PAGE_BYTES_MAX ? len : PAGE_BYTES_MAX, TEXT_LINES);
	if (clean->len > PAGE_BYTES_MAX)
		buf_cut(clean, text_prefix(buf_cstr(clean), clean->len, PAGE_BYTES_MAX));
	if (clean->len > 0) {
		buf_add(lower, clean->data, clean->len);
		text_lower(lower->data, lower->len);
	}
}

void
page_read(const char *body, size_t len, const char *type, struct page_reading *ret)
{
	struct buf clean = BUF_INIT, lower = BUF_INIT;
	memset(ret, 0, sizeof *ret);
	if (!is_text(type))
		return;
	struct reader *r = xcalloc(1, sizeof *r);
	clean_body(body, len, &clean, &lower);
	if (is_json(buf_cstr(&clean), clean.len, type))
		read_json(r, &clean);
	else if (clean.len > 0)
		read_html(r, &clean);
	read_lines(r);
	ret->likeness = likeness(r);
	if (!is_challenge(r, &lower, ret) && !is_parked(r, &lower, ret) && !is_closing(r, ret))
		settle(ret, r->n_words == 0 ? PAGE_EMPTY : PAGE_ORDINARY, 0, NULL);
	buf_done(&r->text);
	free(r);
	buf_done(&clean);
	buf_done(&lower);
}

bool
page_alike(uint64_t likeness_a, uint64_t likeness_b)
{
	return __builtin_popcountll(likeness_a ^ likeness_b) <= ALIKE_BITS;
}
