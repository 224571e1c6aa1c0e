/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/token.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "base/clock.h"
#include "base/log.h"

enum { WRONG_MAX = 10, WRONG_MS = MINUTE_MS };

/* How much of « name:port », or of « [address]:port », is the name. */
static size_t
name_len(const char *host)
{
	return *host == '[' ? strcspn(host, "]") + (strchr(host, ']') != NULL) : strcspn(host, ":/");
}

static bool
is_name(const char *host, size_t len, const char *name)
{
	return len == strlen(name) && strncasecmp(host, name, len) == 0;
}

static bool
ends_with(const char *host, size_t len, const char *end)
{
	size_t n = strlen(end);
	return len > n && strncasecmp(host + len - n, end, n) == 0;
}

bool
token_host_is_ours(const struct config *config, const char *host)
{
	const char *url = config->serve.url != NULL ? strstr(config->serve.url, "://") : NULL;
	if (host == NULL || *host == '\0' || *host == '[')
		return true;
	size_t len = name_len(host);
	if (strspn(host, "0123456789.") == len || is_name(host, len, "localhost") || ends_with(host, len, ".localhost"))
		return true;
	return url != NULL && len == name_len(url + 3) && strncasecmp(host, url + 3, len) == 0;
}

/* « https://HOST » is of the address that was asked.  A proxy may speak https where we hear http. */
static bool
is_own_origin(const char *origin, const struct config *config, const char *host)
{
	const char *url = config->serve.url != NULL ? strstr(config->serve.url, "://") : NULL;
	const char *own = url != NULL ? url + 3 : host, *from = strstr(origin, "://");
	if (own == NULL || from == NULL)
		return false;
	size_t len = strcspn(own, "/");
	return strncasecmp(from + 3, own, len) == 0 && from[3 + len] == '\0';
}

/* A browser says so itself, if it is young or the address is safe; programs say nothing. */
static bool
is_foreign(const struct token_given *given, const struct config *config)
{
	if (given->site != NULL)
		return strcmp(given->site, "same-origin") != 0 && strcmp(given->site, "none") != 0;
	return given->origin != NULL && !is_own_origin(given->origin, config, given->host);
}

/* The time that it takes says nothing of the token, nor of its length. */
static bool
is_right(const char *given, const char *token)
{
	unsigned char a[SHA256_DIGEST_LENGTH], b[SHA256_DIGEST_LENGTH];
	(void)SHA256((const unsigned char *)given, strlen(given), a);
	(void)SHA256((const unsigned char *)token, strlen(token), b);
	return CRYPTO_memcmp(a, b, sizeof a) == 0;
}

static const char *
bearer(const char *authorization)
{
	static const char scheme[] = "Bearer ";
	if (authorization == NULL || strncasecmp(authorization, scheme, sizeof scheme - 1) != 0)
		return NULL;
	return authorization + sizeof scheme - 1;
}

static int
refuse_wrong(struct token_guard *g, struct answer *a)
{
	if (g->wrong == 0)
		g->since_ms = monotonic_ms();
	if (++g->wrong == WRONG_MAX)
		log_at(said_begins(&g->guessing, NULL, LOG_WARN), "%d wrong tokens in a minute: none is looked at until it is over",
		    WRONG_MAX);
	answer_header(a, "WWW-Authenticate", "Bearer realm=\"vigie\", error=\"invalid_token\"");
	return answer_problem(a, 401, "token-wrong", "this is not the token of [serve]");
}

int
token_check(struct token_guard *g, const struct config *config, const struct token_given *given, struct answer *a)
{
	const char *token = bearer(given->authorization);
	if (is_foreign(given, config))
		return answer_problem(a, 403, "cross-origin", "pages of other sites cannot change anything here");
	if (config->serve.token == NULL)
		return answer_problem(a, 403, "no-token", "nothing can be changed here: [serve] token is not set in vigie.conf");
	if (token == NULL)
		token = given->field;
	if (token == NULL) {
		answer_header(a, "WWW-Authenticate", "Bearer realm=\"vigie\"");
		return answer_problem(a, 401, "token-missing", "the token of [serve] is needed, as Bearer or as \"token\" in the form");
	}
	if (g->wrong > 0 && monotonic_ms() - g->since_ms > WRONG_MS)
		g->wrong = 0;
	if (g->wrong >= WRONG_MAX) {
		answer_header(a, "Retry-After", "60");
		return answer_problem(a, 429, "too-many", "too many wrong tokens; try again in a minute");
	}
	if (!is_right(token, config->serve.token))
		return refuse_wrong(g, a);
	log_at(said_ends(&g->guessing, NULL), "the right token came, after wrong ones");
	return 0;
}
