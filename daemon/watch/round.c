/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A round: after a poll, what else can be seen is looked at, all at once and
 * each at its own polite rate; when the last answer is in, it is judged.
 */
#include <xxhash.h>

#include "base/buf.h"
#include "base/log.h"
#include "health/weigh.h"
#include "net/retry.h"
#include "watch/judge.h"
#include "watch/registry.h"

enum {
	SITE_MS = DAY_MS, SITE_FAILING_MS = 10 * MINUTE_MS,
	REGISTER_MS = DAY_MS, REGISTER_AGAIN_MS = 6 * HOUR_MS,	/* after an answer that could not be read */
	REGISTER_RATE = 60,	/* a minute; the company register allows seven a second */
	REGISTER_ASKED_MAX = 30,/* at once: no round waits longer than half a minute for its turn */
	DOMAIN_AFTER_MS = HOUR_MS,	/* of trouble: an outage of minutes needs no registry */
};

struct source;

struct slot {			/* a source that is being asked */
	struct round *round;
	const struct source *source;
	struct probe *probe;
};

enum { SOURCE_SITE, SOURCE_DNS, SOURCE_DOMAIN, SOURCE_COMPANY, SOURCE_GAZETTE, SOURCES };

struct round {
	struct ward *ward;
	struct poll_reading poll;
	struct poll_reading later;	/* came meanwhile */
	bool has_later;
	struct round_findings found;
	struct slot slots[SOURCES];
	struct page_reading site_page;
	unsigned pending;		/* answers that are waited for */
	bool waits_for_controls;
};

struct source {
	bool (*due)(const struct round *r, const struct partner_config *p, int64_t now_ms);
	void (*start)(struct slot *s, const struct partner_config *p);
};

static void
round_step(struct round *r)
{
	struct ward *d = r->ward;
	if (--r->pending > 0)
		return;
	d->round = NULL;
	struct poll_reading later = r->later;
	bool has_later = r->has_later;
	if (d->leaving) {
		free(r);
		ward_free(d);
		return;
	}
	judge_round(d, &r->poll, &r->found);
	free(r);
	if (has_later)
		round_start(d, &later);
}

typedef void answer_fn(void *arg, const struct probe_answer *answer);

static void
ask(struct slot *s, const struct probe_request *request, answer_fn *done)
{
	s->round->pending++;
	s->probe = probe_start(s->round->ward->lookout->fetcher, request, done, s);
}

/* Of the partner itself: by its own rules. */
static void
ask_partner(struct slot *s, const struct partner_config *p, const char *url, answer_fn *done)
{
	const struct probe_request request = { .url = url, .allow_private = p->allow_private,
	    .rate_per_minute = p->limits.rate_per_minute };
	ask(s, &request, done);
}

/* Of a public register: its answer goes through hear_register(). One on this
 * machine, in a rehearsal, needs no budget. */
static void
ask_register(struct slot *s, enum register_key key, const char *url, answer_fn *done)
{
	struct lookout *w = s->round->ward->lookout;
	bool ours = w->config->watch.allow_private;
	w->desks[key].asked++;
	const struct probe_request request = { .url = url, .rate_per_minute = ours ? 0 : REGISTER_RATE,
	    .allow_private = ours };
	ask(s, &request, done);
}

static const struct config_watch *
settings(const struct slot *s)
{
	return &s->round->ward->lookout->config->watch;
}

/* ---- the site */

static bool
site_due(const struct round *r, const struct partner_config *p, int64_t now_ms)
{
	const struct ward *d = r->ward;
	if (!d->lookout->config->watch.site || p->website == NULL)
		return false;
	if (retry_waits_until(d->site_not_before_ms, now_ms))
		return false;
	bool soon = reading_in_trouble(&r->poll) || r->poll.page.kind == PAGE_CLOSING || health_needs_second_look(&d->health);
	int64_t every_ms = soon ? SITE_FAILING_MS : SITE_MS, since_ms = d->site_asked_ms;
	return since_ms == TIME_NONE || now_ms < since_ms || now_ms - since_ms >= every_ms;
}

