/* SPDX-License-Identifier: Apache-2.0 */
#include "config/partner.h"

#include <xxhash.h>

#include "base/buf.h"
#include "config/credential.h"
#include "config/preset.h"
#include "config/settings.h"
#include "config/source.h"
#include "config/value.h"

/* The host speaks these itself. */
static const char *const own_headers[] = { "accept-encoding", "connection", "content-length", "host",
	"if-match", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "keep-alive", "range",
	"te", "trailer", "transfer-encoding", "upgrade", "user-agent", NULL };

/* ---- credentials */

/* A partner that is off may be shipped without its secrets. */
static void
no_credential(const struct source *s, struct partner_config *p, struct place at, const struct error *err)
{
	if (p->enabled || err->kind == ERROR_CONFIG)
		report_problem(s->report, at, "%s", err->text);
	else if (p->missing == NULL)
		p->missing = xstrdup(err->text);
}

/* The secret in place of its name; "" if there is none.  The caller frees it, and
 * *ret_secret, the secret alone (NULL: nobody asks). */
static char *
expand(const struct source *s, struct partner_config *p, const struct inifile_entry *e, char **ret_secret)
{
	struct error err = ERROR_INIT;
	char *text = value_join(e->value, " ");
	char *secret = credential_expand(text, s->folder, ret_secret, &err);
	if (secret == NULL)
		no_credential(s, p, e->at, &err);
	free(text);
	return secret != NULL ? secret : xstrdup("");
}

static void
expand_oauth(const struct source *s, struct partner_config *p, const char *name, char **member)
{
	const struct inifile_entry *e = inifile_find(s->file, "oauth", name);
	if (*member == NULL || !credential_named(*member))
		return;
	free(*member);
	*member = expand(s, p, e, NULL);
}

static void
check_oauth(const struct source *s, struct partner_config *p)
{
	const struct config_oauth *o = &p->oauth;
	struct place at = inifile_place(s->file, "oauth", NULL);
	bool url = inifile_find(s->file, "oauth", "token_url") != NULL;
	bool id = inifile_find(s->file, "oauth", "client_id") != NULL;
	bool secret = inifile_find(s->file, "oauth", "client_secret") != NULL;
	if (url && !(id && secret))
		report_problem(s->report, at, "\"%s\" is missing in [oauth]", id ? "client_secret" : "client_id");
	if (!url && (id || secret || o->scope != NULL))
		report_problem(s->report, at, "\"token_url\" is missing in [oauth]");
	expand_oauth(s, p, "client_id", &p->oauth.client_id);
	expand_oauth(s, p, "client_secret", &p->oauth.client_secret);
}

/* ---- headers and query parameters */

struct pairs {
	const char *prefix;
	struct config_pair **list;
	size_t *n;
	bool headers;
};

static const char *
header_fault(const char *name)
{
	static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
	if (name[strspn(name, token)] != '\0')
		return "is no name of a header";
	for (size_t i = 0; own_headers[i] != NULL; i++)
		if (strcasecmp(name, own_headers[i]) == 0)
			return "is set by the service itself: take the line away";
	return NULL;
}

static const char *
pair_fault(const struct pairs *pairs, const char *name, const char *value)
{
	if (pairs->headers && header_fault(name) != NULL)
		return header_fault(name);
	for (size_t i = 0; i < *pairs->n && pairs->headers; i++)
		if (strcasecmp((*pairs->list)[i].name, name) == 0)
			return "is set twice: capitals make no difference";
	if (!credential_named(value) && value[0] != '\0' && credential_expected(name))
		return "looks like a secret: put it in a file and write credential:NAME";
	return NULL;
}

static void
take_pair(const struct source *s, struct partner_config *p, const struct pairs *pairs, const struct inifile_entry *e)
{
	const char *name = e->name + strlen(pairs->prefix), *fault = pair_fault(pairs, name, e->value);
	if (fault != NULL) {
		report_problem(s->report, e->at, "\"%s\" %s", e->name, fault);
		return;
	}
	struct config_pair pair = { .name = xstrdup(name), .secret = credential_named(e->value) };
	pair.value = pair.secret ? expand(s, p, e, &pair.hidden) : value_join(e->value, " ");
	*pairs->list = xrealloc(*pairs->list, *pairs->n + 1, sizeof **pairs->list);
	(*pairs->list)[(*pairs->n)++] = pair;
}

