/* SPDX-License-Identifier: Apache-2.0 */
/* The usage, from the tables of commands and options. */
#ifndef VIGIE_VIGIE_HELP_H
#define VIGIE_VIGIE_HELP_H

#include <stdio.h>

#include "vigie/command.h"

void help_all(FILE *out);
void help_command(FILE *out, const struct command *c);

#endif
