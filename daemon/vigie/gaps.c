/* SPDX-License-Identifier: Apache-2.0 */
#include "vigie/gaps.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "show/table.h"

enum { TEXT_SHOWN_BYTES = 600, ID_SHOWN_BYTES = 60 };

void
gaps_done(struct gaps *g)
{
	for (size_t i = 0; i < g->n; i++) {
		free(g->list[i].field);
		free(g->list[i].text);
		free(g->list[i].id);
	}
	g->n = 0;
}

void
gaps_add(struct gaps *g, const struct intake_remark *remark, enum gap_kind kind, struct text id)
{
	for (size_t i = 0; i < g->n; i++) {
		struct gap *gap = &g->list[i];
		if (gap->kind == kind && strcmp(gap->field, remark->field) == 0) {
			gap->count++;
			return;
		}
	}
	if (g->n == GAPS_MAX)
		return;
	/* Without an identifier there is no listing yet: the last one is another item's. */
	bool own = strcmp(remark->field, "id") != 0 && strcmp(remark->field, "place_id") != 0 &&
	    strcmp(remark->field, "places") != 0;
	g->list[g->n++] = (struct gap){ xstrdup(remark->field), xstrdup(remark->text),
	    own && id.s != NULL ? xstrndup(id.s, id.len) : xstrdup(""), kind, 1, remark->item };
}

static int
by_count(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;
	return x->count != y->count ? (x->count < y->count) - (x->count > y->count) : strcmp(x->field, y->field);
}

void
gaps_sort(struct gaps *g)
{
	qsort(g->list, g->n, sizeof *g->list, by_count);
}

static const char *
what(const struct gap *gap)
{
	static const char *const words[] = {
		[GAP_EMPTY] = "empty", [GAP_DEFAULT] = "by default", [GAP_PRESET] = "empty", [GAP_BAD] = "not understood",
	};
	return words[gap->kind];
}

static void
print_preset(const struct gaps *g, uint64_t listings)
{
	struct screen screen = screen_of_stdout();
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < g->n; i++) {
		if (g->list[i].kind != GAP_PRESET)
			continue;
		if (line.len == 0)
			buf_fmt(&line, "empty columns of the preset, of %" PRIu64 ":", listings);
		else
			buf_char(&line, ',');
		buf_fmt(&line, " %s %" PRIu64, g->list[i].field, g->list[i].count);
	}
	if (line.len > 0)
		screen_wrap(&screen, stdout, buf_cstr(&line), 0, 2);
	buf_done(&line);
}

void
gaps_print(const struct gaps *g, uint64_t listings)
{
	struct buf text = BUF_INIT, id = BUF_INIT;
	for (size_t i = 0; i < g->n; i++) {
		const struct gap *gap = &g->list[i];
		if (gap->kind == GAP_PRESET)
			continue;
		buf_clear(&text);
		buf_clear(&id);
		text_escape(&text, gap->text, strlen(gap->text), TEXT_SHOWN_BYTES);
		text_escape(&id, gap->id, strlen(gap->id), ID_SHOWN_BYTES);
		(void)printf("%s: %s in %" PRIu64 " of %" PRIu64 "; item %" PRIu64 "%s%s%s: %s\n", gap->field, what(gap),
		    gap->count, listings, gap->item, id.len ? " (" : "", buf_cstr(&id), id.len ? ")" : "",
		    buf_cstr(&text));
	}
	print_preset(g, listings);
	buf_done(&text);
	buf_done(&id);
}

void
gaps_json(const struct gaps *g, uint64_t listings, struct buf *out)
{
	buf_str(out, "\"remarks\":[");
	for (size_t i = 0; i < g->n; i++) {
		const struct gap *gap = &g->list[i];
		buf_fmt(out, "%s{\"field\":", i ? ",\n " : "");
		buf_json(out, gap->field, strlen(gap->field));
		buf_fmt(out, ",\"what\":\"%s\",\"count\":%" PRIu64 ",\"of\":%" PRIu64 ",\"item\":%" PRIu64 ",\"id\":",
		    what(gap), gap->count, listings, gap->item);
		buf_json(out, gap->id, strlen(gap->id));
		buf_str(out, ",\"text\":");
		buf_json(out, gap->text, strlen(gap->text));
		buf_char(out, '}');
	}
	buf_char(out, ']');
}
