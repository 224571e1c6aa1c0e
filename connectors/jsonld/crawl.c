/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/crawl.h"

#include <fnmatch.h>

#include "base/utf8.h"
#include "jsonld/robots.h"
#include "jsonld/webaddr.h"
#include "lib/hashes.h"

enum { SHOWN_BYTES = 120 };

static const char product_token[] = "vigie";

struct host {
	char *origin;		/* "https://www.example.fr" */
	struct robots *robots;	/* NULL: robots.txt was not asked for yet */
	bool closed;		/* it could not be read: nothing of this host may */
};

struct queued {			/* a sitemap */
	char *url;
	unsigned depth;
	bool guessed;		/* nobody named it */
};

struct crawl {
	struct crawl_options options;
	char *start;
	bool start_is_done;
	bool secure;		/* the last answer came over https: on from there only to https */

	struct host hosts[CRAWL_HOSTS_MAX];
	size_t n_hosts;
	struct queued sitemaps[CRAWL_SITEMAPS_MAX];
	size_t n_sitemaps, next_sitemap;
	struct buf pages;	/* addresses, NUL between them */
	size_t n_pages, next_page;	/* in number; in bytes */
	struct hashes met;	/* addresses that were or will be asked for, whatever their scheme */

	/* what crawl_next gave last */
	char *url;
	enum crawl_role role;
	struct host *host;
	unsigned depth;
	bool guessed;

	/* for the verdict */
	size_t named, filtered, elsewhere, unreadable;	/* pages that sitemaps name */
	size_t over, closed, came;
	char *first_closed;
	size_t troubles, in_a_row;
	enum vigie_failure why;
	struct buf trouble;	/* the first one */
};

/* ---- set-up */

static uint32_t *
met(struct crawl *c, const char *url)
{
	return hashes_at(&c->met, strstr(url, "://"));
}

struct crawl *
crawl_new(const struct crawl_options *options)
{
	char *start = webaddr_join(NULL, options->start, false);
	if (start == NULL)
		return NULL;
	struct crawl *c = xcalloc(1, sizeof *c);
	c->options = *options;
	c->start = start;
	*met(c, start) = 1;
	return c;
}

void
crawl_free(struct crawl *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_hosts; i++) {
		free(c->hosts[i].origin);
		robots_free(c->hosts[i].robots);
	}
	for (size_t i = 0; i < c->n_sitemaps; i++)
		free(c->sitemaps[i].url);
	buf_done(&c->pages);
	hashes_done(&c->met);
	buf_done(&c->trouble);
	free(c->first_closed);
	free(c->url);
	free(c->start);
	free(c);
}

/* ---- trouble */

static void
show_url(struct buf *out, const char *url)
{
	const char *path = webaddr_path(url);
	size_t len = strlen(path);
	buf_fmt(out, "%.*s%s", (int)utf8_cut(path, len, SHOWN_BYTES), path, len > SHOWN_BYTES ? "…" : "");
}

static void
note_trouble(struct crawl *c, const char *url, enum vigie_failure why, const char *text)
{
	if (c->troubles++ > 0)
		return;
	c->why = why;
	show_url(&c->trouble, url);
	buf_fmt(&c->trouble, ": %s", text);
}

void
crawl_trouble(struct crawl *c, enum vigie_failure why, const char *text)
{
	note_trouble(c, c->url, why, text);
}

/* ---- the queues */

/* Globs on path and query; one with "!" leaves out. */
static bool
wanted(const char *globs, const char *url)
{
	char one[512];
	bool any = false, taken = false;
	const char *path = webaddr_path(url);
	for (size_t len; globs != NULL && (globs += strspn(globs, " ,"), len = strcspn(globs, " ,")) > 0; globs += len) {
		bool out = *globs == '!';
		int n = snprintf(one, sizeof one, "%.*s", (int)(len - out), globs + out);
		bool match = n > 0 && (size_t)n < sizeof one && fnmatch(one, path, 0) == 0;
		if (out && match)
			return false;
		any |= !out;
		taken |= !out && match;
	}
	return taken || !any;
}

static void
queue_sitemap(struct crawl *c, char *url, unsigned depth, bool guessed)
{
	if (*met(c, url) != 0) {
		free(url);
		return;
	}
	if (c->n_sitemaps == CRAWL_SITEMAPS_MAX || depth > CRAWL_DEPTH_MAX) {
		note_trouble(c, url, VIGIE_TOO_BIG, depth > CRAWL_DEPTH_MAX ? "sitemaps lead to sitemaps more than 3 times" :
		    "there are more than 500 sitemaps");
		free(url);
		return;
	}
	*met(c, url) = 1;
	c->sitemaps[c->n_sitemaps++] = (struct queued){ url, depth, guessed };
}

