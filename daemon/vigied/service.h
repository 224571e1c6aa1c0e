/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service around the engine: signals, systemd's notifications (sd_notify(3)),
 * its watchdog, and what is logged of runs.
 *
 * The watchdog is fed from a timer of the loop, and only while the schedule
 * advances: no partner overdue for long, no store job stuck.
 */
#ifndef VIGIE_VIGIED_SERVICE_H
#define VIGIE_VIGIED_SERVICE_H

#include "base/clock.h"
#include "config/config.h"

enum { SERVICE_MEND = 2 };	/* exit status of what does not heal by itself: systemd is told not to try again */

/* Runs until SIGTERM or SIGINT.  Takes `config`, which has those `problems`.  Returns the exit status. */
int service_run(const struct clock *clock, const char *config_file, struct config *config,
    const struct config_problems *problems);

#endif
