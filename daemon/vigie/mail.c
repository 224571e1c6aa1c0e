/* SPDX-License-Identifier: Apache-2.0 */
/* vigie mail: letters to staff. */
#include <unistd.h>

#include "alert/recipients.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "config/config.h"
#include "net/mailhead.h"
#include "net/smtp.h"
#include "vigie/command.h"
#include "vigie/mail_outbox.h"
#include "vigie/mail_sample.h"

enum { TEST_TIMEOUT_MS = 60 * SECOND_MS };

static void
speak(const struct config *config)
{
	struct error err = ERROR_INIT;
	if (letter_language(config->mail.language == CONFIG_FRENCH ? "fr" : "en", NULL, &err) != 0)
		(void)fprintf(stderr, "vigie: %s\n", err.text);
}

static struct letter_office
office_of(const struct config *config)
{
	return (struct letter_office){ config->office_name, config->mail.zone, config->mail.answers };
}

/* ---- mail test */

struct delivery {
	struct loop *loop;
	enum smtp_outcome outcome;
	struct error error;
};

static void
on_sent(void *arg, enum smtp_outcome outcome, const struct error *err)
{
	struct delivery *d = arg;
	d->outcome = outcome;
	d->error = *err;
	loop_stop(d->loop);
}

static void
print_outcome(const struct delivery *d, const char *server, const char *to)
{
	switch (d->outcome) {
	case SMTP_SENT:
		(void)printf("%s: the test letter was taken by %s; it should arrive within minutes\n", to, server);
		return;
	case SMTP_LATER:
		(void)fprintf(stderr, "vigie: %s: not sent: %s; the service would try again later\n", to, d->error.text);
		return;
	case SMTP_REFUSED:
		(void)fprintf(stderr, "vigie: %s: refused for good: %s\n", to, d->error.text);
		return;
	}
}

static int
send_test(struct smtp *smtp, struct delivery *d, const struct config *config, const char *to)
{
	struct letter_text text;
	struct letter_office office = office_of(config);
	struct clock clock;
	char id[320];
	clock_init(&clock);
	int64_t now_ms = clock_now_ms(&clock);
	const char *from = config->mail.from, *at = strchr(from, '@');
	(void)mail_sample(letter_kind_name(LETTER_TEST), &office, now_ms, &text);
	(void)snprintf(id, sizeof id, "<test.%lld.%ld@%s>", (long long)now_ms, (long)getpid(), at ? at + 1 : "localhost");
	const struct smtp_mail mail = { .from = from, .to = to, .from_name = "Vigie", .subject = text.subject,
		.text = text.text, .html = text.html, .message_id = id, .reply_to = config->mail.answers, .date_ms = now_ms };
	smtp_send(smtp, &mail, on_sent, d);
	int rc = loop_run(d->loop, &d->error);
	letter_text_done(&text);
	if (rc != 0)
		return command_fail(&d->error);
	print_outcome(d, config->mail.server, to);
	return d->outcome == SMTP_SENT ? EXIT_GOOD : EXIT_JOB_FAILED;
}

static int
send_tests(const struct config *config, const struct recipients *to)
{
	static const enum smtp_tls tls[] = { [CONFIG_TLS_TRY] = SMTP_TLS_TRY, [CONFIG_TLS_REQUIRE] = SMTP_TLS_REQUIRE,
		[CONFIG_TLS_NEVER] = SMTP_TLS_NEVER };
	struct error err = ERROR_INIT;
	struct delivery d = { .loop = loop_new(&err) };
	const struct smtp_server server = { .url = config->mail.server, .tls = tls[config->mail.tls],
		.user = config->mail.user, .password = config->mail.password, .ca_file = config->ca_file,
		.timeout_ms = TEST_TIMEOUT_MS };
	struct smtp *smtp = d.loop != NULL ? smtp_new(d.loop, &server, &err) : NULL;
	int status = smtp != NULL ? EXIT_GOOD : command_fail(&err);
	for (size_t i = 0; smtp != NULL && i < to->n; i++) {
		error_clear(&d.error);
		if (send_test(smtp, &d, config, to->list[i]) != EXIT_GOOD)
			status = EXIT_JOB_FAILED;
	}
	smtp_free(smtp);
	loop_free(d.loop);
	return status;
}

