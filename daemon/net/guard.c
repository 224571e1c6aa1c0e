/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs are read by libcurl's own parser, the one that fetches them, so that
 * what is checked is what is asked for.
 */
#include <arpa/inet.h>
#include <netinet/in.h>

#include <curl/curl.h>
#include <libpsl.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/utf8.h"
#include "net/guard.h"

enum { SHOWN_URL_MAX = 200 };

struct block {			/* the first `bits` of `net` */
	unsigned char net[16];
	unsigned bits;
};

/* What IANA's special-purpose registries do not call globally reachable. */
static const struct block blocks4[] = {
	{ { 0 }, 8 },			/* this network */
	{ { 10 }, 8 },
	{ { 100, 64 }, 10 },		/* shared, RFC 6598 */
	{ { 127 }, 8 },
	{ { 169, 254 }, 16 },		/* link-local; cloud metadata */
	{ { 172, 16 }, 12 },
	{ { 192, 0, 0 }, 24 },
	{ { 192, 0, 2 }, 24 },		/* documentation */
	{ { 192, 88, 99 }, 24 },	/* 6to4 relays, RFC 7526 */
	{ { 192, 168 }, 16 },
	{ { 198, 18 }, 15 },		/* benchmarks */
	{ { 198, 51, 100 }, 24 },
	{ { 203, 0, 113 }, 24 },
	{ { 224 }, 4 },			/* multicast */
	{ { 240 }, 4 },			/* reserved, broadcast */
};

static const struct block blocks6[] = {
	{ { 0 }, 127 },			/* unspecified, loopback */
	{ { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48 },	/* local NAT64, RFC 8215 */
	{ { 1 }, 64 },			/* discard */
	{ { 0x20, 1, 0 }, 23 },		/* IETF protocols, Teredo among them */
	{ { 0x20, 1, 0x0d, 0xb8 }, 32 },	/* documentation */
	{ { 0x3f, 0xff }, 20 },		/* documentation, RFC 9637 */
	{ { 0x5f }, 16 },		/* segment routing, RFC 9602 */
	{ { 0xfc }, 7 },		/* unique-local */
	{ { 0xfe, 0x80 }, 10 },		/* link-local */
	{ { 0xfe, 0xc0 }, 10 },		/* site-local */
	{ { 0xff }, 8 },		/* multicast */
};

/* IPv6 that carries an IPv4 address at byte `at`. */
static const struct {
	struct block block;
	unsigned at;
} carriers[] = {
	{ { { 0 }, 96 }, 12 },		/* IPv4-compatible */
	{ { { [10] = 0xff, [11] = 0xff }, 96 }, 12 },	/* IPv4-mapped */
	{ { { [8] = 0xff, [9] = 0xff }, 96 }, 12 },	/* IPv4-translated */
	{ { { 0, 0x64, 0xff, 0x9b }, 96 }, 12 },	/* NAT64 */
	{ { { 0x20, 2 }, 16 }, 2 },	/* 6to4 */
};

#define COUNT(table) (sizeof (table) / sizeof (table)[0])

static bool
within(const unsigned char *address, const struct block *b)
{
	unsigned whole = b->bits / 8, rest = b->bits % 8;
	if (memcmp(address, b->net, whole) != 0)
		return false;
	return rest == 0 || ((address[whole] ^ b->net[whole]) >> (8 - rest)) == 0;
}

static bool
within_any(const unsigned char *address, const struct block *table, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (within(address, &table[i]))
			return true;
	return false;
}

static bool
private6(const unsigned char *address)
{
	if (within_any(address, blocks6, COUNT(blocks6)))
		return true;
	for (size_t i = 0; i < COUNT(carriers); i++)
		if (within(address, &carriers[i].block) &&
		    within_any(address + carriers[i].at, blocks4, COUNT(blocks4)))
			return true;
	return false;
}

bool
guard_address_private(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, sa, sizeof in);
		return within_any((const unsigned char *)&in.sin_addr, blocks4, COUNT(blocks4));
	}
	if (sa->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, sa, sizeof in6);
		return private6(in6.sin6_addr.s6_addr);
	}
	return true;
}

/* A URL handle; aborts when memory is out, as everything does. */
static CURLU *
url_new(void)
{
	CURLU *u = curl_url();
	if (u == NULL)
		abort();
	return u;
}

