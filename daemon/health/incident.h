/* SPDX-License-Identifier: Apache-2.0 */
/*
 * « Is it us? »  Partners of one group are watched from the same place.  When
 * at least two, and at least half of those that answered, fall silent within
 * about a poll's interval, the lookout takes itself for blind: the clocks of
 * the whole group stand still until fewer are silent, at most for a week or
 * for what the group says.
 * Control hosts of the daemon are members like others.  Plain data; zero is a
 * good start.
 */
#ifndef VIGIE_HEALTH_INCIDENT_H
#define VIGIE_HEALTH_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

struct incident {
	uint32_t answering;	/* members whose last poll was answered */
	uint32_t struck;	/* members that fell silent together and still are */
	uint32_t number;	/* of the wave that struck them; counts from 1 */
	int64_t last_ms;	/* when the last of them fell silent */
	int64_t blind_since_ms;	/* while `blind` */
	int64_t longest_ms;	/* that the clocks stand still; 0: the constant */
	bool blind;		/* many are silent, for however long */
};

/* A member that answered is silent.  Returns the wave it belongs to, which the
 * member keeps and gives back when it answers. */
uint32_t incident_fall(struct incident *g, int64_t t_ms);
/* A member answers: after a silence of that wave, or for the first time (0). */
void incident_rise(struct incident *g, uint32_t wave, int64_t t_ms);
/* A member is not watched any more; `wave` as for incident_rise, 0 if it answered. */
void incident_leave(struct incident *g, uint32_t wave, bool answered, int64_t t_ms);
/* The clock was ahead, and is put right: nothing was later than now. */
void incident_rewind(struct incident *g, int64_t t_ms);
/* Whether the clocks stand still. */
bool incident_blind(const struct incident *g, int64_t t_ms);

#endif
