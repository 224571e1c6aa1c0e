/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIGIE_VIGIED_PROBLEMS_H
#define VIGIE_VIGIED_PROBLEMS_H

#include "base/said.h"
#include "config/config.h"

/* Each problem of the settings as one line of the log, but those that were told the last time; and that there are none any more. */
void log_problems(const struct config_problems *problems, struct said *told);

#endif