static void
queue_page(struct crawl *c, const char *url)
{
	if (*met(c, url) != 0)
		return;
	if (c->n_pages >= c->options.at_most || c->pages.len + strlen(url) + 1 > CRAWL_QUEUE_MAX_BYTES) {
		c->over++;
		return;
	}
	*met(c, url) = 1;
	c->n_pages++;
	buf_add(&c->pages, url, strlen(url) + 1);
}

void
crawl_found(struct crawl *c, const char *base, const char *loc, bool index)
{
	char *url = webaddr_join(base, loc, false);
	c->named += !index;
	if (url == NULL) {
		c->unreadable++;
	} else if (!webaddr_same_site(c->start, url) && !webaddr_same_site(base, url)) {
		c->elsewhere++;
	} else if (index && wanted(c->options.sitemaps, url)) {
		queue_sitemap(c, xstrdup(url), c->depth + 1, false);
	} else if (!index && wanted(c->options.pages, url)) {
		queue_page(c, url);
	} else {
		c->filtered += !index;
	}
	free(url);
}

/* ---- what comes next */

static struct host *
host_of(struct crawl *c, const char *url)
{
	size_t len = webaddr_origin(url);
	for (size_t i = 0; i < c->n_hosts; i++)
		if (strlen(c->hosts[i].origin) == len && strncmp(c->hosts[i].origin, url, len) == 0)
			return &c->hosts[i];
	if (c->n_hosts == CRAWL_HOSTS_MAX)
		return NULL;
	c->hosts[c->n_hosts] = (struct host){ .origin = xstrndup(url, len) };
	return &c->hosts[c->n_hosts++];
}

/* What is at the head of the queues; NULL: nothing. */
static const char *
head(const struct crawl *c, enum crawl_role *ret_role)
{
	*ret_role = !c->start_is_done ? CRAWL_START : c->next_sitemap < c->n_sitemaps ? CRAWL_SITEMAP : CRAWL_PAGE;
	if (!c->start_is_done)
		return c->start;
	if (c->next_sitemap < c->n_sitemaps)
		return c->sitemaps[c->next_sitemap].url;
	return c->next_page < c->pages.len ? c->pages.data + c->next_page : NULL;
}

/* Takes it off its queue: it becomes the current one, as `url`. */
static void
take(struct crawl *c, char *url)
{
	const char *queued = head(c, &c->role);
	c->depth = 0;
	c->guessed = false;
	switch (c->role) {
	case CRAWL_START:
		c->start_is_done = true;
		break;
	case CRAWL_SITEMAP:
		c->depth = c->sitemaps[c->next_sitemap].depth;
		c->guessed = c->sitemaps[c->next_sitemap++].guessed;
		break;
	case CRAWL_PAGE:
		c->next_page += strlen(queued) + 1;
		break;
	case CRAWL_ROBOTS:
		break;
	}
	free(c->url);
	c->url = url;
}

/* The first page of a site stands for its sitemaps: those of robots.txt, else
 * the one that is nearly always called so. */
static void
queue_site(struct crawl *c)
{
	const char *line;
	for (size_t i = 0; (line = robots_sitemap(c->host->robots, i)) != NULL; i++)
		crawl_found(c, c->url, line, true);
	if (c->n_sitemaps == 0)
		queue_sitemap(c, webaddr_join(c->url, "/sitemap.xml", false), 1, true);
}

static bool
may_read(struct crawl *c)
{
	if (!c->host->closed && robots_allows(c->host->robots, webaddr_path(c->url)))
		return true;
	if (c->role != CRAWL_PAGE) {
		crawl_trouble(c, VIGIE_WRONG_SHAPE, "robots.txt does not let us read it");
	} else if (c->closed++ == 0) {
		c->first_closed = xstrdup(c->url);
	}
	return false;
}

/* Over https, an address that was written without it is asked for with it. */
static char *
secured(const struct crawl *c, const char *url)
{
	if (!c->secure || strncmp(url, "http://", 7) != 0)
		return xstrdup(url);
	struct buf out = BUF_INIT;
	buf_fmt(&out, "https://%s", url + 7);
	return buf_take(&out);
}

