/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kind of listing is called elsewhere: in schema.org's words (30.0), and
 * in those of the DATAtourisme ontology (core#, 2025-04-30) where it has one.
 */
#ifndef VIGIE_REPRESENT_VOCABULARY_H
#define VIGIE_REPRESENT_VOCABULARY_H

#include "catalogue/reading.h"

enum where {			/* how schema.org says where it is */
	WHERE_SELF,		/* it is a place: address and geo of its own */
	WHERE_LOCATION,
	WHERE_AREA,		/* areaServed of a service */
	WHERE_ORIGIN,		/* tripOrigin */
	WHERE_OFFER		/* availableAtOrFrom of its offer, or of itself when it is one */
};

enum offered {			/* how schema.org says what it costs */
	OFFERED,		/* offers */
	OFFERED_MAKES,		/* makesOffer: it is a business */
	OFFERED_SELF,		/* it is an offer */
	OFFERED_NOT		/* a place that is not sold */
};

enum {
	LEASED = 1,		/* one hires it */
	UNRATED = 2		/* schema.org's class has no ratings */
};

enum persons {			/* how schema.org says for how many it is */
	PERSONS_NOT,
	PERSONS_ATTEND,		/* maximumAttendeeCapacity */
	PERSONS_OCCUPY,		/* occupancy */
	PERSONS_PROPERTY	/* a property of no name of its own */
};

struct vocabulary {
	const char *kind;
	const char *schema;		/* class */
	enum where where;
	enum offered offered;
	unsigned flags;
	enum persons persons;
	const char *datatourisme;	/* classes beside PointOfInterest, as Turtle writes them; "": none */
};

/*
 * A product is one for schema.org's readers only when it says what it costs:
 * without a price, what stands in for it is given.  Never NULL.
 */
const struct vocabulary *vocabulary_of(const struct listing_row *row);

#endif
