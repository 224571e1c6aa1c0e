/* SPDX-License-Identifier: Apache-2.0 */
/* Domain names: RDAP (RFC 9083), and where to ask (RFC 9224). */
#include "base/buf.h"
#include "base/clock.h"
#include "watch/cue.h"
#include "watch/document.h"
#include "watch/registry.h"

enum { SHOWN_MAX = 60 };

/* "client hold", as RDAP writes it (RFC 8056), is "clientHold" to others. */
static bool
status_is(const char *status, const char *word)
{
	while (*status != '\0' && *word != '\0') {
		if (*status == ' ' || *status == '_' || *status == '-') {
			status++;
			continue;
		}
		if ((*status | 0x20) != *word)
			return false;
		status++;
		word++;
	}
	return *status == '\0' && *word == '\0';
}

static void
read_status(const cJSON *domain, struct rdap_reading *ret, struct buf *note)
{
	const cJSON *status;
	cJSON_ArrayForEach(status, document_array(domain, "status")) {
		if (!cJSON_IsString(status))
			continue;
		const char *s = status->valuestring;
		ret->redemption |= status_is(s, "redemptionperiod") || status_is(s, "pendingdelete");
		ret->on_hold |= status_is(s, "clienthold") || status_is(s, "serverhold");
		if (note->len > SHOWN_MAX)
			continue;
		buf_str(note, note->len > 0 ? ", " : "");
		document_quote(note, s, SHOWN_MAX);
	}
}

static void
keep_latest(int64_t *latest_ms, int64_t t_ms)
{
	if (t_ms > *latest_ms)	/* TIME_NONE is the smallest */
		*latest_ms = t_ms;
}

static void
read_events(const cJSON *domain, struct rdap_reading *ret)
{
	const cJSON *event;
	cJSON_ArrayForEach(event, document_array(domain, "events")) {
		const char *action = document_text(event, "eventAction");
		if (strcmp(action, "expiration") == 0)
			keep_latest(&ret->expires_ms, document_date(event, "eventDate"));
		else if (strcmp(action, "registration") == 0 || strcmp(action, "reregistration") == 0)
			keep_latest(&ret->registered_ms, document_date(event, "eventDate"));
	}
}

static void
read_servers(const cJSON *domain, struct rdap_reading *ret, struct buf *note)
{
	const cJSON *server;
	cJSON_ArrayForEach(server, document_array(domain, "nameservers")) {
		const char *name = document_text(server, "ldhName");
		if (ret->parked || !cue_park_server(name))
			continue;
		ret->parked = true;
		buf_str(note, note->len > 0 ? ", " : "");
		document_quote(note, name, SHOWN_MAX);
	}
}

int
rdap_read(int status, const char *json, size_t len, struct rdap_reading *ret, struct error *err)
{
	struct rdap_reading reading = { .expires_ms = TIME_NONE, .registered_ms = TIME_NONE };
	struct buf note = BUF_INIT;
	if (status == 404) {
		(void)snprintf(reading.note, sizeof reading.note, "not registered");
		*ret = reading;
		return 0;
	}
	if (status != 200)
		return error_set(err, ERROR_HTTP, "the domain register answered %d", status);
	cJSON *domain = document_parse(json, len, err);
	if (domain == NULL)
		return error_context(err, "RDAP");
	if (strcasecmp(document_text(domain, "objectClassName"), "domain") != 0) {
		cJSON_Delete(domain);
		return error_set(err, ERROR_FORMAT, "RDAP: not a domain");
	}
	reading.registered = true;
	read_status(domain, &reading, &note);
	read_events(domain, &reading);
	read_servers(domain, &reading, &note);
	document_day(&note, note.len > 0 ? ", expiration " : "expiration ", reading.expires_ms);
	document_note(reading.note, sizeof reading.note, &note);
	*ret = reading;
	buf_done(&note);
	cJSON_Delete(domain);
	return 0;
}

/* Is `domain` this one, or below it? */
static bool
is_below(const char *domain, const char *zone)
{
	size_t len = strlen(domain), n = strlen(zone);
	len -= len > 0 && domain[len - 1] == '.';
	if (n == 0 || n > len || strncasecmp(domain + len - n, zone, n) != 0)
		return false;
	return n == len || domain[len - n - 1] == '.';
}

/* Length of the longest entry that covers `domain`; 0: none. */
static size_t
covers(const cJSON *service, const char *domain)
{
	const cJSON *entry, *entries = cJSON_GetArrayItem(service, 0);
	size_t best = 0;
	if (!cJSON_IsArray(entries))
		return 0;
	cJSON_ArrayForEach(entry, entries)
		if (cJSON_IsString(entry) && is_below(domain, entry->valuestring) && strlen(entry->valuestring) > best)
			best = strlen(entry->valuestring);
	return best;
}

static bool
is_url(const char *s)
{
	for (const char *p = s; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~')
			return false;
	return strncasecmp(s, "https://", 8) == 0 || strncasecmp(s, "http://", 7) == 0;
}

/* https before http, as RFC 9224 wants; NULL: none. */
static const char *
pick_url(const cJSON *service)
{
	const cJSON *url, *urls = cJSON_GetArrayItem(service, 1);
	const char *best = NULL;
	if (!cJSON_IsArray(urls))
		return NULL;
	cJSON_ArrayForEach(url, urls) {
		if (!cJSON_IsString(url) || !is_url(url->valuestring))
			continue;
		if (best == NULL || (strncasecmp(best, "https:", 6) != 0 && strncasecmp(url->valuestring, "https:", 6) == 0))
			best = url->valuestring;
	}
	return best;
}

int
rdap_bootstrap(const char *json, size_t len, const char *domain, char *out, size_t out_size, struct error *err)
{
	const cJSON *service, *services;
	const char *found = NULL;
	size_t best = 0;
	int rc = -1;
	cJSON *document = document_parse(json, len, err);
	if (document == NULL)
		return error_context(err, "RDAP servers");
	if ((services = document_array(document, "services")) == NULL) {
		(void)error_set(err, ERROR_FORMAT, "RDAP servers: not the list that was expected");
		goto out;
	}
	cJSON_ArrayForEach(service, services) {
		size_t n = cJSON_IsArray(service) ? covers(service, domain) : 0;
		const char *url = n > best ? pick_url(service) : NULL;
		if (url != NULL) {
			best = n;
			found = url;
		}
	}
	size_t n = found != NULL ? strlen(found) : 0;
	if (found == NULL)
		(void)error_set(err, ERROR_NOT_FOUND, "no RDAP server is known for %s", domain);
	else if (n + 2 > out_size)
		(void)error_set(err, ERROR_LIMIT, "the address of the RDAP server is too long");
	else
		rc = snprintf(out, out_size, "%s%s", found, found[n - 1] == '/' ? "" : "/") < 0 ? -1 : 0;
out:
	cJSON_Delete(document);
	return rc;
}
