/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/program.h"

#include <jq.h>
#include <stdbool.h>

#include "base/utf8.h"

enum { SAID_COLUMNS = 200 };	/* an error may hold a whole item */

struct program {
	jq_state *jq;
	bool good;		/* it was compiled */
	bool read;		/* so was the item */
	struct buf said;	/* the first thing that libjq complained about */
	unsigned results;	/* of this item */
};

/* What a program finds instead of functions that reach beyond its item.  In
 * front of it, so that it cannot get out of their scope. */
static const char *const forbidden[] = {
	"env", "input", "inputs", "input_filename", "halt", "halt_error", "halt_error(code)", "stderr", "now",
	"get_search_list", "modulemeta",
};

static void
on_error(void *arg, jv message)
{
	struct program *p = arg;
	message = jq_format_error(message);
	if (p->said.len == 0)
		buf_str(&p->said, jv_string_value(message));
	jv_free(message);
}

/* « debug » gives its input and that is all.  Without this libjq 1.6 goes where
 * nothing is. */
static void
on_debug(void *arg, jv message)
{
	(void)arg;
	jv_free(message);
}

static void
wrap(struct buf *out, const char *text)
{
	for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
		buf_fmt(out, "def %s: error(\"%.*s is not for a partner's file\"); ", forbidden[i],
		    (int)strcspn(forbidden[i], "("), forbidden[i]);
	buf_str(out, "null as $ENV | (\n");
	buf_str(out, text);
	buf_str(out, "\n)");
}

/* "jq: error: titel/0 is not defined at <top-level>, line 3:" and then the
 * program: its words and its line. */
static void
shorten(const char *said, char *ret, size_t size)
{
	static const char start[] = "jq: error: ", place[] = " at <top-level>, line ";
	static const char advice[] = " (Unix shell quoting issues?)";	/* there is no shell here */
	if (strncmp(said, start, sizeof start - 1) == 0)
		said += sizeof start - 1;
	const char *at = strstr(said, place), *shell = strstr(said, advice);
	size_t len = at != NULL ? (size_t)(at - said) : strcspn(said, "\n");
	if (shell != NULL && (size_t)(shell - said) < len)
		len = (size_t)(shell - said);
	long line = at != NULL ? strtol(at + sizeof place - 1, NULL, 10) : 0;
	if (line > 1)
		(void)snprintf(ret, size, "%.*s (line %ld)", (int)len, said, line);
	else
		(void)snprintf(ret, size, "%.*s", (int)len, said);
}

static struct program *
compiled(const char *text)
{
	struct program *p = xcalloc(1, sizeof *p);
	p->jq = jq_init();
	if (p->jq == NULL)
		abort();
	jq_set_error_cb(p->jq, on_error, p);
	jq_set_debug_cb(p->jq, on_debug, NULL);
	jq_set_input_cb(p->jq, NULL, NULL);
	p->good = jq_compile(p->jq, text) != 0;
	return p;
}

/* Why it is refused: what libjq says of it without our wrapping, if that is not
 * what it took offence at. */
static void
explain(const char *text, const char *wrapped, char *problem, size_t size)
{
	if (strstr(wrapped, "unexpected import") != NULL || strstr(wrapped, "unexpected include") != NULL) {
		(void)snprintf(problem, size, "a program cannot import or include others");
		return;
	}
	struct program *bare = compiled(text);
	shorten(bare->said.len > 0 ? buf_cstr(&bare->said) : wrapped, problem, size);
	program_free(bare);
}

struct program *
program_new(const char *text, char *problem, size_t problem_size)
{
	struct buf whole = BUF_INIT;
	wrap(&whole, text);
	struct program *p = compiled(buf_cstr(&whole));
	buf_done(&whole);
	if (p->good)
		return p;
	explain(text, p->said.len > 0 ? buf_cstr(&p->said) : "this is no program in jq", problem, problem_size);
	program_free(p);
	return NULL;
}

void
program_free(struct program *p)
{
	if (p == NULL)
		return;
	jq_teardown(&p->jq);
	buf_done(&p->said);
	free(p);
}

static void
add_json(struct buf *out, jv value)
{
	jv text = jv_dump_string(value, 0);
	buf_add(out, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
	jv_free(text);
}

/* Why there is no result: an error has words, or a value; the end has none. */
static int
finish(struct buf *ret, jv invalid)
{
	jv message = jv_invalid_get_msg(invalid);
	jv_kind kind = jv_get_kind(message);
	if (kind == JV_KIND_NULL) {
		jv_free(message);
		return 0;
	}
	buf_str(ret, "jq: ");
	if (kind == JV_KIND_STRING) {
		buf_str(ret, jv_string_value(message));
		jv_free(message);
	} else {
		add_json(ret, message);
	}
	buf_cut(ret, utf8_prefix(ret->data, ret->len, SAID_COLUMNS));
	return -1;
}

void
program_start(struct program *p, const char *json, size_t len)
{
	p->results = 0;
	buf_clear(&p->said);
	/* It reads no value in more than 256 others, and must not be given what it has not read. */
	jv item = jv_parse_sized(json, (int)len);
	p->read = jv_is_valid(item);
	if (p->read)
		jq_start(p->jq, item, 0);
	else
		(void)finish(&p->said, item);
}

int
program_next(struct program *p, struct buf *ret)
{
	buf_clear(ret);
	if (!p->read) {
		buf_add(ret, p->said.data, p->said.len);
		return -1;
	}
	jv result = jq_next(p->jq);
	if (!jv_is_valid(result))
		return finish(ret, result);
	if (p->results++ == PROGRAM_RESULTS_MAX) {
		jv_free(result);
		buf_str(ret, "jq: the program gives more than 1000 results");
		return -1;
	}
	add_json(ret, result);
	return 1;
}
