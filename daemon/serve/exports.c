/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole collections as files: /exports/event.ics, /exports/all.csv.  They come
 * in pieces (represent/export.h), so their length is nobody's concern.
 */
#include "alert/speech.h"
#include "config/config.h"
#include "represent/export.h"
#include "serve/ogc.h"
#include "serve/question.h"
#include "serve/routes.h"

struct file {
	struct export export;
	struct question question;	/* export.filter borrows from it, as from the request and `collection` */
	char *collection, *title;
};

static int
piece(struct exchange *x, void *state, struct buf *out, bool *ret_more, struct error *err)
{
	struct file *f = state;
	f->export.tally = x->tally;
	return export_piece(&f->export, x->catalogue, out, ret_more, err);
}

static void
done(void *state)
{
	struct file *f = state;
	free(f->collection);
	free(f->title);
	free(f);
}

static char *
title_of(const struct exchange *x, const struct request *r, const char *collection)
{
	struct speech speech;
	speech_begin(&speech, r->language);
	char *title = ogc_title(x, collection_title(collection));
	speech_end(&speech);
	return title;
}

/* The file that a browser makes of it: "event.ics". */
static void
name_file(struct answer *a, const char *collection, const struct representation *format)
{
	struct buf value = BUF_INIT;
	buf_fmt(&value, "attachment; filename=\"%s.%s\"", collection, format->extension);
	answer_header(a, "Content-Disposition", buf_cstr(&value));
	buf_done(&value);
}

/* Takes `collection`. */
static int
start(struct exchange *x, const struct request *r, struct answer *a, char *collection, const struct representation *format)
{
	struct file *f = xcalloc(1, sizeof *f);
	f->collection = collection;
	a->stream = (struct stream){ .done = done, .state = f };
	if (question_read(x, r, collection, &f->question, a) != 0)
		return -1;
	f->title = title_of(x, r, collection);
	f->export = (struct export){
		.format = format, .filter = f->question.filter,
		.document = { .base_url = r->base_url, .self_url = r->url, .office = x->config->office_name, .title = f->title,
		    .language = r->language, .zone = x->zone, .now_ms = r->now_ms },
	};
	a->type = format->type;
	a->stream.piece = piece;
	name_file(a, collection, format);
	return 0;
}

/* A kind that has no listings now is an empty document: somebody's calendar may follow it. */
static bool
is_collection(const char *name)
{
	return strcmp(name, "all") == 0 || listing_kind_valid(name, strlen(name));
}

static int
handle(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	const char *name = r->path[0], *dot = strchr(name, '.');
	const struct representation *format = dot != NULL ? representation_find(dot + 1) : NULL;
	(void)err;
	char *collection = xstrndup(name, strcspn(name, "."));
	if (format != NULL && is_collection(collection))
		return start(x, r, a, collection, format);
	free(collection);
	return answer_problem(a, 404, "not-found", "There is no export \"%.60s\": it is « all » or a kind, a dot and a format, "
	    "such as event.ics.", name);
}

/* In no order but that of their rows, which is what a document in pieces goes by: there is no search. */
static const struct parameter *const parameters[] = {
	&bbox_parameter, &datetime_parameter, &partner_parameter, &price_min_parameter, &price_max_parameter,
	&capacity_min_parameter, NULL
};
static const struct variant variants[] = { { "file", "application/octet-stream", NULL }, { .name = NULL } };

const struct route exports_routes[] = {
	{ .path = "/exports/{file}", .methods = METHOD_GET, .handle = handle, .parameters = parameters, .variants = variants,
	    .id = "getExport", .summary = "A whole collection as a file: COLLECTION.FORMAT, such as event.ics.", .tag = "Data",
	    .flags = ROUTE_LONG },
	{ .path = NULL },
};