/* A part as its own string for curl_free(), or NULL if absent. */
static char *
url_part(CURLU *u, CURLUPart part, unsigned flags)
{
	char *text = NULL;
	if (curl_url_get(u, part, &text, flags) == CURLUE_OK)
		return text;
	curl_free(text);	/* libcurl 7.88 leaves one where a host has no form in ASCII */
	return NULL;
}

static bool
is_address(const char *host)
{
	unsigned char address[16];
	return host[0] == '[' || inet_pton(AF_INET, host, address) == 1;
}

/* The host as it is compared: lower case, IDN as xn--, no dot at the end. */
static char *
url_host(CURLU *u)
{
	char *host = url_part(u, CURLUPART_HOST, CURLU_PUNYCODE);
	if (host == NULL)
		host = url_part(u, CURLUPART_HOST, 0);
	if (host == NULL)
		return NULL;
	size_t len = strlen(host);
	for (size_t i = 0; i < len; i++)
		if (host[i] >= 'A' && host[i] <= 'Z')
			host[i] = (char)(host[i] - 'A' + 'a');
	if (len > 1 && host[len - 1] == '.')
		host[len - 1] = '\0';
	return host;
}

static int
registrable(CURLU *u, char *out, size_t out_size)
{
	char *host = url_host(u);
	if (host == NULL)
		return -1;
	const char *domain = NULL;
	if (!is_address(host))
		domain = psl_registrable_domain(psl_builtin(), host);
	if (domain == NULL)
		domain = host;
	int n = snprintf(out, out_size, "%s", domain);
	curl_free(host);
	return n > 0 && (size_t)n < out_size ? 0 : -1;
}

int
guard_registrable(const char *url, char *out, size_t out_size)
{
	char domain[GUARD_DOMAIN_MAX];
	CURLU *u = url_new();
	int rc = -1;
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK)
		rc = registrable(u, domain, sizeof domain);
	curl_url_cleanup(u);
	if (rc != 0 || strlen(domain) >= out_size)
		return -1;
	(void)snprintf(out, out_size, "%s", domain);
	return 0;
}

bool
guard_is_registered(const char *domain)
{
	const char *dot = strchr(domain, '.');
	return dot != NULL && psl_is_public_suffix2(psl_builtin(), dot + 1, PSL_TYPE_ICANN) != 0;
}

bool
guard_same_site(const char *url_a, const char *url_b)
{
	char a[GUARD_DOMAIN_MAX], b[GUARD_DOMAIN_MAX];
	return guard_registrable(url_a, a, sizeof a) == 0 &&
	    guard_registrable(url_b, b, sizeof b) == 0 && strcmp(a, b) == 0;
}

/* Remote text for an error: escaped, short, without query and credentials. */
static void
show_url(struct buf *out, const char *url)
{
	size_t len = strcspn(url, "?#");
	if (memchr(url, '@', len) != NULL)
		buf_str(out, "(address with a user name)");
	else
		text_escape(out, url, len, SHOWN_URL_MAX);
}

static int
refuse(const char *target, const char *why, enum error_kind kind, struct error *err)
{
	struct buf shown = BUF_INIT;
	show_url(&shown, target);
	(void)error_set(err, kind, "%s: %s", buf_cstr(&shown), why);
	buf_done(&shown);
	return -1;
}

