/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIGIE_VIGIED_PROBLEMS_H
#define VIGIE_VIGIED_PROBLEMS_H

#include "config/config.h"

/* Each problem of the settings as one line of the log. */
void log_problems(const struct config_problems *problems);

#endif
