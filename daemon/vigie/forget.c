/* SPDX-License-Identifier: Apache-2.0 */
/* vigie forget: somebody asks that what is said of them go. */
#include <math.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"
#include "catalogue/forget.h"
#include "vigie/reader.h"

enum { SLICE = 20000, TITLE_MAX = 80 };

/* 1, 0 if there is no such listing, -1; says which it is when `tell` is set. */
static int
look_up(struct reader *r, const char *uid, bool tell, struct error *err)
{
	struct catalogue_filter f = CATALOGUE_FILTER_INIT;
	struct buf title = BUF_INIT;
	f.uid = uid;
	f.removed = true;
	struct catalogue_cursor *q = catalogue_query(r->catalogue, VIEW_LISTINGS, &f, err);
	int rc = q != NULL ? cursor_next(q, err) : -1;
	if (rc == 1 && tell) {
		const char *text = row_text(q, "title");
		text_escape(&title, text, strlen(text), TITLE_MAX);
		(void)printf("%s « %s »: forget it, everywhere, for good? [y/N] ", uid, buf_cstr(&title));
		(void)fflush(stdout);
	}
	buf_done(&title);
	cursor_close(q);
	return rc;
}

/* 0: it is meant. */
static int
confirm(struct reader *r, const struct invocation *in, const char *uid, struct error *err)
{
	char answer[16] = "";
	bool ask = !in->yes && !in->undo, can_ask = isatty(STDIN_FILENO) != 0 && !in->json;
	int rc = look_up(r, uid, ask && can_ask, err);
	if (rc == 0 && !in->undo)
		return error_set(err, ERROR_USAGE, "the catalogue has no listing \"%s\"; « vigie listings » lists those there are",
		    uid);
	if (rc < 0 || !ask)
		return rc < 0 ? -1 : 0;
	if (!can_ask)
		return error_set(err, ERROR_USAGE, "nobody can be asked whether that is meant: --yes says so");
	if (fgets(answer, sizeof answer, stdin) != NULL && (answer[0] == 'y' || answer[0] == 'Y' || answer[0] == 'o'))
		return 0;
	return error_set(err, ERROR_NOT_FOUND, "nothing was done");
}

/* The file's log and the full-text index still have the words. */
static int
sweep(struct reader *r, struct error *err)
{
	uint64_t left = 1;
	while (left > 0)
		if (catalogue_index(r->catalogue, SLICE, &left, err) != 0)
			return -1;
	return catalogue_wipe(r->catalogue, err);
}

static int
forget(struct reader *r, const struct invocation *in, struct error *err)
{
	const char *uid = in->argv[0];
	if (confirm(r, in, uid, err) != 0)
		return -1;
	if (in->undo)
		return catalogue_remember(r->catalogue, uid, r->now_ms, err);
	if (catalogue_forget(r->catalogue, uid, r->now_ms, err) != 0)
		return -1;
	if (sweep(r, err) == 0)
		return 0;
	return error_context(err, "it is forgotten, but traces may be in the files yet: try again in a while");
}

static void
print_done(struct reader *r, const struct invocation *in)
{
	if (in->json) {
		json_open(&r->json, NULL, '{');
		json_text(&r->json, "uid", in->argv[0]);
		json_text(&r->json, "state", in->undo ? "remembered" : "forgotten");
		json_close(&r->json, '}');
	} else if (in->undo) {
		(void)printf("%s may come back: when its partner is next read\n", in->argv[0]);
	} else {
		(void)printf("%s is forgotten, and does not come back; feeds tell that it is removed.  Copies are for you to "
		    "delete: backups, exports, other programs'\n", in->argv[0]);
	}
}

int
command_forget(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	char *partner = xstrndup(in->argv[0], strcspn(in->argv[0], ":"));
	int status = reader_open_to_write(&r, in);
	if (status == EXIT_GOOD)
		status = reader_check_partner(&r, partner);
	if (status == EXIT_GOOD && forget(&r, in, &err) != 0)
		status = command_fail(&err);
	else if (status == EXIT_GOOD)
		print_done(&r, in);
	reader_close(&r);
	free(partner);
	return status;
}