/* A site that shows the same page for an address that cannot exist says nothing. */
static void
on_absent(void *arg, const struct probe_answer *answer)
{
	struct slot *s = arg;
	struct round *r = s->round;
	struct page_reading page;
	s->probe = NULL;
	if (answer->status >= 200 && answer->status < 300) {
		page_read(answer->body, answer->len, answer->type, &page);
		if (page_alike(page.likeness, r->site_page.likeness))
			r->found.site = -1;
	}
	round_step(r);
}

static void
ask_absent(struct slot *s)
{
	const struct partner_config *p = ward_config(s->round->ward);
	struct buf path = BUF_INIT;
	if (p == NULL || p->website == NULL)
		return;
	buf_fmt(&path, "/vigie-%016llx", (unsigned long long)XXH3_64bits(p->website, strlen(p->website)));
	char *url = guard_join(p->website, buf_cstr(&path));
	if (url != NULL)
		ask_partner(s, p, url, on_absent);
	free(url);
	buf_done(&path);
}

static void
read_site(struct round *r, const struct probe_answer *answer)
{
	struct round_findings *f = &r->found;
	if (reading_is_ours(answer))
		return;
	f->site_seen = true;
	f->site = answer->status;
	if (answer->status != 0 || answer->tls_expired)
		f->tls = answer->tls_expired ? TLS_EXPIRED : TLS_OK;
	f->site_redirect = *answer->redirect_to != '\0';
	if (f->site_redirect)
		(void)guard_registrable(answer->redirect_to, f->site_moved_to, sizeof f->site_moved_to);
	if (answer->status != 0 && answer->len > 0) {
		page_read(answer->body, answer->len, answer->type, &r->site_page);
		f->site_shape = r->site_page.kind == PAGE_CLOSING || r->site_page.kind == PAGE_PARKED ?
		    reading_shape(&r->site_page) : SHAPE_OK;
		(void)snprintf(f->site_words, sizeof f->site_words, "%s", r->site_page.quote);
	}
}

static void
on_site(void *arg, const struct probe_answer *answer)
{
	struct slot *s = arg;
	struct round *r = s->round;
	struct ward *d = r->ward;
	s->probe = NULL;
	bool trouble = reading_in_trouble(&r->poll);
	d->site_asked_ms = lookout_now(d->lookout);
	d->site_not_before_ms = probe_asks_to_wait(answer) ? d->site_asked_ms + answer->retry_after_ms : TIME_NONE;
	read_site(r, answer);
	if (answer->status != 0)
		control_heard(d->lookout, lookout_now(d->lookout));
	if (trouble && !d->leaving && r->found.site >= 200 && r->found.site < 300 && r->site_page.kind == PAGE_ORDINARY)
		ask_absent(s);
	round_step(r);
}

static void
site_start(struct slot *s, const struct partner_config *p)
{
	ask_partner(s, p, p->website, on_site);
}

/* ---- the name */

/* The registrable domain whose existence is asked for; false: there is none. */
static bool
domain_of(const struct partner_config *p, char out[GUARD_DOMAIN_MAX])
{
	char named[sizeof "https://" + GUARD_DOMAIN_MAX];
	bool is_named = p->domain != NULL;
	const char *const candidates[] = { is_named ? named : p->url, is_named ? NULL : p->website };
	if (is_named)
		(void)snprintf(named, sizeof named, "https://%s", p->domain);
	for (size_t i = 0; i < 2; i++) {
		if (candidates[i] == NULL || guard_registrable(candidates[i], out, GUARD_DOMAIN_MAX) != 0)
			continue;
		bool is_name = out[strspn(out, "0123456789.")] != '\0' && strchr(out, ':') == NULL && strchr(out, '.') != NULL;
		if (is_name)
			return true;
	}
	return false;
}

static bool
dns_due(const struct round *r, const struct partner_config *p, int64_t now_ms)
{
	char domain[GUARD_DOMAIN_MAX];
	(void)now_ms;
	return r->ward->lookout->dns != NULL && reading_in_trouble(&r->poll) && domain_of(p, domain);
}

