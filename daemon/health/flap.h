/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a partner flaps: the weighted share of changes between its last 21
 * polls, as Nagios reckons it (weights 0.75 to 1.25, the newest most; begins
 * above 30 %, ends below 20 %).  Plain data; zero is a good start.
 */
#ifndef VIGIE_HEALTH_FLAP_H
#define VIGIE_HEALTH_FLAP_H

#include <stdbool.h>
#include <stdint.h>

struct flap {
	uint32_t states;	/* bit 0 is the last poll; set: it failed */
	bool flapping;
};

void flap_poll(struct flap *f, bool failed);

#endif