static void
take_pairs(const struct source *s, struct partner_config *p)
{
	const struct pairs kinds[] = {
		{ "header.", &p->headers, &p->n_headers, true },
		{ "query.", &p->query, &p->n_query, false },
	};
	for (size_t i = 0; i < s->file->n; i++) {
		const struct inifile_entry *e = &s->file->list[i];
		if (e->name == NULL || strcmp(e->section, "request") != 0)
			continue;
		for (size_t j = 0; j < 2; j++) {
			size_t len = strlen(kinds[j].prefix);
			if (strncmp(e->name, kinds[j].prefix, len) == 0 && e->name[len] != '\0')
				take_pair(s, p, &kinds[j], e);
		}
	}
}

/* ---- what one key cannot say */

static void
check_request(const struct source *s, const struct partner_config *p)
{
	const char *name;
	size_t len = p->url != NULL ? credential_in_url(p->url, &name) : 0;
	if (len > 0)
		report_problem(s->report, inifile_place(s->file, "request", "url"), "parameter \"%.*s\" of the url looks "
		    "like a secret: put it in a file and write query.%.*s = credential:NAME", (int)len, name,
		    (int)len, name);
	if (p->body != NULL && p->method != NULL && strcmp(p->method, "GET") == 0)
		report_problem(s->report, inifile_place(s->file, "request", "body"),
		    "\"body\" needs method = POST");
	if (p->url != NULL && strchr(p->url, '#') != NULL)
		report_problem(s->report, inifile_place(s->file, "request", "url"),
		    "what stands after \"#\" in the url is never sent: leave it away");
}

static void
missing(const struct source *s, const char *section, const char *name)
{
	source_missing(s, section, name, key_find(s->keys, section, name)->help);
}

/* A document of the office's own. */
static void
check_local(const struct source *s, struct partner_config *p)
{
	struct buf name = BUF_INIT;
	if (p->url != NULL) {
		report_problem(s->report, inifile_place(s->file, "request", "file"),
		    "there is a \"url\" and a \"file\": take one of them away");
		return;
	}
	buf_fmt(&name, "file:%s", p->local_file);
	p->url = xstrdup(p->website != NULL ? p->website : buf_cstr(&name));
	buf_done(&name);
}

/* Where listings come from, and what is seen of the partner. */
static void
check_origin(const struct source *s, struct partner_config *p)
{
	bool presence = p->connector != NULL && p->connector->presence;
	if (presence && p->url == NULL)
		p->url = xstrdup(p->website);
	if (presence && p->website == NULL)
		p->website = xstrdup(p->url);
	if (!presence && p->normalise.kind == NULL && inifile_find(s->file, "partner", "kind") == NULL)
		missing(s, "partner", "kind");
	if (p->local_file != NULL && !presence)
		check_local(s, p);
	else if (presence && p->local_file != NULL)
		report_problem(s->report, inifile_place(s->file, "request", "file"), "the connector %s reads no file: it "
		    "looks at the web site", p->connector_name);
	else if (p->url == NULL && inifile_find(s->file, "request", "url") == NULL)
		missing(s, presence ? "partner" : "request", presence ? "website" : "url");
}

/* Days as text compare as days. */
static void
check_contract(const struct source *s, const struct partner_config *p)
{
	if (p->contract_from != NULL && p->contract_to != NULL && strcmp(p->contract_from, p->contract_to) > 0)
		report_problem(s->report, inifile_place(s->file, "partner", "contract_to"),
		    "the contract ends before it begins (contract_from = %s)", p->contract_from);
}

/* ---- what decides how an item is read */

static void
hash_text(XXH3_state_t *state, const char *s)
{
	uint64_t len = s != NULL ? strlen(s) : UINT64_MAX;
	(void)XXH3_64bits_update(state, &len, sizeof len);
	if (s != NULL)
		(void)XXH3_64bits_update(state, s, strlen(s));
}

static uint64_t
read_seed(const struct partner_config *p)
{
	const struct normalise_options *n = &p->normalise;
	const char *const texts[] = { p->connector != NULL ? p->connector->name : NULL, n->kind, n->language, n->country, n->currency,
		n->price_unit, n->strip_params, n->timezone, p->website, p->member };
	const unsigned numbers[] = { NORMALISE_VERSION, VIGIE_CONNECTOR_ABI, n->price_is_minor, n->price_is_points,
		n->keep_contacts, n->day_first };
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL)
		abort();
	(void)XXH3_64bits_reset(state);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		hash_text(state, texts[i]);
	(void)XXH3_64bits_update(state, numbers, sizeof numbers);
	(void)XXH3_64bits_update(state, &n->rating_scale, sizeof n->rating_scale);
	for (size_t i = 0; i < p->n_settings; i++) {
		hash_text(state, p->settings[i].section);
		hash_text(state, p->settings[i].name);
		hash_text(state, p->settings[i].value);
	}
	uint64_t seed = XXH3_64bits_digest(state);
	(void)XXH3_freeState(state);
	return seed;
}

