/* SPDX-License-Identifier: Apache-2.0 */
#include "health/incident.h"

#include "health/constants.h"

static void
judge(struct incident *g, int64_t t_ms)
{
	const struct detector_constants *k = &detector_constants;
	bool blind = g->struck >= k->incident_partners_min &&
	    g->struck >= k->incident_share * (g->answering + g->struck);
	if (blind && !g->blind)
		g->blind_since_ms = t_ms;
	g->blind = blind;
}

uint32_t
incident_fall(struct incident *g, int64_t t_ms)
{
	if (g->struck == 0 || (!incident_blind(g, t_ms) && t_ms - g->last_ms > detector_constants.incident_window_ms)) {
		g->number++;
		g->struck = 0;
	}
	g->last_ms = t_ms;
	g->struck++;
	g->answering--;
	judge(g, t_ms);
	return g->number;
}

void
incident_rise(struct incident *g, uint32_t wave, int64_t t_ms)
{
	g->answering++;
	if (wave == g->number && g->struck > 0)
		g->struck--;
	judge(g, t_ms);
}

void
incident_leave(struct incident *g, uint32_t wave, bool answered, int64_t t_ms)
{
	if (answered)
		g->answering--;
	else if (wave == g->number && g->struck > 0)
		g->struck--;
	judge(g, t_ms);
}

bool
incident_blind(const struct incident *g, int64_t t_ms)
{
	int64_t longest_ms = g->longest_ms > 0 ? g->longest_ms : detector_constants.incident_longest_ms;
	return g->blind && t_ms - g->blind_since_ms <= longest_ms;
}

void
incident_rewind(struct incident *g, int64_t t_ms)
{
	g->last_ms = g->last_ms < t_ms ? g->last_ms : t_ms;
	g->blind_since_ms = g->blind_since_ms < t_ms ? g->blind_since_ms : t_ms;
}
