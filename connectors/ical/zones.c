/* SPDX-License-Identifier: Apache-2.0 */
#include "ical/zones.h"

#include <stdbool.h>
#include <string.h>

void
ical_zones_clear(struct ical_zones *z)
{
	for (size_t i = 0; i < z->n; i++)
		icaltimezone_free(z->list[i], 1);
	z->n = 0;
}

enum { RULES_MAX = 32 };

/*
 * Summer time comes and goes once a year, on one day of one month: a rule by
 * the second, or of all days, would take for ever to reckon.
 */
static bool
is_simple(const struct icalrecurrencetype *r)
{
	const short none = ICAL_RECURRENCE_ARRAY_MAX;
	bool one_day = r->by_day[0] == none || (r->by_day[1] == none && r->by_month[0] != none);
	bool one_month = r->by_month[0] == none || r->by_month[1] == none;
	bool nothing_else = r->by_second[0] == none && r->by_minute[0] == none && r->by_hour[0] == none &&
	    r->by_year_day[0] == none && r->by_week_no[0] == none && r->by_set_pos[0] == none;
	return r->freq == ICAL_YEARLY_RECURRENCE && one_day && one_month && nothing_else;
}

static bool
is_sane(icalcomponent *zone)
{
	int rules = 0;
	icalcomponent *c = icalcomponent_get_first_component(zone, ICAL_ANY_COMPONENT);
	for (; c != NULL; c = icalcomponent_get_next_component(zone, ICAL_ANY_COMPONENT)) {
		icalproperty *p = icalcomponent_get_first_property(c, ICAL_RRULE_PROPERTY);
		for (; p != NULL; p = icalcomponent_get_next_property(c, ICAL_RRULE_PROPERTY)) {
			struct icalrecurrencetype r = icalproperty_get_rrule(p);
			if (!is_simple(&r))
				return false;
		}
		if (++rules > RULES_MAX)
			return false;
	}
	return rules > 0 && icalcomponent_get_first_property(zone, ICAL_TZID_PROPERTY) != NULL;
}

void
ical_zones_add(struct ical_zones *z, const char *text)
{
	icalcomponent *zone = z->n < ICAL_ZONES_MAX ? icalparser_parse_string(text) : NULL;
	if (zone == NULL)
		return;
	icaltimezone *t = NULL;
	if (icalcomponent_isa(zone) == ICAL_VTIMEZONE_COMPONENT && is_sane(zone))
		t = icaltimezone_new();
	if (t != NULL && icaltimezone_set_component(t, zone)) {
		z->list[z->n++] = t;
		return;
	}
	if (t != NULL)
		icaltimezone_free(t, 1);
	icalcomponent_free(zone);
}

/* "/mozilla.org/20050126_1/Europe/Paris": the last two parts. */
static const char *
without_prefix(const char *tzid)
{
	const char *last = strrchr(tzid, '/');
	if (*tzid != '/' || last == NULL || last == tzid)
		return tzid;
	const char *s = last;
	while (s > tzid && s[-1] != '/')
		s--;
	return s;
}

icaltimezone *
ical_zones_find(const struct ical_zones *z, const char *tzid)
{
	icaltimezone *known = icaltimezone_get_builtin_timezone(without_prefix(tzid));
	if (known != NULL)
		return known;
	for (size_t i = 0; i < z->n; i++) {
		const char *own = icaltimezone_get_tzid(z->list[i]);
		if (own != NULL && strcmp(own, tzid) == 0)
			return z->list[i];
	}
	return NULL;
}
