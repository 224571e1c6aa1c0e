/* SPDX-License-Identifier: Apache-2.0 */
/* What was thought of a partner and why, what staff were told and said. */
#ifndef VIGIE_VIGIE_HISTORY_H
#define VIGIE_VIGIE_HISTORY_H

#include "vigie/reader.h"

/* Verdicts, alerts, answers and evidence, the latest of each; nothing for what there is none of. */
int history_print(struct reader *r, const char *partner, struct error *err);
/* The latest evidence, with what each piece added. */
int history_print_evidence(struct reader *r, const char *partner, struct error *err);

/* What a verdict means, in a few words; "" for one that is not known. */
const char *history_verdict(const char *verdict);

#endif