/* http or https, without user name: what may be asked for at all. */
static int
check_allowed(CURLU *u, const char *target, struct error *err)
{
	char *scheme = url_part(u, CURLUPART_SCHEME, 0);
	char *user = url_part(u, CURLUPART_USER, 0);
	char *password = url_part(u, CURLUPART_PASSWORD, 0);
	int rc = 0;
	if (scheme == NULL || (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		rc = refuse(target, "only http and https addresses are followed", ERROR_BLOCKED, err);
	else if (user != NULL || password != NULL)
		rc = refuse(target, "an address with a user name is not followed", ERROR_BLOCKED, err);
	curl_free(scheme);
	curl_free(user);
	curl_free(password);
	return rc;
}

/* May one go from `base` to `u`? */
static int
check_step(const char *base, CURLU *u, const char *target, struct error *err)
{
	char from[GUARD_DOMAIN_MAX], to[GUARD_DOMAIN_MAX];
	if (guard_registrable(base, from, sizeof from) != 0 ||
	    registrable(u, to, sizeof to) != 0)
		return refuse(target, "no host", ERROR_BLOCKED, err);
	if (strcmp(from, to) != 0)
		return error_set(err, ERROR_REDIRECT, "leads from %s to %s, another domain", from, to);
	char *scheme = url_part(u, CURLUPART_SCHEME, 0);
	bool weaker = strncasecmp(base, "https:", 6) == 0 && strcmp(scheme, "https") != 0;
	curl_free(scheme);
	if (weaker)
		return refuse(target, "leads from https to http", ERROR_REDIRECT, err);
	return 0;
}

static CURLU *
join(const char *base, const char *target)
{
	CURLU *u = url_new();
	unsigned flags = CURLU_URLENCODE | CURLU_ALLOW_SPACE;
	if (base != NULL && curl_url_set(u, CURLUPART_URL, base, flags) != CURLUE_OK)
		goto fail;
	/* What a relative target would inherit. */
	(void)curl_url_set(u, CURLUPART_USER, NULL, 0);
	(void)curl_url_set(u, CURLUPART_PASSWORD, NULL, 0);
	if (target[0] == '\0' ||
	    curl_url_set(u, CURLUPART_URL, target, flags | CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK)
		goto fail;
	(void)curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0);
	return u;
fail:
	curl_url_cleanup(u);
	return NULL;
}

static char *
url_text(CURLU *u)
{
	char *text = url_part(u, CURLUPART_URL, 0);
	char *copy = xstrdup(text);
	curl_free(text);
	return copy;
}

char *
guard_join(const char *base, const char *target)
{
	CURLU *u = join(base, target);
	if (u == NULL)
		return NULL;
	char *text = url_text(u);
	curl_url_cleanup(u);
	return text;
}

/* libcurl encodes what is no ASCII, but in a host. */
static bool
is_encoded(CURLU *u)
{
	char *text = url_text(u);
	bool good = text == NULL || utf8_valid(text, strlen(text));
	free(text);
	return good;
}

char *
guard_resolve(const char *base, const char *target, struct error *err)
{
	char *resolved = NULL;
	CURLU *u = join(base, target);
	if (u == NULL || !is_encoded(u)) {
		(void)refuse(target, "not an address", ERROR_BLOCKED, err);
		curl_url_cleanup(u);
		return NULL;
	}
	if (check_allowed(u, target, err) == 0 &&
	    (base == NULL || check_step(base, u, target, err) == 0))
		resolved = url_text(u);
	curl_url_cleanup(u);
	return resolved;
}

/* Does "name=value" (not terminated) carry one of the secret names? */
static bool
is_secret(const char *pair, size_t len, const char *const *names, size_t n)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals ? (size_t)(equals - pair) : len;
	int plain_len = 0;
	char *plain = curl_easy_unescape(NULL, pair, (int)name_len, &plain_len);
	bool secret = false;
	for (size_t i = 0; i < n && plain != NULL && !secret; i++)
		secret = strcasecmp(plain, names[i]) == 0;
	curl_free(plain);
	return secret;
}

/* The query without the secret parameters. */
static void
redact_query(struct buf *out, const char *query, const char *const *names, size_t n)
{
	while (*query != '\0') {
		size_t len = strcspn(query, "&");
		if (!is_secret(query, len, names, n)) {
			if (out->len > 0)
				buf_char(out, '&');
			buf_add(out, query, len);
		}
		query += len + (query[len] == '&');
	}
}

char *
guard_redact(const char *url, const char *const *secret_params, size_t n)
{
	static const CURLUPart never[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_FRAGMENT, CURLUPART_QUERY };
	struct buf query = BUF_INIT, text = BUF_INIT;
	CURLU *u = url_new();
	if (curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
		buf_str(&text, "(not an address)");
		goto out;
	}
	char *all = url_part(u, CURLUPART_QUERY, 0);
	if (secret_params != NULL && all != NULL)
		redact_query(&query, all, secret_params, n);
	curl_free(all);
	for (size_t i = 0; i < COUNT(never); i++)
		(void)curl_url_set(u, never[i], NULL, 0);
	char *rest = url_part(u, CURLUPART_URL, 0);
	buf_str(&text, rest ? rest : "");
	curl_free(rest);
	/* Not put back by libcurl, which would change its percent signs. */
	if (query.len > 0)
		buf_fmt(&text, "?%s", query.data);
out:
	buf_done(&query);
	curl_url_cleanup(u);
	return buf_take(&text);
}
