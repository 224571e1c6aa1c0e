/* SPDX-License-Identifier: Apache-2.0 */
/* vigie mail list, vigie mail preview NUMBER: the outbox. */
#ifndef VIGIE_VIGIE_MAIL_OUTBOX_H
#define VIGIE_VIGIE_MAIL_OUTBOX_H

#include <stdint.h>

#include "vigie/command.h"

int mail_list(const struct invocation *in);
/* The letter of that number as it went, or as it would go now. */
int mail_show(const struct invocation *in, int64_t letter);

#endif
