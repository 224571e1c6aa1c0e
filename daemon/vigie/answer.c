/* SPDX-License-Identifier: Apache-2.0 */
/* vigie ack, snooze, dismiss, confirm: what staff answer to a letter. */
#include <inttypes.h>
#include <pwd.h>
#include <unistd.h>

#include "alert/ledger.h"
#include "base/buf.h"
#include "config/unit.h"
#include "vigie/reader.h"

enum { SNOOZE_MAX_DAYS = 366, BY_MAX = 64 };

/* Whoever typed it, also through sudo(8). */
static const char *
login_name(char out[BY_MAX])
{
	const char *sudo = getenv("SUDO_USER");
	const struct passwd *user = getpwuid(getuid());
	if (getuid() == 0 && sudo != NULL && *sudo != '\0')
		(void)snprintf(out, BY_MAX, "%s", sudo);
	else if (user != NULL)
		(void)snprintf(out, BY_MAX, "%s", user->pw_name);
	else
		(void)snprintf(out, BY_MAX, "%ju", (uintmax_t)getuid());
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

static void
json_answer(struct reader *r, const struct answer_of_staff *a, enum verdict verdict)
{
	char until[TIME_TEXT_MAX];
	json_open(&r->json, NULL, '{');
	json_text(&r->json, "partner", a->partner);
	json_text(&r->json, "label", label_name(a->label));
	json_text(&r->json, "verdict", verdict_name(verdict));
	json_text(&r->json, "until", a->until_ms != TIME_NONE ? time_text(a->until_ms, until) : NULL);
	json_text(&r->json, "given_by", a->by);
	json_text(&r->json, "note", a->note);
	json_close(&r->json, '}');
}

static int
read_snooze(const struct invocation *in, int64_t *ret_ms)
{
	struct error err = ERROR_INIT;
	const char *text = in->argc > 1 ? in->argv[1] : "7d";
	if (duration_parse(text, MINUTE_MS, SNOOZE_MAX_DAYS * (int64_t)DAY_MS, ret_ms, &err) != 0)
		return command_fail(&err);
	return EXIT_GOOD;
}

static int
answer(const struct invocation *in, enum label label, int64_t wait_ms)
{
	struct reader r;
	struct error err = ERROR_INIT;
	char by[BY_MAX];
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
			json_answer(&r, &a, verdict);
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
