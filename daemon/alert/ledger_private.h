/* SPDX-License-Identifier: Apache-2.0 */
/* What ledger.c, ledger_blind.c and ledger_tick.c share. */
#ifndef VIGIE_ALERT_LEDGER_PRIVATE_H
#define VIGIE_ALERT_LEDGER_PRIVATE_H

#include "alert/ledger.h"
#include "alert/letter.h"
#include "alert/recipients.h"

enum { LEDGER_NOTE_MAX = 96 };

struct telling {		/* see struct outbox_note */
	enum letter_kind kind;
	const char *note, *facts, *follows;
	int64_t alert;
	bool only_if_told;
	int64_t now_ms, wait_ms;
};
int ledger_tell(struct catalogue *c, const struct config *config, const struct recipients *to, const struct telling *t,
    struct error *err);
int ledger_tell_all(struct catalogue *c, const struct config *config, const struct telling *t, struct error *err);

/* The name of something that happened in an event: "12:open". */
const char *ledger_note(char out[LEDGER_NOTE_MAX], int64_t alert, const char *what);

#endif
