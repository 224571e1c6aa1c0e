/* SPDX-License-Identifier: Apache-2.0 */
#include "alert/recipients.h"

#include "base/buf.h"

static void
add(struct recipients *r, const char *address, size_t len)
{
	for (size_t i = 0; i < r->n; i++)
		if (strlen(r->list[i]) == len && strncasecmp(r->list[i], address, len) == 0)
			return;
	r->list = xrealloc(r->list, r->n + 1, sizeof *r->list);
	r->list[r->n++] = xstrndup(address, len);
}

void
recipients_add(struct recipients *r, const char *addresses)
{
	static const char between[] = ", \t\n";
	if (addresses == NULL)
		return;
	for (const char *s = addresses + strspn(addresses, between); *s != '\0'; s += strspn(s, between)) {
		size_t len = strcspn(s, between);
		add(r, s, len);
		s += len;
	}
}

static char
plain(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c == '_' || c == '-' ? ' ' : c;
}

static bool
same_theme(const char *a, const char *b)
{
	while (*a != '\0' && plain(*a) == plain(*b))
		a++, b++;
	return *a == '\0' && *b == '\0';
}

const char *
recipients_domain(const struct config_mail *mail)
{
	const char *at = mail->server != NULL && mail->from != NULL ? strchr(mail->from, '@') : NULL;
	return at != NULL ? at + 1 : NULL;
}

struct recipients
recipients_of_theme(const struct config_mail *mail, const char *theme)
{
	struct recipients r = { .n = 0 };
	if (recipients_domain(mail) == NULL)
		return r;
	for (size_t i = 0; i < mail->n_themes && theme != NULL; i++)
		if (same_theme(mail->themes[i].name, theme))
			recipients_add(&r, mail->themes[i].value);
	if (r.n == 0)
		recipients_add(&r, mail->to);
	return r;
}

struct recipients
recipients_of_all(const struct config_mail *mail)
{
	struct recipients r = { .n = 0 };
	if (recipients_domain(mail) == NULL)
		return r;
	recipients_add(&r, mail->to);
	for (size_t i = 0; i < mail->n_themes && mail->to == NULL; i++)
		recipients_add(&r, mail->themes[i].value);
	return r;
}

void
recipients_done(struct recipients *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->list[i]);
	free(r->list);
	*r = (struct recipients){ .n = 0 };
}