static void
on_dns(void *arg, const struct dns_answer *answer)
{
	static const int64_t readings[] = {
		[DNS_EXISTS] = DNS_OK, [DNS_NO_NAME] = DNS_NXDOMAIN, [DNS_FAILING] = DNS_SERVFAIL,
		[DNS_DISPUTED] = -1, [DNS_UNKNOWN] = -1,
	};
	struct slot *s = arg;
	s->round->found.dns = readings[answer->outcome];
	s->round->found.name_disputed = answer->outcome == DNS_DISPUTED;
	round_step(s->round);
}

static void
dns_start(struct slot *s, const struct partner_config *p)
{
	char domain[GUARD_DOMAIN_MAX];
	if (!domain_of(p, domain))
		return;
	s->round->pending++;
	dns_ask(s->round->ward->lookout->dns, domain, on_dns, s);
}

/* ---- registers: what they said is kept, so that they are asked once a day at most */

static bool
register_due(const struct round *r, enum register_key key, int64_t now_ms)
{
	int64_t due_ms = r->ward->registers[key].due_ms;
	const struct desk *desk = &r->ward->lookout->desks[key];
	return desk->asked < REGISTER_ASKED_MAX && !retry_waits_until(desk->not_before_ms, now_ms) &&
	    !retry_waits_until(due_ms, now_ms);
}

/* Whoever asks to wait is asked about nobody meanwhile. */
static void
hear_register(struct slot *s, enum register_key key, const struct probe_answer *answer)
{
	struct lookout *w = s->round->ward->lookout;
	s->probe = NULL;
	w->desks[key].asked--;
	if (probe_asks_to_wait(answer))
		w->desks[key].not_before_ms = lookout_now(w) + answer->retry_after_ms;
}

static void
register_said(struct ward *d, enum register_key key, int64_t value, const char *note)
{
	struct register_memory *m = &d->registers[key];
	m->due_ms = lookout_now(d->lookout) + REGISTER_MS;
	m->value = value;
	m->heard = m->unkept = true;
	free(m->note);
	m->note = xstrdup(note);
}

/* Retry-After is obeyed; what could not be read leaves what was known. */
static void
register_failed(struct ward *d, enum register_key key, const struct probe_answer *answer, const struct error *err)
{
	struct register_memory *m = &d->registers[key];
	int64_t wait_ms = answer->retry_after_ms > REGISTER_AGAIN_MS ? answer->retry_after_ms : REGISTER_AGAIN_MS;
	m->due_ms = lookout_now(d->lookout) + wait_ms;
	m->unkept = true;
	log_info("%s: %s: %s", d->name, register_names[key], err->text);
}

static bool
answered(const struct probe_answer *answer, struct error *err)
{
	if (answer->error.kind != ERROR_NONE)
		*err = answer->error;
	else if (answer->status < 200 || answer->status >= 300)
		(void)error_set(err, ERROR_HTTP, "status %d", answer->status);
	return err->kind == ERROR_NONE;
}

/* An address with a parameter, whatever parameters it has. */
static void
with_query(struct buf *url, const char *base, const char *name, const char *value)
{
	buf_fmt(url, "%s%c%s=%s", base, strchr(base, '?') ? '&' : '?', name, value);
}

static bool
company_due(const struct round *r, const struct partner_config *p, int64_t now_ms)
{
	return r->ward->lookout->config->watch.company && p->siren != NULL && register_due(r, REGISTER_COMPANY, now_ms);
}

/* The common end of both registers of companies. */
static void
company_end(struct slot *s, enum register_key key, const struct probe_answer *answer,
    int (*read)(const char *siren, const char *json, size_t len, struct company_reading *ret, struct error *err))
{
	struct ward *d = s->round->ward;
	struct error err = ERROR_INIT;
	struct company_reading company = { 0 };
	const struct partner_config *p = ward_config(d);
	hear_register(s, key, answer);
	if (p != NULL && p->siren != NULL) {
		if (!answered(answer, &err) || read(p->siren, answer->body, answer->len, &company, &err) != 0)
			register_failed(d, key, answer, &err);
		else
			register_said(d, key, company.known ? (int64_t)company.reading : -1, company.note);
	}
	round_step(s->round);
}

static void
on_company(void *arg, const struct probe_answer *answer)
{
	company_end(arg, REGISTER_COMPANY, answer, company_read);
}

