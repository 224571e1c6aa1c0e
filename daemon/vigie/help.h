/* SPDX-License-Identifier: Apache-2.0 */
/* The usage, from the table of commands. */
#ifndef VIGIE_VIGIE_HELP_H
#define VIGIE_VIGIE_HELP_H

#include <stdio.h>

#include "vigie/command.h"

/* `commands` ends with a name NULL. */
void help_all(FILE *out, const struct command *commands);
void help_command(FILE *out, const struct command *c);

#endif
