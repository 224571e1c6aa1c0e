/* SPDX-License-Identifier: Apache-2.0 */
/* vigie check-config: every problem of the settings, or what they amount to. */
#include "base/buf.h"
#include "config/config.h"
#include "show/json_out.h"
#include "show/table.h"
#include "show/words.h"
#include "vigie/command.h"

enum { LINE_INDENT = 2 };

static const struct table_column columns[] = {
	{ .heading = "PARTNER", .least = 12 },
	{ .heading = "NAME", .least = 8 },
	{ .heading = "CONNECTOR", .spare = 1 },
	{ .heading = "HOST", .least = 12 },
	{ .heading = "EVERY", .number = true },
	{ .heading = "ENABLED" },
	{ .heading = "REMARKS", .least = 12 },
};

/* The host of a URL, with its port; of a local file « file:NAME ». */
static char *
host_of(const struct partner_config *p)
{
	const char *url = p->url, *start = strstr(url, "://");
	if (p->local_file != NULL) {
		struct buf name = BUF_INIT;
		buf_fmt(&name, "file:%s", p->local_file);
		return buf_take(&name);
	}
	start = start != NULL ? start + strlen("://") : url;
	size_t len = strcspn(start, "/?#");
	const char *at = memchr(start, '@', len);
	if (at != NULL) {
		len -= (size_t)(at + 1 - start);
		start = at + 1;
	}
	return xstrndup(start, len);
}

/* The connector, with the plugin behind a preset: "openagenda (json)". */
static void
table_connector(struct table *t, const struct partner_config *p)
{
	struct buf text = BUF_INIT;
	buf_str(&text, p->connector_name);
	if (p->preset != NULL)
		buf_fmt(&text, " (%s)", p->connector->name);
	table_text(t, buf_cstr(&text));
	buf_done(&text);
}

static size_t
count_enabled(const struct config *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_partners; i++)
		n += c->partners[i]->enabled;
	return n;
}

static void
print_partners(const struct config *c)
{
	struct screen screen = screen_of_stdout();
	struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
	for (size_t i = 0; i < c->n_partners; i++) {
		const struct partner_config *p = c->partners[i];
		char span[WORDS_MAX], *host = host_of(p);
		table_text(t, p->partner);
		table_text(t, p->name);
		table_connector(t, p);
		table_text(t, host);
		table_text(t, words_duration(p->interval_ms, span));
		table_text(t, p->enabled ? "yes" : "no");
		table_text(t, p->missing != NULL ? p->missing : "");
		free(host);
	}
	if (table_rows(t) > 0) {
		table_print(t, &screen, stdout);
		(void)fputc('\n', stdout);
	}
	table_free(t);
}

/* To the width of the screen, as the table is; empties it. */
static void
print_line(struct buf *line)
{
	struct screen screen = screen_of_stdout();
	if (line->len > 0)
		screen_wrap(&screen, stdout, buf_cstr(line), 0, LINE_INDENT);
	buf_clear(line);
}

/* What may stand behind « connector = ». */
static void
print_connectors(const struct config *c)
{
	struct buf line = BUF_INIT;
	char **plugins = plugins_names(c->plugins), **presets = plugins_presets(c->plugins);
	for (size_t i = 0; plugins[i] != NULL; i++)
		buf_fmt(&line, "%s%s", i == 0 ? "connectors: " : ", ", plugins[i]);
	for (size_t i = 0; presets[i] != NULL; i++)
		buf_fmt(&line, "%s%s", i == 0 ? "; presets: " : ", ", presets[i]);
	print_line(&line);
	buf_done(&line);
	plugins_free_names(plugins);
	plugins_free_names(presets);
}

static void
json_names(struct json_out *j, const char *name, char **names)
{
	json_open(j, name, '[');
	for (size_t i = 0; names[i] != NULL; i++)
		json_text(j, NULL, names[i]);
	json_close(j, ']');
	plugins_free_names(names);
}

