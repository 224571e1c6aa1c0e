/* SPDX-License-Identifier: Apache-2.0 */
/* vigie ack, snooze, dismiss, confirm: what staff answer to a letter. */
#include <inttypes.h>
#include <pwd.h>
#include <unistd.h>

#include "alert/reply.h"
#include "base/buf.h"
#include "config/unit.h"
#include "vigie/reader.h"

/* Whoever typed it, also through sudo(8). */
static const char *
login_name(char out[REPLY_BY_MAX])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	if (getuid() == 0 && sudo != NULL && *sudo != '\0')
		(void)snprintf(out, REPLY_BY_MAX, "%s", sudo);
	else if (user != NULL)
		(void)snprintf(out, REPLY_BY_MAX, "%s", user->pw_name);
	else
		(void)snprintf(out, REPLY_BY_MAX, "%ju", (uintmax_t)getuid());
	return out;
}

static void
print_answer(const struct answer_of_staff *a, enum verdict verdict)
{
	char date[WORDS_MAX];
	const char *name = verdict_name(verdict);
	switch (a->label) {
	case LABEL_ACK:
		(void)printf("%s: noted that you know that it is « %s »: no more reminders; when it is over, a letter "
		    "says so\n", a->partner, name);
		return;
	case LABEL_SNOOZE:
		(void)printf("%s: « %s » is put off until %s\n", a->partner, name, words_date(a->until_ms, date));
		return;
	case LABEL_DISMISS:
		(void)printf("%s: noted that « %s » is wrong: its listings are published, and no letters follow about this\n",
		    a->partner, name);
		return;
	case LABEL_CONFIRM:
		(void)printf("%s: noted that it is gone (it was « %s »): vigied takes it from there, without reminders\n",
		    a->partner, name);
		return;
	case LABELS:
		return;
	}
}

static int
read_snooze(const struct invocation *in, int64_t *ret_ms)
{
	struct error err = ERROR_INIT;
	const char *text = in->argc > 1 ? in->argv[1] : NULL;
	*ret_ms = REPLY_SNOOZE_DAYS * (int64_t)DAY_MS;
	if (text == NULL)
		return EXIT_GOOD;
	if (duration_parse(text, MINUTE_MS, REPLY_SNOOZE_MAX_DAYS * (int64_t)DAY_MS, ret_ms, &err) != 0)
		return command_fail(&err);
	return EXIT_GOOD;
}

static int
answer(const struct invocation *in, enum label label, int64_t wait_ms)
{
	struct reader r;
	struct error err = ERROR_INIT;
	char by[REPLY_BY_MAX];
	enum verdict verdict;
	struct answer_of_staff a = { .partner = in->argv[0], .label = label, .until_ms = TIME_NONE, .by = login_name(by),
		.note = in->note };
	int status = reader_open_to_write(&r, in);
	if (status == EXIT_GOOD)
		status = reader_check_partner(&r, a.partner);
	if (status == EXIT_GOOD) {
		a.at_ms = r.now_ms;
		if (label == LABEL_SNOOZE)
			a.until_ms = r.now_ms + wait_ms;
		if (ledger_answer(r.catalogue, &a, &verdict, &err) != 0)
			status = command_fail(&err);
		else if (in->json)
			reply_json(&r.json, &a, verdict);
		else
			print_answer(&a, verdict);
	}
	reader_close(&r);
	return status;
}

int
command_ack(const struct invocation *in)
{
	return answer(in, LABEL_ACK, 0);
}

int
command_snooze(const struct invocation *in)
{
	int64_t wait_ms;
	int status = read_snooze(in, &wait_ms);
	return status == EXIT_GOOD ? answer(in, LABEL_SNOOZE, wait_ms) : status;
}

int
command_dismiss(const struct invocation *in)
{
	return answer(in, LABEL_DISMISS, 0);
}

int
command_confirm(const struct invocation *in)
{
	return answer(in, LABEL_CONFIRM, 0);
}
