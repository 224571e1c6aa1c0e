/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A partner's own rhythm of change, and whether it has stopped: the BG/NBD
 * model of Fader, Hardie and Lee (2005), with « the contents changed » in place
 * of « the customer bought ».  Its time is what was observed: good polls in the
 * open season.  Plain data; zero is a good start.
 */
#ifndef VIGIE_HEALTH_RHYTHM_H
#define VIGIE_HEALTH_RHYTHM_H

#include <stdint.h>

struct rhythm {
	double changes;		/* x */
	int64_t changed_ms;	/* t_x: observed time at the last change */
	int64_t observed_ms;	/* T */
};

void rhythm_pass(struct rhythm *r, int64_t observed_ms);
void rhythm_change(struct rhythm *r);
/* P(the rhythm goes on | x, t_x, T): 1 for who has never changed. */
double rhythm_alive(const struct rhythm *r);
/* Whether it has stopped: enough changes to know it by, a week of quiet, and
 * improbable that it goes on. */
int rhythm_stopped(const struct rhythm *r);

#endif
