/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/body.h"

#include <fnmatch.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "unpack/unpack.h"

/* Names of files that were passed over, to tell which there are; how much of a name is told. */
enum { OTHERS_SHOWN = 4, NAME_COLUMNS = 60 };

struct body {
	const char *member;	/* of the files of an archive those to read; NULL: all */
	const struct vigie_connector *plugin;
	void *connector;
	struct error *error;
	struct unpack *unpack;

	char *file;		/* that the connector is fed; NULL: no archive, or none so far */
	size_t files, passed_over;
	struct buf others;
};

/* ---- files of an archive */

/* For « %.*s ». */
static int
shown(const char *name)
{
	return (int)utf8_prefix(name, strlen(name), NAME_COLUMNS);
}

static int
in_file(const struct body *b, struct error *err)
{
	return b->file != NULL ? error_context(err, "file %.*s of the archive", shown(b->file), b->file) : -1;
}

static void
pass_over(struct body *b, const char *name)
{
	if (b->passed_over++ < OTHERS_SHOWN)
		buf_fmt(&b->others, "%s%.*s", b->others.len > 0 ? ", " : "", shown(name), name);
}

/* 1 to read it: the connector decides, or there is only one. */
static int
offer(struct body *b, const char *name, struct error *err)
{
	if (b->plugin->member == NULL && b->files > 0)
		return error_set(err, ERROR_SHAPE, "the archive has several files (%.*s, %.*s): say with \"member\" in"
		    " [request] which one to read", shown(b->file), b->file, shown(name), name);
	int wanted = b->plugin->member != NULL ? b->plugin->member(b->connector, name) : 1;
	if (wanted < 0)
		return in_file(b, err);
	return wanted;
}

static int
on_file(void *arg, const char *name, struct error *err)
{
	struct body *b = arg;
	const char *pattern = b->member;
	int wanted = pattern == NULL || fnmatch(pattern, name, 0) == 0 ? offer(b, name, err) : 0;
	if (wanted == 0)
		pass_over(b, name);
	if (wanted <= 0)
		return wanted;
	free(b->file);
	b->file = xstrdup(name);
	b->files++;
	return 1;
}

static int
on_data(void *arg, const char *bytes, size_t len, struct error *err)
{
	struct body *b = arg;
	return b->plugin->feed(b->connector, bytes, len) == 0 ? 0 : in_file(b, err);
}

static int
no_file(const struct body *b, struct error *err)
{
	if (b->passed_over == 0)
		return error_set(err, ERROR_SHAPE, "the archive has no files");
	const char *pattern = b->member != NULL ? b->member : "*";
	size_t more = b->passed_over > OTHERS_SHOWN ? b->passed_over - OTHERS_SHOWN : 0;
	char and_more[48] = "";
	if (more > 0)
		(void)snprintf(and_more, sizeof and_more, " and %zu more", more);
	return error_set(err, ERROR_SHAPE, "no file of the archive is asked for (member = %.*s): it has %s%s",
	    shown(pattern), pattern, buf_cstr(&b->others), and_more);
}

/* ---- the body */

struct body *
body_new(const struct body_options *options)
{
	struct body *b = xcalloc(1, sizeof *b);
	const struct unpack_sink sink = { on_file, on_data, b };
	b->member = options->member;
	b->plugin = options->plugin;
	b->connector = options->connector;
	b->error = options->error;
	b->unpack = unpack_new(options->max_bytes, &sink);
	return b;
}

void
body_free(struct body *b)
{
	if (b == NULL)
		return;
	unpack_free(b->unpack);
	buf_done(&b->others);
	free(b->file);
	free(b);
}

int
body_begin(struct body *b, const struct vigie_answer *answer)
{
	free(b->file);
	b->file = NULL;
	b->files = b->passed_over = 0;
	buf_clear(&b->others);
	unpack_begin(b->unpack);
	return b->plugin->begin(b->connector, answer);
}

int
body_feed(struct body *b, const char *chunk, size_t len)
{
	return unpack_feed(b->unpack, chunk, len, b->error);
}

int
body_end(struct body *b, struct vigie_next *ret)
{
	struct error *err = b->error;
	if (unpack_end(b->unpack, err) != 0)
		return -1;
	if (unpack_is_archive(b->unpack) && b->files == 0)
		return no_file(b, err);
	return b->plugin->end(b->connector, ret) == 0 ? 0 : in_file(b, err);
}
