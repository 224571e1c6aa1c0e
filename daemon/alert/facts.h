/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is told of one partner at one moment: frozen when the verdict falls,
 * kept as JSON with the alert, read again when a letter is written.  Strings
 * are owned; NULL stands for « not known ».
 */
#ifndef VIGIE_ALERT_FACTS_H
#define VIGIE_ALERT_FACTS_H

#include "base/buf.h"
#include "base/error.h"
#include "health/detector.h"

struct fact_reason {
	enum reason_key key;
	double log_odds;	/* what it added; 0: told, but not weighed */
	int64_t since_ms;	/* TIME_NONE: not dated */
	char *value;		/* as read: "nxdomain", "410", "homeexchange.com", closing words */
};

struct fact_peer {		/* another partner of the theme, alive */
	char *name, *website;
	int64_t listings;
};

struct facts {
	char *partner, *name, *theme, *website;
	enum verdict verdict, before;
	int64_t at_ms;		/* when the verdict fell */
	int64_t since_ms;	/* when the trouble began; TIME_NONE */
	double probability;	/* that it is gone */
	struct fact_reason *reasons;
	size_t n_reasons;
	char *moved_to;		/* registrable domain that it leads to */
	char *successor;	/* the partner that the settings name (replaced_by) */
	int64_t listings;	/* in the catalogue */
	bool withdrawn;		/* they are not published any more */
	bool marked;		/* they carry a mark */
	bool presence;		/* only its web site is looked at: it sends no offers */
	struct fact_peer *peers;
	size_t n_peers;
};

void facts_done(struct facts *f);
void facts_write(const struct facts *f, struct buf *json);
int facts_read(struct facts *ret, const char *json, size_t len, struct error *err);

#endif