static void
company_start(struct slot *s, const struct partner_config *p)
{
	struct buf url = BUF_INIT;
	with_query(&url, settings(s)->company_url, "q", p->siren);
	ask_register(s, REGISTER_COMPANY, buf_cstr(&url), on_company);
	buf_done(&url);
}

static bool
gazette_due(const struct round *r, const struct partner_config *p, int64_t now_ms)
{
	return r->ward->lookout->config->watch.gazette && p->siren != NULL && register_due(r, REGISTER_GAZETTE, now_ms);
}

static void
on_gazette(void *arg, const struct probe_answer *answer)
{
	company_end(arg, REGISTER_GAZETTE, answer, gazette_read);
}

static void
gazette_start(struct slot *s, const struct partner_config *p)
{
	struct buf url = BUF_INIT, query = BUF_INIT;
	buf_fmt(&query, "registre%%20like%%20%%22%s%%22&order_by=dateparution%%20desc&limit=20", p->siren);
	with_query(&url, settings(s)->gazette_url, "where", buf_cstr(&query));
	ask_register(s, REGISTER_GAZETTE, buf_cstr(&url), on_gazette);
	buf_done(&query);
	buf_done(&url);
}

static bool
domain_due(const struct round *r, const struct partner_config *p, int64_t now_ms)
{
	char domain[GUARD_DOMAIN_MAX];
	const struct partner_health *h = &r->ward->health;
	return r->ward->lookout->config->watch.rdap && reading_in_trouble(&r->poll) && h->silent_since_ms != TIME_NONE &&
	    now_ms - h->silent_since_ms >= DOMAIN_AFTER_MS && domain_of(p, domain) && guard_is_registered(domain) &&
	    register_due(r, REGISTER_DOMAIN, now_ms);
}

static int64_t
domain_reading(const struct rdap_reading *rdap)
{
	return !rdap->registered ? DOMAIN_FREE : rdap->redemption ? DOMAIN_REDEMPTION :
	    rdap->on_hold ? DOMAIN_ON_HOLD : rdap->parked ? DOMAIN_PARKED : DOMAIN_OK;
}

static void
on_rdap(void *arg, const struct probe_answer *answer)
{
	struct slot *s = arg;
	struct ward *d = s->round->ward;
	struct error err = ERROR_INIT;
	struct rdap_reading rdap = { 0 };
	hear_register(s, REGISTER_DOMAIN, answer);
	bool said = answer->status == 404 || answered(answer, &err);
	if (!said || rdap_read(answer->status, answer->body, answer->len, &rdap, &err) != 0)
		register_failed(d, REGISTER_DOMAIN, answer, &err);
	else
		register_said(d, REGISTER_DOMAIN, domain_reading(&rdap), rdap.note);
	round_step(s->round);
}

static void
ask_rdap(struct slot *s, const char *server)
{
	struct ward *d = s->round->ward;
	char domain[GUARD_DOMAIN_MAX];
	struct buf url = BUF_INIT;
	const struct partner_config *p = ward_config(d);
	if (p == NULL || !domain_of(p, domain))
		return;
	size_t len = strlen(server);
	buf_fmt(&url, "%s%sdomain/%s", server, len > 0 && server[len - 1] == '/' ? "" : "/", domain);
	ask_register(s, REGISTER_DOMAIN, buf_cstr(&url), on_rdap);
	buf_done(&url);
}

/* With IANA's list at hand: who keeps this domain? */
static void
ask_registry(struct slot *s)
{
	struct ward *d = s->round->ward;
	struct lookout *w = d->lookout;
	char domain[GUARD_DOMAIN_MAX], server[512];
	struct error err = ERROR_INIT;
	const struct probe_answer none = { .retry_after_ms = -1 };
	const struct partner_config *p = ward_config(d);
	if (p == NULL || !domain_of(p, domain))
		return;
	if (rdap_bootstrap(w->rdap_servers, strlen(w->rdap_servers), domain, server, sizeof server, &err) == 0) {
		ask_rdap(s, server);
		return;
	}
	register_failed(d, REGISTER_DOMAIN, &none, &err);
	if (err.kind != ERROR_NOT_FOUND) {	/* that was no list: fetched again when it is needed */
		free(w->rdap_servers);
		w->rdap_servers = NULL;
	}
}

