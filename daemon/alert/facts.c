/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/facts.h"

#include <cjson/cJSON.h>

#include "base/clock.h"

void
facts_done(struct facts *f)
{
	for (size_t i = 0; i < f->n_reasons; i++)
		free(f->reasons[i].value);
	for (size_t i = 0; i < f->n_peers; i++) {
		free(f->peers[i].name);
		free(f->peers[i].website);
	}
	free(f->reasons);
	free(f->peers);
	free(f->partner);
	free(f->name);
	free(f->theme);
	free(f->website);
	free(f->moved_to);
	free(f->successor);
	*f = (struct facts){ .at_ms = TIME_NONE, .since_ms = TIME_NONE };
}

/* ---- writing.  What is not known is left out. */

static void
must(const void *made)
{
	if (made == NULL)
		abort();	/* out of memory */
}

static void
put_text(cJSON *o, const char *name, const char *text)
{
	if (text != NULL)
		must(cJSON_AddStringToObject(o, name, text));
}

static void
put_number(cJSON *o, const char *name, double value)
{
	must(cJSON_AddNumberToObject(o, name, value));
}

static void
put_time(cJSON *o, const char *name, int64_t t_ms)
{
	if (t_ms != TIME_NONE)
		put_number(o, name, (double)t_ms);
}

static cJSON *
put_element(cJSON *array)
{
	cJSON *o = cJSON_CreateObject();
	must(o);
	(void)cJSON_AddItemToArray(array, o);
	return o;
}

static void
put_lists(cJSON *o, const struct facts *f)
{
	cJSON *reasons = cJSON_AddArrayToObject(o, "reasons"), *peers = cJSON_AddArrayToObject(o, "peers");
	must(reasons);
	must(peers);
	for (size_t i = 0; i < f->n_reasons; i++) {
		const struct fact_reason *r = &f->reasons[i];
		cJSON *e = put_element(reasons);
		put_text(e, "key", reason_name(r->key));
		put_number(e, "log_odds", r->log_odds);
		put_time(e, "since", r->since_ms);
		put_text(e, "value", r->value);
	}
	for (size_t i = 0; i < f->n_peers; i++) {
		cJSON *e = put_element(peers);
		put_text(e, "name", f->peers[i].name);
		put_text(e, "website", f->peers[i].website);
		put_number(e, "listings", (double)f->peers[i].listings);
	}
}

void
facts_write(const struct facts *f, struct buf *json)
{
	cJSON *o = cJSON_CreateObject();
	must(o);
	put_text(o, "partner", f->partner);
	put_text(o, "name", f->name);
	put_text(o, "theme", f->theme);
	put_text(o, "website", f->website);
	put_text(o, "verdict", verdict_name(f->verdict));
	put_text(o, "before", verdict_name(f->before));
	put_time(o, "at", f->at_ms);
	put_time(o, "since", f->since_ms);
	put_number(o, "probability", f->probability);
	put_text(o, "moved_to", f->moved_to);
	put_text(o, "successor", f->successor);
	put_number(o, "listings", (double)f->listings);
	must(cJSON_AddBoolToObject(o, "withdrawn", f->withdrawn));
	must(cJSON_AddBoolToObject(o, "marked", f->marked));
	must(cJSON_AddBoolToObject(o, "presence", f->presence));
	put_lists(o, f);
	char *text = cJSON_PrintUnformatted(o);
	must(text);
	buf_str(json, text);
	cJSON_free(text);
	cJSON_Delete(o);
}

/* ---- reading */

static char *
get_text(const cJSON *o, const char *name)
{
	return xstrdup(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name)));
}

static double
get_number(const cJSON *o, const char *name)
{
	const cJSON *v = cJSON_GetObjectItemCaseSensitive(o, name);
	return cJSON_IsNumber(v) ? v->valuedouble : 0;
}

static int64_t
get_time(const cJSON *o, const char *name)
{
	return cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(o, name)) ? (int64_t)get_number(o, name) : TIME_NONE;
}

static bool
get_bool(const cJSON *o, const char *name)
{
	return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(o, name));
}

static bool
get_verdict(const cJSON *o, const char *name, enum verdict *ret)
{
	const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, name));
	for (int i = 0; text != NULL && i < VERDICTS; i++)
		if (strcmp(text, verdict_name((enum verdict)i)) == 0) {
			*ret = (enum verdict)i;
			return true;
		}
	return false;
}

/* One that this version does not know is passed over. */
static void
get_reasons(const cJSON *o, struct facts *f)
{
	const cJSON *e, *list = cJSON_GetObjectItemCaseSensitive(o, "reasons");
	f->reasons = xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *f->reasons);
	cJSON_ArrayForEach(e, list) {
		const char *key = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(e, "key"));
		int i = 0;
		while (key != NULL && i < REASONS && strcmp(key, reason_name((enum reason_key)i)) != 0)
			i++;
		if (key == NULL || i == REASONS)
			continue;
		f->reasons[f->n_reasons++] = (struct fact_reason){
			(enum reason_key)i, get_number(e, "log_odds"), get_time(e, "since"), get_text(e, "value"),
		};
	}
}

static void
get_peers(const cJSON *o, struct facts *f)
{
	const cJSON *e, *list = cJSON_GetObjectItemCaseSensitive(o, "peers");
	f->peers = xcalloc((size_t)cJSON_GetArraySize(list) + 1, sizeof *f->peers);
	cJSON_ArrayForEach(e, list)
		f->peers[f->n_peers++] = (struct fact_peer){
			get_text(e, "name"), get_text(e, "website"), (int64_t)get_number(e, "listings"),
		};
}

int
facts_read(struct facts *ret, const char *json, size_t len, struct error *err)
{
	cJSON *o = cJSON_ParseWithLength(json, len);
	struct facts f = { .partner = get_text(o, "partner") };
	if (f.partner == NULL || !get_verdict(o, "verdict", &f.verdict) || !get_verdict(o, "before", &f.before)) {
		facts_done(&f);
		cJSON_Delete(o);
		return error_set(err, ERROR_FORMAT, "these are no facts of a partner");
	}
	f.name = get_text(o, "name");
	f.theme = get_text(o, "theme");
	f.website = get_text(o, "website");
	f.at_ms = get_time(o, "at");
	f.since_ms = get_time(o, "since");
	f.probability = get_number(o, "probability");
	f.moved_to = get_text(o, "moved_to");
	f.successor = get_text(o, "successor");
	f.listings = (int64_t)get_number(o, "listings");
	f.withdrawn = get_bool(o, "withdrawn");
	f.marked = get_bool(o, "marked");
	f.presence = get_bool(o, "presence");
	get_reasons(o, &f);
	get_peers(o, &f);
	cJSON_Delete(o);
	*ret = f;
	return 0;
}