/* ---- the file */

static void
read_file(const struct source *s, struct partner_draft *d)
{
	struct partner_config *p = &d->partner;
	source_apply(s, d);
	check_origin(s, p);
	p->snapshot = d->source == SOURCE_SNAPSHOT;
	p->changes = d->source == SOURCE_CHANGES;
	p->normalise.price_is_minor = d->price == PRICE_MINOR;
	p->normalise.price_is_points = d->price == PRICE_POINTS;
	p->normalise.base_url = xstrdup(p->website != NULL ? p->website : p->url);
	take_pairs(s, p);
	check_oauth(s, p);
	check_request(s, p);
	check_contract(s, p);
	if (p->connector != NULL)
		settings_load(s, p);
	source_unknown(s, p->connector);
	p->read_seed = read_seed(p);
}

struct partner_config *
partner_load(const struct report *r, const char *folder, struct plugins *plugins)
{
	size_t before = r->problems->n;
	struct inifile file = INIFILE_INIT;
	struct partner_draft draft = { .price = PRICE_MONEY };
	struct partner_config *p = xcalloc(1, sizeof *p);
	const struct source s = { &file, r, folder, partner_keys };
	if (inifile_read(&file, r->file, r) == 0) {
		draft.partner.connector = preset_apply(&file, r, plugins, &draft.partner.preset);
		read_file(&s, &draft);
	}
	*p = draft.partner;
	p->partner = xstrdup(r->partner);
	p->file = xstrdup(r->file);
	inifile_done(&file);
	if (r->problems->n == before)
		return p;
	report_sort(r, before);
	partner_config_free(p);
	return NULL;
}

static void
free_pairs(struct config_pair *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(list[i].name);
		if (list[i].secret)
			credential_free(list[i].value);
		else
			free(list[i].value);
		credential_free(list[i].hidden);
	}
	free(list);
}

void
partner_config_free(struct partner_config *p)
{
	if (p == NULL)
		return;
	struct partner_draft draft = { .partner = *p };
	if (p->oauth.client_secret != NULL)
		explicit_bzero(p->oauth.client_secret, strlen(p->oauth.client_secret));
	keys_free(partner_keys, &draft);
	free_pairs(p->headers, p->n_headers);
	free_pairs(p->query, p->n_query);
	settings_free(p);
	free((char *)p->normalise.base_url);
	free(p->missing);
	free(p->preset);
	free(p->partner);
	free(p->file);
	free(p);
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
same_pairs(const struct config_pair *a, const struct config_pair *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].name, b[i].name) != 0 || strcmp(a[i].value, b[i].value) != 0 ||
		    a[i].secret != b[i].secret)
			return false;
	return true;
}

static bool
same_settings(const struct vigie_setting *a, const struct vigie_setting *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(a[i].section, b[i].section) != 0 || strcmp(a[i].name, b[i].name) != 0 ||
		    strcmp(a[i].value, b[i].value) != 0)
			return false;
	return true;
}

bool
partner_config_equal(const struct partner_config *a, const struct partner_config *b)
{
	for (const struct key *k = partner_keys; k->type != KEY_END; k++)
		if (k->type != KEY_PAIRS && k->where < sizeof *a && !value_equal(k, a, b))
			return false;
	return strcmp(a->partner, b->partner) == 0 && same_text(a->missing, b->missing) &&
	    same_text(a->preset, b->preset) &&
	    a->connector == b->connector && a->snapshot == b->snapshot && a->changes == b->changes &&
	    a->normalise.price_is_minor == b->normalise.price_is_minor &&
	    a->normalise.price_is_points == b->normalise.price_is_points && a->n_headers == b->n_headers &&
	    a->n_query == b->n_query && a->n_settings == b->n_settings &&
	    same_pairs(a->headers, b->headers, a->n_headers) && same_pairs(a->query, b->query, a->n_query) &&
	    same_settings(a->settings, b->settings, a->n_settings);
}
