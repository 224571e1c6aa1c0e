/* SPDX-License-Identifier: Apache-2.0 */
#include "config/hook.h"

#include <openssl/evp.h>

#include "base/buf.h"
#include "config/check.h"
#include "config/credential.h"
#include "config/source.h"
#include "config/value.h"
#include "normalise/listing.h"

enum { HOOK_KEY_MIN = 24, WORD_MAX = 64 };

static const char event_types[] = "listing.added listing.changed listing.removed partner.verdict";

/* ---- lists of words */

typedef int word_check(const char *name, const char *word, struct error *err);

static int
check_event(const char *name, const char *word, struct error *err)
{
	return check_choice(name, word, event_types, err);
}

static int
check_kind(const char *name, const char *word, struct error *err)
{
	struct buf all = BUF_INIT;
	for (size_t i = 0; listing_kinds[i] != NULL; i++)
		buf_fmt(&all, "%s%s", i > 0 ? " " : "", listing_kinds[i]);
	int rc = check_choice(name, word, buf_cstr(&all), err);
	buf_done(&all);
	return rc;
}

static int
check_partner(const char *name, const char *word, struct error *err)
{
	if (word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789_-")] == '\0')
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no partner for \"%s\": write the names of their files, without "
	    ".conf and with blanks between them", shown(word), word, name);
}

static void
check_words(const struct source *s, const char *name, const char *words, word_check *check)
{
	struct error err = ERROR_INIT;
	char word[WORD_MAX];
	while (words != NULL && *words != '\0' && err.kind == ERROR_NONE) {
		size_t len = strcspn(words, " ");
		(void)snprintf(word, sizeof word, "%.*s", (int)len, words);
		if (len > 0)
			(void)check(name, word, &err);
		words += len + strspn(words + len, " ");
	}
	if (err.kind != ERROR_NONE)
		report_problem(s->report, inifile_place(s->file, "hook", name), "%s", err.text);
}

/* ---- the secret */

/* Standard Webhooks: whsec_, then base64. */
static int
decode_key(const char *secret, struct hook_key *ret)
{
	static const char prefix[] = "whsec_";
	unsigned char bytes[HOOK_KEY_MAX + 8];
	size_t len = strlen(secret), at = sizeof prefix - 1;
	if (strncmp(secret, prefix, at) != 0 || (len - at) % 4 != 0 || len - at > (sizeof bytes) / 3 * 4)
		return -1;
	int n = EVP_DecodeBlock(bytes, (const unsigned char *)secret + at, (int)(len - at));
	n -= len > at && secret[len - 1] == '=';	/* EVP_DecodeBlock() counts the padding */
	n -= len > at + 1 && secret[len - 2] == '=';
	bool good = n >= HOOK_KEY_MIN && n <= HOOK_KEY_MAX;
	if (good) {
		memcpy(ret->bytes, bytes, (size_t)n);
		ret->len = (size_t)n;
	}
	explicit_bzero(bytes, sizeof bytes);
	return good ? 0 : -1;
}

static void
read_key(const struct source *s, struct config_hook *h, const char *name, const char *text, struct hook_key *ret)
{
	struct error err = ERROR_INIT;
	struct place at = inifile_place(s->file, "hook", name);
	if (text == NULL)
		return;
	char *secret = credential_expand(text, s->folder, NULL, &err);
	if (secret != NULL && decode_key(secret, ret) != 0)
		report_problem(s->report, at, "what \"%s\" names does not hold whsec_ and 24 to 64 bytes in base64: "
		    "make one with: printf 'whsec_%%s\\n' $(openssl rand -base64 32)", name);
	credential_free(secret);
	if (err.kind == ERROR_CONFIG)
		report_problem(s->report, at, "%s", err.text);
	else if (err.kind != ERROR_NONE && h->missing == NULL)
		h->missing = xstrdup(err.text);
}

/* ---- the file */

static void
check_transport(const struct source *s, const struct config_hook *h)
{
	if (h->url != NULL && strncmp(h->url, "https:", 6) != 0 && !h->allow_private)
		report_problem(s->report, inifile_place(s->file, "hook", "url"), "\"url\" must start with https://: what is "
		    "sent in the clear can be read and changed on its way (allow_private = yes within your own network)");
}

struct config_hook *
hook_load(const struct report *r, const char *folder)
{
	size_t before = r->problems->n;
	struct inifile file = INIFILE_INIT;
	struct config_hook *h = xcalloc(1, sizeof *h);
	const struct source s = { &file, r, folder, hook_keys };
	h->hook = xstrdup(r->hook);
	h->file = xstrdup(r->file);
	if (inifile_read(&file, r->file, r) == 0) {
		source_apply(&s, h);
		source_unknown(&s, NULL);
		check_words(&s, "events", h->events, check_event);
		check_words(&s, "partners", h->partners, check_partner);
		check_words(&s, "kinds", h->kinds, check_kind);
		check_transport(&s, h);
		read_key(&s, h, "secret", h->secret, &h->keys[0]);
		read_key(&s, h, "former_secret", h->former_secret, &h->keys[1]);
	}
	inifile_done(&file);
	if (r->problems->n == before)
		return h;
	report_sort(r, before);
	config_hook_free(h);
	return NULL;
}

void
config_hook_free(struct config_hook *h)
{
	if (h == NULL)
		return;
	keys_free(hook_keys, h);
	explicit_bzero(h->keys, sizeof h->keys);
	free(h->missing);
	free(h->hook);
	free(h->file);
	free(h);
}

void
config_hooks_done(struct config_hooks *hooks)
{
	for (size_t i = 0; i < hooks->n; i++)
		config_hook_free(hooks->list[i]);
	free(hooks->list);
	*hooks = (struct config_hooks){ NULL, 0 };
}

bool
config_hook_equal(const struct config_hook *a, const struct config_hook *b)
{
	for (const struct key *k = hook_keys; k->type != KEY_END; k++)
		if (!value_equal(k, a, b))
			return false;
	return memcmp(a->keys, b->keys, sizeof a->keys) == 0 && (a->missing == NULL) == (b->missing == NULL);
}