static void
on_bootstrap(void *arg, const struct probe_answer *answer)
{
	struct slot *s = arg;
	struct lookout *w = s->round->ward->lookout;
	struct error err = ERROR_INIT;
	hear_register(s, REGISTER_DOMAIN, answer);
	if (!answered(answer, &err)) {
		register_failed(s->round->ward, REGISTER_DOMAIN, answer, &err);
	} else {
		free(w->rdap_servers);
		w->rdap_servers = xstrndup(answer->body, answer->len);
		ask_registry(s);
	}
	round_step(s->round);
}

static void
domain_start(struct slot *s, const struct partner_config *p)
{
	(void)p;
	if (settings(s)->rdap_url != NULL)
		ask_rdap(s, settings(s)->rdap_url);
	else if (s->round->ward->lookout->rdap_servers != NULL)
		ask_registry(s);
	else
		ask_register(s, REGISTER_DOMAIN, settings(s)->rdap_bootstrap_url, on_bootstrap);
}

/* ---- the round */

static const struct source sources[SOURCES] = {
	[SOURCE_SITE] = { site_due, site_start },
	[SOURCE_DNS] = { dns_due, dns_start },
	[SOURCE_DOMAIN] = { domain_due, domain_start },
	[SOURCE_COMPANY] = { company_due, company_start },
	[SOURCE_GAZETTE] = { gazette_due, gazette_start },
};

/* What registers said of another company or domain, or before they were switched off, is nothing. */
static void
settle_registers(struct ward *d, const struct partner_config *p)
{
	const struct config_watch *watch = &d->lookout->config->watch;
	char domain[GUARD_DOMAIN_MAX];
	bool named = watch->rdap && domain_of(p, domain) && guard_is_registered(domain);
	memory_settle(&d->registers[REGISTER_DOMAIN], named ? domain : NULL);
	memory_settle(&d->registers[REGISTER_COMPANY], watch->company ? p->siren : NULL);
	memory_settle(&d->registers[REGISTER_GAZETTE], watch->gazette ? p->siren : NULL);
}

static void
start_sources(struct round *r, const struct partner_config *p)
{
	int64_t now_ms = lookout_now(r->ward->lookout);
	for (size_t i = 0; i < SOURCES; i++) {
		r->slots[i] = (struct slot){ .round = r, .source = &sources[i] };
		if (sources[i].due(r, p, now_ms))
			sources[i].start(&r->slots[i], p);
	}
}

void
round_start(struct ward *d, const struct poll_reading *poll)
{
	const struct partner_config *p = ward_config(d);
	if (d->round != NULL) {
		/* Of several only the last is judged, but none of what changed is forgotten. */
		struct poll_reading *later = &d->round->later;
		bool changed = d->round->has_later && later->changed;
		int64_t listings = changed ? later->listings : -1;
		*later = *poll;
		later->changed |= changed;
		if (later->listings < 0)
			later->listings = listings;
		d->round->has_later = true;
		return;
	}
	if (p == NULL)
		return;
	struct round *r = xcalloc(1, sizeof *r);
	d->round = r;
	r->ward = d;
	r->poll = *poll;
	r->found = (struct round_findings){ .site = -1, .site_redirect = -1, .site_shape = -1, .dns = -1,
	    .tls = -1 };
	r->pending = 1;		/* this function: no answer ends the round before all were asked */
	if (poll->http != 0)
		control_heard(d->lookout, lookout_now(d->lookout));
	else if (control_ask(d->lookout)) {
		r->waits_for_controls = true;
		r->pending++;
	}
	settle_registers(d, p);
	start_sources(r, p);
	round_step(r);
}

void
rounds_controlled(struct lookout *w)
{
	/* A round that ends here may free its ward: from the end. */
	for (size_t i = w->n_wards; i-- > 0;) {
		struct round *r = w->wards[i]->round;
		if (r == NULL || !r->waits_for_controls)
			continue;
		r->waits_for_controls = false;
		round_step(r);
	}
}

void
round_drop(struct ward *d)
{
	if (d->round == NULL)
		return;
	for (size_t i = 0; i < SOURCES; i++)
		probe_cancel(d->round->slots[i].probe);
	free(d->round);
	d->round = NULL;
}
