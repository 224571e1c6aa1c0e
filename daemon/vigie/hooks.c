/* SPDX-License-Identifier: Apache-2.0 */
/* vigie hooks: who is told of changes, and whether they are. */
#include <inttypes.h>

#include "base/buf.h"
#include "base/log.h"
#include "catalogue/hooks.h"
#include "hook/compose.h"
#include "hook/delivery.h"
#include "net/retry.h"
#include "represent/event.h"
#include "sync/engine.h"
#include "vigie/reader.h"

static const struct table_column columns[] = {
	{ .heading = "HOOK", .least = 8 },
	{ .heading = "HOST", .least = 12 },
	{ .heading = "STATE" },
	{ .heading = "SINCE" },
	{ .heading = "DELIVERED", .number = true },
	{ .heading = "LAST" },
	{ .heading = "WAITING", .number = true },
	{ .heading = "GIVEN UP", .number = true, .spare = 1 },
	{ .heading = "LAST ERROR", .least = 16, .spare = 2 },
};

/* ---- hooks list */

struct sheet {			/* of one hook */
	const struct config_hook *hook;
	struct hook_state state;
	int64_t behind;
	const char *word;
	int64_t since_ms;
};

static void
judge(struct sheet *s)
{
	const struct hook_state *st = &s->state;
	s->since_ms = TIME_NONE;
	if (st->disabled_ms != TIME_NONE) {
		s->word = "disabled";
		s->since_ms = st->disabled_ms;
	} else if (!s->hook->enabled) {
		s->word = "off";
	} else if (s->hook->missing != NULL) {
		s->word = "no secret";
	} else if (st->first_failure_ms != TIME_NONE) {
		s->word = "failing";
		s->since_ms = st->first_failure_ms;
	} else {
		s->word = "good";
	}
}

static int
read_sheet(struct catalogue *c, const struct config_hook *hook, struct sheet *ret, struct error *err)
{
	*ret = (struct sheet){ .hook = hook, .state = { .due_ms = TIME_NONE, .first_failure_ms = TIME_NONE,
		.disabled_ms = TIME_NONE, .delivered_ms = TIME_NONE, .refused_ms = TIME_NONE } };
	int rc = hook_get(c, hook->hook, &ret->state, err);
	if (rc < 0 || (rc == 1 && hook_behind(c, ret->state.at, &ret->behind, err) != 0))
		return -1;
	judge(ret);
	return 0;
}

/* Nothing else of it: addresses of hooks often have a secret in them. */
static char *
host_of(const struct config_hook *h)
{
	const char *start = strstr(h->url, "://") + strlen("://");
	return xstrndup(start, strcspn(start, "/?#"));
}

static void
add_row(struct table *t, const struct sheet *s, int64_t now_ms)
{
	char words[WORDS_MAX], *host = host_of(s->hook);
	table_text(t, s->hook->hook);
	table_text(t, host);
	table_text(t, s->word);
	table_text(t, s->since_ms != TIME_NONE ? words_date(s->since_ms, words) : "");
	table_integer(t, s->state.delivered);
	table_text(t, s->state.delivered_ms != TIME_NONE ? words_when(s->state.delivered_ms, now_ms, words) : "");
	table_integer(t, s->behind);
	table_integer(t, s->state.refused);
	table_text(t, s->state.last_error);
	free(host);
}

static void
json_time(struct json_out *j, const char *name, int64_t t_ms)
{
	char text[TIME_TEXT_MAX];
	json_text(j, name, t_ms != TIME_NONE ? time_text(t_ms, text) : NULL);
}

static void
json_sheet(struct json_out *j, const struct sheet *s)
{
	char *host = host_of(s->hook);
	json_open(j, NULL, '{');
	json_text(j, "hook", s->hook->hook);
	json_text(j, "host", host);
	json_text(j, "state", s->word);
	json_time(j, "since", s->since_ms);
	json_integer(j, "delivered", s->state.delivered);
	json_time(j, "last_delivery", s->state.delivered_ms);
	json_integer(j, "waiting", s->behind);
	json_integer(j, "attempts", s->state.attempts);
	json_time(j, "next_attempt", s->state.due_ms);
	json_integer(j, "given_up", s->state.refused);
	json_text(j, "last_error", *s->state.last_error != '\0' ? s->state.last_error : NULL);
	json_text(j, "missing", s->hook->missing);
	json_close(j, '}');
	free(host);
}

static int
list_all(struct reader *r, bool as_json, struct error *err)
{
	struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
	const struct config_hooks *hooks = &r->config->hooks;
	int rc = 0;
	if (as_json)
		json_open(&r->json, NULL, '[');
	for (size_t i = 0; i < hooks->n && rc == 0; i++) {
		struct sheet s;
		rc = read_sheet(r->catalogue, hooks->list[i], &s, err);
		if (rc == 0 && as_json)
			json_sheet(&r->json, &s);
		else if (rc == 0)
			add_row(t, &s, r->now_ms);
		hook_state_done(&s.state);
	}
	if (rc == 0 && as_json)
		json_close(&r->json, ']');
	else if (rc == 0 && table_rows(t) > 0)
		table_print(t, &r->screen, stdout);
	else if (rc == 0)
		(void)fprintf(stderr, "vigie: there are no hooks; their files belong in %s\n", r->config->hooks_dir);
	table_free(t);
	return rc;
}

