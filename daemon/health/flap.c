/* SPDX-License-Identifier: Apache-2.0 */
#include "health/flap.h"

enum { STATES = 21, CHANGES = STATES - 1 };
static const double oldest_weight = 0.75, newest_weight = 1.25, begins_above = 0.30, ends_below = 0.20;

static double
change_share(uint32_t states)
{
	uint32_t changes = (states ^ states >> 1) & ((1u << CHANGES) - 1);
	double sum = 0;
	for (int i = 0; changes != 0; i++, changes >>= 1)
		if (changes & 1)
			sum += newest_weight - (newest_weight - oldest_weight) * i / (CHANGES - 1);
	return sum / CHANGES;
}

void
flap_poll(struct flap *f, bool failed)
{
	f->states = (f->states << 1 | failed) & ((1u << STATES) - 1);
	if (f->states == 0 && !f->flapping)
		return;
	double share = change_share(f->states);
	f->flapping = f->flapping ? share >= ends_below : share > begins_above;
}