/* False: this one is not to be read; there may be others. */
static bool
advance(struct crawl *c, const char *queued)
{
	char *url = secured(c, queued);
	c->host = host_of(c, url);
	if (c->host == NULL) {
		take(c, url);
		crawl_trouble(c, VIGIE_TOO_BIG, "the site has more than 8 hosts");
		return false;
	}
	if (c->host->robots == NULL) {
		c->host->robots = robots_new(product_token);
		free(c->url);
		c->url = webaddr_join(url, "/robots.txt", false);
		c->role = CRAWL_ROBOTS;
		*met(c, c->url) = 1;
		free(url);
		return true;
	}
	take(c, url);
	if (c->role == CRAWL_START && webaddr_is_root(c->url)) {
		queue_site(c);
		return false;
	}
	return may_read(c);
}

const char *
crawl_next(struct crawl *c)
{
	enum crawl_role role;
	const char *queued;
	while ((queued = head(c, &role)) != NULL)
		if (advance(c, queued))
			return c->url;
	return NULL;
}

enum crawl_role
crawl_role(const struct crawl *c)
{
	return c->role;
}

/* ---- what came of it */

void
crawl_robots(struct crawl *c, const char *text, size_t len)
{
	if (text != NULL)
		robots_read(c->host->robots, text, len);
}

void
crawl_came(struct crawl *c, const char *url, bool page)
{
	c->secure = strncasecmp(url, "https:", 6) == 0;
	c->came += page;
	c->in_a_row = 0;
}

/* RFC 9309, 2.3.1: no robots.txt allows everything, one that cannot be had nothing. */
static bool
robots_absent(struct crawl *c, int status)
{
	if (status >= 400 && status < 500)
		return true;
	c->host->closed = true;
	return c->n_hosts > 1;	/* of the partner's own host: the run has failed */
}

static bool
page_absent(struct crawl *c, int status)
{
	char text[80];
	if (status == 404 || status == 410) {
		c->in_a_row = 0;
		return true;
	}
	(void)snprintf(text, sizeof text, status < 400 ? "it leads to another site (status %d)" : "status %d", status);
	crawl_trouble(c, VIGIE_WRONG_SHAPE, text);
	return ++c->in_a_row < CRAWL_TROUBLES_IN_A_ROW;
}

static bool
sitemap_absent(struct crawl *c, int status)
{
	if (c->guessed && status >= 400 && status < 500) {
		*met(c, c->start) = 0;
		queue_page(c, c->start);	/* no sitemap: the page itself */
		return true;
	}
	if (status != 404 && status != 410)
		return page_absent(c, status);
	crawl_trouble(c, VIGIE_WRONG_SHAPE, "there is no such sitemap");
	return true;
}

bool
crawl_absent(struct crawl *c, int status)
{
	switch (c->role) {
	case CRAWL_ROBOTS:
		return robots_absent(c, status);
	case CRAWL_START:
		return false;
	case CRAWL_SITEMAP:
		return sitemap_absent(c, status);
	case CRAWL_PAGE:
		return strcmp(strstr(c->url, "://"), strstr(c->start, "://")) != 0 && page_absent(c, status);
	}
	return false;
}

/* ---- the verdict */

bool
crawl_verdict(const struct crawl *c, enum vigie_failure *ret_why, struct buf *text)
{
	*ret_why = VIGIE_WRONG_SHAPE;
	if (c->troubles > 0) {
		*ret_why = c->why;
		buf_str(text, buf_cstr(&c->trouble));
		if (c->troubles > 1)
			buf_fmt(text, "; and %zu more that could not be read", c->troubles - 1);
	} else if (c->closed > 0) {
		buf_fmt(text, "robots.txt does not let us read %zu of %zu pages, ", c->closed, c->n_pages);
		show_url(text, c->first_closed);
		buf_str(text, " for example: leave them out with `pages`");
	} else if (c->unreadable > 0) {
		buf_fmt(text, "%zu addresses in the sitemaps are none", c->unreadable);
	} else if (c->over > 0) {
		*ret_why = VIGIE_TOO_BIG;
		buf_fmt(text, "there are %zu pages, %zu of them were read (at_most)", c->n_pages + c->over, c->n_pages);
	} else if (c->n_pages == 0 && c->named > 0) {
		buf_fmt(text, "of %zu pages in the sitemaps %zu are left out by `pages`, %zu are on another site", c->named,
		    c->filtered, c->elsewhere);
	}
	return text->len == 0;
}

size_t
crawl_pages(const struct crawl *c)
{
	return c->came;
}
