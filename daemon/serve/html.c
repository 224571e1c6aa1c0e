/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/html.h"

#include <stdarg.h>
#include <time.h>

#include "base/clock.h"
#include "base/version.h"
#include "config/config.h"

static const struct {
	enum html_place place;
	const char *path, *name;
} navigation[] = {
	{ HTML_PARTNERS, "/", N_("Partners") },
	{ HTML_LISTINGS, "/listings", N_("Offers") },
	{ HTML_DATA, "/collections", N_("Data") },
};

void
html_print(struct html *h, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	html_vformat(h->out, fmt, &args);
	va_end(args);
}

/* ---- times */

static void
begin_time(struct html *h, int64_t t_ms, const char *title)
{
	char iso[32];
	time_t t = (time_t)(t_ms / SECOND_MS);
	struct tm tm = { .tm_mday = 1 };
	(void)gmtime_r(&t, &tm);
	(void)strftime(iso, sizeof iso, "%Y-%m-%dT%H:%M:%SZ", &tm);
	html_print(h, "<time datetime=\"%s\"", iso);
	if (title != NULL)
		html_print(h, " title=\"%s\"", title);
	buf_char(h->out, '>');
}

void
html_time(struct html *h, int64_t t_ms)
{
	struct buf words = BUF_INIT;
	begin_time(h, t_ms, NULL);
	words_time(&words, t_ms, h->r->now_ms, &h->zone);
	html_print(h, "%s</time>", words.data);
	buf_done(&words);
}

void
html_ago(struct html *h, int64_t t_ms)
{
	struct buf words = BUF_INIT;
	words_time(&words, t_ms, h->r->now_ms, &h->zone);
	begin_time(h, t_ms, words.data);
	buf_clear(&words);
	words_ago(&words, t_ms, h->r->now_ms);
	html_print(h, "%s</time>", words.data);
	buf_done(&words);
}

/* ---- pages */

/* The path of the public URL: "" of "http://host", "/vigie" of "https://office.example/vigie". */
static const char *
path_of(const char *base_url)
{
	const char *host = strstr(base_url, "://");
	return host != NULL ? host + 3 + strcspn(host + 3, "/") : "";
}

/* "https://HOST" of a template of tiles, a star where {s} stands for several; nothing of anything else. */
static void
add_origin(struct buf *out, const char *tiles)
{
	static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:";
	const char *host = tiles != NULL ? strstr(tiles, "://") : NULL;
	if (host == NULL)
		return;
	const size_t before = out->len;
	host += 3;
	buf_fmt(out, " %.*s", (int)(host - tiles), tiles);
	if (strncmp(host, "{s}", 3) == 0) {
		buf_char(out, '*');
		host += 3;
	}
	const size_t len = strcspn(host, "/?#");
	if (strspn(host, fit) == len)
		buf_add(out, host, len);
	else
		buf_cut(out, before);
}

static void
add_policy(struct answer *a, const char *tiles)
{
	struct buf policy = BUF_INIT;
	buf_str(&policy, "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; form-action 'self'; "
	    "base-uri 'none'; frame-ancestors 'none'; img-src 'self' data:");
	add_origin(&policy, tiles);
	answer_header(a, "Content-Security-Policy", policy.data);
	buf_done(&policy);
}

void
html_begin(struct html *h, struct exchange *x, const struct request *r, struct answer *a)
{
	const struct config *config = x != NULL ? x->config : NULL;
	*h = (struct html){ .out = &a->body, .x = x, .r = r, .root = path_of(r->base_url) };
	if (x != NULL)
		h->zone = x->zone;
	speech_begin(&h->speech, r->language);
	a->type = "text/html; charset=utf-8";
	answer_header(a, "Content-Language", letter_language_tag());
	add_policy(a, config != NULL ? config->serve.tiles : NULL);
}

static void
add_navigation(struct html *h, enum html_place here)
{
	html_print(h, "<a class=\"skip\" href=\"#main\">%s</a>\n<header class=\"top\">\n"
	    "<a class=\"brand\" href=\"%s/\"><img src=\"%s/assets/vigie.svg\" alt=\"\" width=\"28\" height=\"28\"> Vigie</a>\n"
	    "<nav aria-label=\"%s\">\n<ul>\n", _("To the contents"), h->root, h->root, _("Main"));
	for (size_t i = 0; i < sizeof navigation / sizeof *navigation; i++)
		html_print(h, navigation[i].place == here ? "<li><a href=\"%s%s\" aria-current=\"page\">%s</a></li>\n" :
		    "<li><a href=\"%s%s\">%s</a></li>\n", h->root, navigation[i].path, _(navigation[i].name));
	buf_str(h->out, "</ul>\n</nav>\n");
	if (h->x != NULL && h->x->config->office_name != NULL)
		html_print(h, "<p class=\"office\">%s</p>\n", h->x->config->office_name);
	buf_str(h->out, "</header>\n");
}

void
html_head(struct html *h, const struct html_head *head)
{
	html_print(h, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"color-scheme\" content=\"light dark\">\n<title>%s \302\267 Vigie</title>\n"
	    "<link rel=\"icon\" href=\"%s/assets/vigie.svg\" type=\"image/svg+xml\">\n", letter_language_tag(), head->title,
	    h->root);
	html_print(h, "<link rel=\"alternate\" type=\"application/atom+xml\" title=\"%s\" href=\"%s/changes\">\n"
	    "<link rel=\"alternate\" type=\"application/feed+json\" title=\"%s\" href=\"%s/changes?f=jsonfeed\">\n",
	    _("What has changed"), h->root, _("What has changed"), h->root);
	if (head->map)
		html_print(h, "<link rel=\"stylesheet\" href=\"%s/assets/leaflet.css\">\n", h->root);
	html_print(h, "<link rel=\"stylesheet\" href=\"%s/assets/vigie.css\">\n", h->root);
	if (head->map)
		html_print(h, "<script src=\"%s/assets/leaflet.js\" defer></script>\n", h->root);
	for (size_t i = 0; head->scripts != NULL && head->scripts[i] != NULL; i++)
		html_print(h, "<script src=\"%s/assets/%s\" defer></script>\n", h->root, head->scripts[i]);
	buf_str(h->out, head->more != NULL ? head->more : "");
	buf_str(h->out, "</head>\n<body>\n");
	add_navigation(h, head->place);
	buf_str(h->out, "<main id=\"main\">\n");
}

void
html_end(struct html *h)
{
	html_print(h, "</main>\n<footer class=\"bottom\">\n<p>%s</p>\n</footer>\n</body>\n</html>\n", "Vigie " VIGIE_VERSION);
	speech_end(&h->speech);
}
