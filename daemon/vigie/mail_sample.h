/* SPDX-License-Identifier: Apache-2.0 */
/* Letters of invented facts, so that staff can see what will come. */
#ifndef VIGIE_VIGIE_MAIL_SAMPLE_H
#define VIGIE_VIGIE_MAIL_SAMPLE_H

#include "alert/letter.h"

/* `what`: the name of a kind, of a verdict (an alert of it),
 * "group" or "host".  -1: there is none of that name. */
int mail_sample(const char *what, const struct letter_office *office, int64_t now_ms, struct letter_text *ret);

#endif