static void
json_partner(struct json_out *j, const struct partner_config *p)
{
	char *host = host_of(p);
	json_open(j, NULL, '{');
	json_text(j, "partner", p->partner);
	json_text(j, "file", p->file);
	json_text(j, "name", p->name);
	json_text(j, "theme", p->theme);
	json_text(j, "connector", p->connector_name);
	json_text(j, "plugin", p->connector->name);
	json_text(j, "preset", p->preset);
	json_text(j, "host", host);
	json_text(j, "local_file", p->local_file);
	json_integer(j, "interval_s", p->interval_ms / SECOND_MS);
	json_bool(j, "enabled", p->enabled);
	json_text(j, "missing", p->missing);
	json_close(j, '}');
	free(host);
}

static void
json_hook(struct json_out *j, const struct config_hook *h)
{
	json_open(j, NULL, '{');
	json_text(j, "hook", h->hook);
	json_text(j, "file", h->file);
	json_text(j, "events", h->events);
	json_text(j, "partners", h->partners);
	json_text(j, "kinds", h->kinds);
	json_bool(j, "enabled", h->enabled);
	json_text(j, "missing", h->missing);
	json_close(j, '}');
}

static void
print_json(const char *file, const struct config *c, const struct config_problems *problems)
{
	struct json_out j = { .out = stdout };
	json_open(&j, NULL, '{');
	json_text(&j, "file", file);
	json_bool(&j, "good", problems->n == 0);
	json_open(&j, "problems", '[');
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->list[i];
		json_open(&j, NULL, '{');
		json_text(&j, "file", p->file);
		json_integer(&j, "line", p->line);
		json_text(&j, "text", p->text);
		json_text(&j, "partner", p->partner);
		json_close(&j, '}');
	}
	json_close(&j, ']');
	json_text(&j, "mail_missing", c != NULL ? c->mail.missing : NULL);
	if (c != NULL) {
		json_names(&j, "connectors", plugins_names(c->plugins));
		json_names(&j, "presets", plugins_presets(c->plugins));
	}
	json_open(&j, "partners", '[');
	for (size_t i = 0; c != NULL && i < c->n_partners; i++)
		json_partner(&j, c->partners[i]);
	json_close(&j, ']');
	json_open(&j, "hooks", '[');
	for (size_t i = 0; c != NULL && i < c->hooks.n; i++)
		json_hook(&j, c->hooks.list[i]);
	json_close(&j, ']');
	json_close(&j, '}');
	json_done(&j);
}

static void
print_hooks(const struct config *c)
{
	struct buf line = BUF_INIT;
	for (size_t i = 0; i < c->hooks.n; i++) {
		const struct config_hook *h = c->hooks.list[i];
		buf_fmt(&line, "hook %s: %s%s", h->hook, h->events != NULL ? h->events : "all events",
		    h->enabled ? "" : " (switched off)");
		print_line(&line);
		if (h->missing != NULL)
			buf_fmt(&line, "hook %s cannot be told anything by whoever runs this: %s", h->hook, h->missing);
		print_line(&line);
	}
	buf_done(&line);
}

static void
print_sum(const char *file, const struct config *c)
{
	struct buf line = BUF_INIT;
	if (c->mail.missing != NULL)
		buf_fmt(&line, "letters cannot be sent by whoever runs this: %s", c->mail.missing);
	print_line(&line);
	buf_fmt(&line, "%s: the configuration is good: %zu partners, %zu of them switched on", file, c->n_partners,
	    count_enabled(c));
	print_line(&line);
	buf_done(&line);
}

int
command_check_config(const struct invocation *in)
{
	struct config_problems problems = { 0 };
	struct config *config = config_load(in->config_file, &problems);
	int status = problems.n == 0 ? EXIT_GOOD : EXIT_USAGE;
	command_problems(&problems);
	if (in->json)
		print_json(in->config_file, config, &problems);
	if (!in->json && status == EXIT_GOOD) {
		print_partners(config);
		print_connectors(config);
		print_hooks(config);
		print_sum(in->config_file, config);
	}
	if (!in->json && status != EXIT_GOOD)
		(void)fprintf(stderr, "vigie: %zu %s in the configuration\n", problems.n,
		    problems.n == 1 ? "problem" : "problems");
	config_free(config);
	config_problems_done(&problems);
	return status;
}