/* What is missing before anything can be sent. */
static int
check_ready(const struct config *config, const struct recipients *to, struct error *err)
{
	const struct config_mail *mail = &config->mail;
	if (mail->server == NULL)
		return error_set(err, ERROR_CONFIG, "%s names no mail server: write server = smtp://HOST:PORT under [mail]", config->file);
	if (mail->from == NULL)
		return error_set(err, ERROR_CONFIG, "%s does not say whom letters come from: [mail] from", config->file);
	if (mail->missing != NULL)
		return error_set(err, ERROR_CONFIG, "%s", mail->missing);
	if (to->n == 0)
		return error_set(err, ERROR_CONFIG, "%s names no recipient: write to = ADDRESS under [mail]", config->file);
	for (size_t i = 0; i < to->n; i++)
		if (!mailhead_is_address(to->list[i]))
			return error_set(err, ERROR_USAGE, "\"%s\" is not an address", to->list[i]);
	return 0;
}

static int
mail_test(const struct invocation *in, const struct config *config)
{
	struct recipients to = { .n = 0 };
	struct error err = ERROR_INIT;
	if (in->argc > 1) {
		recipients_add(&to, in->argv[1]);
	} else {
		recipients_add(&to, config->mail.to);
		for (size_t i = 0; i < config->mail.n_themes; i++)
			recipients_add(&to, config->mail.themes[i].value);
	}
	int status = check_ready(config, &to, &err) == 0 ? send_tests(config, &to) : command_fail(&err);
	recipients_done(&to);
	return status;
}

/* ---- mail preview */

static int
mail_preview(const struct invocation *in, const struct config *config)
{
	struct letter_office office = office_of(config);
	struct letter_text text;
	struct error err = ERROR_INIT;
	struct clock clock;
	const char *what = in->argc > 1 ? in->argv[1] : "alert";
	int64_t letter;
	if (num_int(what, strlen(what), 1, INT64_MAX, &letter) == 0)
		return mail_show(in, letter);
	clock_init(&clock);
	if (mail_sample(what, &office, clock_now_ms(&clock), &text) != 0) {
		(void)error_set(&err, ERROR_USAGE, "there is no letter \"%s\": a number of « vigie mail list », or alert, "
		    "recovery, reminder, blind, host, house, seeing, full, room, digest, test, group or the name of a verdict", what);
		return command_fail(&err);
	}
	if (in->html)
		(void)fputs(text.html, stdout);
	else
		(void)printf("%s\n\n%s", text.subject, text.text);
	letter_text_done(&text);
	return EXIT_GOOD;
}

/* ---- */

static int
list(const struct invocation *in, const struct config *config)
{
	(void)config;
	return mail_list(in);
}

static const struct verb {
	const char *name;
	const char *options;	/* of those of the command */
	int (*run)(const struct invocation *in, const struct config *config);
} verbs[] = {
	{ "list", "json limit", list },
	{ "test", "", mail_test },
	{ "preview", "html", mail_preview },
};

static int
check_options(const struct invocation *in, const struct verb *verb, struct error *err)
{
	const struct { const char *name; bool given; } options[] = {
		{ "json", in->json }, { "html", in->html }, { "limit", in->most != NULL },
	};
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		const struct verb *taker = verbs;
		while (strstr(taker->options, options[i].name) == NULL)
			taker++;
		if (options[i].given && strstr(verb->options, options[i].name) == NULL)
			return error_set(err, ERROR_USAGE, "\"mail %s\" does not take --%s: it is an option of mail %s", verb->name,
			    options[i].name, taker->name);
	}
	return 0;
}

int
command_mail(const struct invocation *in)
{
	struct error err = ERROR_INIT;
	size_t i = 0;
	while (i < sizeof verbs / sizeof *verbs && strcmp(verbs[i].name, in->argv[0]) != 0)
		i++;
	if (i == sizeof verbs / sizeof *verbs) {
		(void)error_set(&err, ERROR_USAGE, "\"mail\" has no \"%s\": vigie mail list, vigie mail test [ADDRESS], "
		    "vigie mail preview [NUMBER|LETTER]",
		    in->argv[0]);
		return command_fail(&err);
	}
	if (check_options(in, &verbs[i], &err) != 0)
		return command_fail(&err);
	struct config *config = command_config(in, NULL);
	if (config == NULL)
		return EXIT_USAGE;
	speak(config);
	int status = verbs[i].run(in, config);
	config_free(config);
	return status;
}