static int
hooks_list(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	int status = reader_open(&r, in);
	if (status == EXIT_GOOD && list_all(&r, in->json, &err) != 0)
		status = command_fail(&err);
	reader_close(&r);
	return status;
}

static int
no_hook(const struct config *config, const char *name)
{
	struct error err = ERROR_INIT;
	(void)error_set(&err, ERROR_USAGE, "there is no hook \"%s\" in %s; « vigie hooks » lists those there are", name,
	    config->hooks_dir);
	return command_fail(&err);
}

/* ---- hooks resume NAME */

static int
hooks_resume(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	bool known = false;
	const char *name = in->argv[1];
	int status = reader_open_to_write(&r, in);
	if (status == EXIT_GOOD && config_hook(r.config, name) == NULL)
		status = no_hook(r.config, name);
	else if (status == EXIT_GOOD && hook_resume(r.catalogue, name, &known, &err) != 0)
		status = command_fail(&err);
	else if (status == EXIT_GOOD)
		(void)printf(known ? "%s: vigied tries again within a minute\n" :
		    "%s: vigied has not sent anything for it yet: there is nothing to resume\n", name);
	reader_close(&r);
	return status;
}

/* ---- hooks test NAME */

struct trial {
	struct loop *loop;
	const char *source;
	struct delivery_result result;
};

static void
on_delivered(void *arg, const struct delivery_result *result)
{
	struct trial *t = arg;
	t->result = *result;
	loop_stop(t->loop);
}

static int
try_hook(struct trial *t, struct fetcher *f, const struct config_hook *h, const struct clock *clock)
{
	struct error err = ERROR_INIT;
	struct buf body = BUF_INIT;
	char id[EVENT_ID_MAX];
	int64_t now_ms = clock_now_ms(clock);
	(void)snprintf(id, sizeof id, "test-%016" PRIx64, random_u64());
	event_test(&body, t->source, id, now_ms);
	const struct delivery_message m = { id, EVENT_TYPE, buf_cstr(&body) };
	(void)delivery_start(f, h, &m, now_ms, on_delivered, t);
	int rc = loop_run(t->loop, &err);
	buf_done(&body);
	if (rc != 0)
		return command_fail(&err);
	if (t->result.taken) {
		(void)printf("%s: the test was taken: the answer was %d\n", h->hook, t->result.status);
		return EXIT_GOOD;
	}
	(void)error_context(&t->result.error, "%s: the test was not taken", h->hook);
	return command_fail(&t->result.error);
}

static int
test_with(struct config *config, const struct config_hook *h)
{
	struct error err = ERROR_INIT;
	struct clock clock;
	struct trial t = { .loop = loop_new(&err), .source = hook_source(config) };
	clock_init(&clock);
	const struct engine_options options = { .loop = t.loop, .clock = &clock, .config = config, .dry = true };
	struct engine *e = NULL;
	if (t.loop != NULL)
		e = engine_new(&options, &err);
	else
		config_free(config);
	int status = e != NULL ? try_hook(&t, engine_fetcher(e), h, &clock) : command_fail(&err);
	engine_free(e, false);
	loop_free(t.loop);
	return status;
}

static int
hooks_test(const struct invocation *in)
{
	struct config *config = command_config(in, NULL);
	if (config == NULL)
		return EXIT_USAGE;
	struct config_hooks hooks = config_take_hooks(config);
	const struct config_hook *h = NULL;
	for (size_t i = 0; i < hooks.n; i++)
		if (strcmp(hooks.list[i]->hook, in->argv[1]) == 0)
			h = hooks.list[i];
	struct error err = ERROR_INIT;
	int status;
	if (h != NULL && h->missing == NULL) {
		status = test_with(config, h);
	} else {
		status = h == NULL ? no_hook(config, in->argv[1]) :
		    (error_set(&err, ERROR_CONFIG, "%s", h->missing), command_fail(&err));
		config_free(config);
	}
	config_hooks_done(&hooks);
	return status;
}

/* ---- */

static const struct {
	const char *name;
	int argc;
	int (*run)(const struct invocation *in);
} verbs[] = {
	{ "list", 1, hooks_list },
	{ "test", 2, hooks_test },
	{ "resume", 2, hooks_resume },
};

int
command_hooks(const struct invocation *in)
{
	struct error err = ERROR_INIT;
	if (in->argc == 0)
		return hooks_list(in);
	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (strcmp(verbs[i].name, in->argv[0]) != 0 || verbs[i].argc != in->argc)
			continue;
		if (!in->json || verbs[i].run == hooks_list)
			return verbs[i].run(in);
		(void)error_set(&err, ERROR_USAGE, "\"hooks %s\" does not take --json: it is an option of hooks list", in->argv[0]);
		return command_fail(&err);
	}
	(void)error_set(&err, ERROR_USAGE, "what about hooks? vigie hooks [list], vigie hooks test HOOK, vigie hooks resume HOOK");
	return command_fail(&err);
}
