/* SPDX-License-Identifier: Apache-2.0 */
#include "config/check.h"

#include <arpa/inet.h>

#include "base/buf.h"
#include "base/nearest.h"
#include "base/num.h"
#include "base/utf8.h"
#include "config/listen.h"
#include "health/season.h"
#include "normalise/date.h"
#include "normalise/listing.h"

enum { SHOWN_COLUMNS = 40, CHOICES_MAX = 31 };

/* ---- choices */

bool
choice_has(const char *choices, const char *word)
{
	size_t len = strlen(word);
	for (const char *c = choices; *c != '\0'; c += strspn(c, " ")) {
		size_t n = strcspn(c, " ");
		if (n == len && memcmp(c, word, len) == 0)
			return true;
		c += n;
	}
	return false;
}

static const char *
choice_nearest(const char *text, char *choices)
{
	const char *names[CHOICES_MAX + 1] = { NULL };
	size_t n = 0;
	for (char *c = choices, *word; n < CHOICES_MAX && (word = strsep(&c, " ")) != NULL;)
		names[n++] = word;
	return nearest_name(text, names);
}

/* How much of a value is shown: it may be long. */
int
shown(const char *text)
{
	return (int)utf8_prefix(text, strlen(text), SHOWN_COLUMNS);
}

int
check_choice(const char *name, const char *text, const char *choices, struct error *err)
{
	if (choice_has(choices, text))
		return 0;
	char *copy = xstrdup(choices);
	const char *near = choice_nearest(text, copy);
	if (near != NULL)
		(void)error_set(err, ERROR_CONFIG, "\"%.*s\" is no choice for \"%s\": did you mean \"%s\"? "
		    "(one of: %s)", shown(text), text, name, near, choices);
	else
		(void)error_set(err, ERROR_CONFIG, "\"%.*s\" is no choice for \"%s\": write one of: %s",
		    shown(text), text, name, choices);
	free(copy);
	return -1;
}

unsigned
choice_number(const char *choices, const char *word)
{
	unsigned i = 0;
	size_t len = strlen(word);
	while (strncmp(choices, word, len) != 0 || (choices[len] != ' ' && choices[len] != '\0')) {
		choices += strcspn(choices, " ");
		choices += strspn(choices, " ");
		i++;
	}
	return i;
}

int
check_boolean(const char *name, const char *text, bool *ret, struct error *err)
{
	static const char *const yes[] = { "true", "on", "1", "y", "oui", "yes", NULL };
	static const char *const no[] = { "false", "off", "0", "n", "non", "no", NULL };
	if (strcmp(text, "yes") == 0 || strcmp(text, "no") == 0) {
		*ret = text[0] == 'y';
		return 0;
	}
	for (size_t i = 0; yes[i] != NULL; i++) {
		if (strcasecmp(text, yes[i]) != 0 && strcasecmp(text, no[i]) != 0)
			continue;
		return error_set(err, ERROR_CONFIG, "\"%s\" is neither yes nor no: write %s = %s", text, name,
		    strcasecmp(text, yes[i]) == 0 ? "yes" : "no");
	}
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is neither yes nor no: write %s = yes or %s = no",
	    shown(text), text, name, name);
}

/* ---- texts */

static int
check_kind(const struct key *k, const char *text, struct error *err)
{
	struct buf all = BUF_INIT;
	for (size_t i = 0; listing_kinds[i] != NULL; i++)
		buf_fmt(&all, "%s%s", i > 0 ? " " : "", listing_kinds[i]);
	int ret = check_choice(k->name, text, buf_cstr(&all), err);
	buf_done(&all);
	return ret;
}

static size_t
letters(const char *s, char from)
{
	size_t n = 0;
	while (s[n] >= from && s[n] < from + 26)
		n++;
	return n;
}

static int
check_code(const struct key *k, const char *text, struct error *err)
{
	bool lower = k->type == KEY_LOWER;
	if (letters(text, lower ? 'a' : 'A') == (size_t)k->max && text[k->max] == '\0')
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no code for \"%s\": write %d %s letters, such as %s",
	    shown(text), text, k->name, (int)k->max, lower ? "lower-case" : "upper-case",
	    lower ? "fr" : k->max == 2 ? "FR" : "EUR");
}

static int
check_zone(const struct key *k, const char *text, struct error *err)
{
	(void)k;
	if (date_timezone_valid(text))
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no time zone: write a name such as Europe/Paris",
	    shown(text), text);
}

static bool
is_port(const char *s, size_t len)
{
	int64_t port;
	return num_int(s, len, 1, 65535, &port) == 0;
}

/* Of "HOST", "HOST:" and "HOST:PORT"; colons between brackets are the address's own. */
static bool
port_is_good(const char *host, size_t len)
{
	size_t at = host[0] == '[' ? strcspn(host, "]") : 0;
	const char *colon = at < len ? memchr(host + at, ':', len - at) : NULL;
	size_t left = colon != NULL ? (size_t)(host + len - colon) - 1 : 0;
	return left == 0 || is_port(colon + 1, left);
}

/* Not the value itself: addresses are where secrets get pasted. */
int
check_url(const char *name, const char *text, struct error *err)
{
	const char *host = strncmp(text, "https://", 8) == 0 ? text + 8 :
	    strncmp(text, "http://", 7) == 0 ? text + 7 : NULL;
	if (host == NULL)
		return error_set(err, ERROR_CONFIG, "\"%s\" must start with https:// or http://", name);
	size_t len = strcspn(host, "/?#");
	if (memchr(host, '@', len) != NULL)
		return error_set(err, ERROR_CONFIG, "\"%s\" has a user name or password in it: write "
		    "header.Authorization = Basic credential:NAME instead", name);
	if (len == 0 || host[0] == ':')
		return error_set(err, ERROR_CONFIG, "\"%s\" has no host after ://", name);
	if (!port_is_good(host, len))
		return error_set(err, ERROR_CONFIG, "what stands after \":\" in the host of \"%s\" is no port: write a whole "
		    "number from 1 to 65535, or leave it away", name);
	if (strpbrk(text, " \t\"<>") != NULL)
		return error_set(err, ERROR_CONFIG, "\"%s\" has a space or a quote in it: write %%20 for a space, "
		    "%%22 for a quote", name);
	return 0;
}

static int
check_contact(const struct key *k, const char *text, struct error *err)
{
	if (strncmp(text, "mailto:", 7) == 0 && strchr(text, '@') != NULL && strchr(text, ' ') == NULL)
		return 0;
	if (strncmp(text, "http", 4) != 0)
		return error_set(err, ERROR_CONFIG, "\"%s\" must be a web address or mailto:ADDRESS", k->name);
	return check_url(k->name, text, err);
}

static int
check_choices(const struct key *k, const char *text, struct error *err)
{
	return k->choices != NULL ? check_choice(k->name, text, k->choices, err) : 0;
}

static int
check_address(const struct key *k, const char *text, struct error *err)
{
	return check_url(k->name, text, err);
}

static const char between[] = ", \t\n";

static int
check_urls(const struct key *k, const char *text, struct error *err)
{
	size_t n = 0;
	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between), n++) {
		size_t len = strcspn(text, between);
		char *url = xstrndup(text, len);
		int rc = check_url(k->name, url, err);
		free(url);
		if (rc != 0)
			return -1;
		text += len;
	}
	return n > 0 ? 0 : error_set(err, ERROR_CONFIG, "there is no web address in \"%s\"", k->name);
}

/* ---- name servers */

/* "9.9.9.9", "9.9.9.9:53", "2620:fe::fe", "[2620:fe::fe]:53"; "fe80::1%eth0" is on that network. */
static bool
is_resolver(char *s)
{
	unsigned char address[16];
	char *host = s, *port = strchr(s, ':');
	if (strcmp(s, "system") == 0)
		return true;
	if (s[0] == '[') {
		host = s + 1;
		port = strchr(s, ']');
		if (port == NULL || (port[1] != '\0' && port[1] != ':'))
			return false;
		*port = '\0';
		port += port[1] == ':';
	} else if (port != NULL && strchr(port + 1, ':') != NULL) {
		port = NULL;
	}
	if (port != NULL && *port == ':') {
		*port = '\0';
		if (!is_port(port + 1, strlen(port + 1)))
			return false;
	}
	bool six = strchr(host, ':') != NULL;
	if (six)
		host[strcspn(host, "%")] = '\0';
	return inet_pton(six ? AF_INET6 : AF_INET, host, address) == 1;
}

/* One that lies would make a partner gone. */
static int
check_resolvers(const struct key *k, const char *text, struct error *err)
{
	enum { RESOLVERS_MAX = 8 };
	const char *first = text + strspn(text, between);
	size_t first_len = strcspn(first, between), n = 0;
	bool differ = false;
	for (const char *s = first; *s != '\0'; s += strspn(s, between), n++) {
		size_t len = strcspn(s, between);
		char *word = xstrndup(s, len);
		bool good = is_resolver(word);
		free(word);
		if (!good)
			return error_set(err, ERROR_CONFIG, "\"%.*s\" is no address of a name server: write one such as 9.9.9.9, "
			    "192.0.2.1:5353 or [2620:fe::fe]:53, or system", (int)utf8_prefix(s, len, SHOWN_COLUMNS), s);
		differ |= len != first_len || memcmp(s, first, len) != 0;
		s += len;
	}
	if (n > RESOLVERS_MAX)
		return error_set(err, ERROR_CONFIG, "\"%s\" names more than %d name servers", k->name, RESOLVERS_MAX);
	return differ ? 0 : error_set(err, ERROR_CONFIG, "one name server may be wrong, and \"system\" is often one: write "
	    "two or more for \"%s\", such as system 9.9.9.9", k->name);
}

/* ---- letters */

static bool
is_mailbox(const char *s, size_t len)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
	const char *at = memchr(s, '@', len);
	size_t local = at != NULL ? (size_t)(at - s) : 0, domain = local > 0 ? len - local - 1 : 0;
	if (local == 0 || local > 64 || domain == 0 || domain > 253)
		return false;
	for (size_t i = 0; i < local; i++)
		if (s[i] == '\0' || (strchr(letters, s[i]) == NULL && strchr("!#$%&'*+-/=?^_`{|}~.", s[i]) == NULL))
			return false;
	for (size_t i = 1; i <= domain; i++)
		if (at[i] == '\0' || (strchr(letters, at[i]) == NULL && at[i] != '-' && (at[i] != '.' || at[i - 1] == '.')))
			return false;
	return at[1] != '.' && at[1] != '-' && at[domain] != '.' && at[domain] != '-';
}

static int
check_mailbox(const struct key *k, const char *text, struct error *err)
{
	if (is_mailbox(text, strlen(text)))
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no address for \"%s\": write one such as "
	    "accueil@office.example", shown(text), text, k->name);
}

int
check_mailboxes(const char *name, const char *text, struct error *err)
{
	size_t n = 0;
	for (text += strspn(text, between); *text != '\0'; text += strspn(text, between), n++) {
		size_t len = strcspn(text, between);
		if (!is_mailbox(text, len))
			return error_set(err, ERROR_CONFIG, "\"%.*s\" is no address for \"%s\": write some such as "
			    "accueil@office.example, numerique@office.example",
			    (int)utf8_prefix(text, len, SHOWN_COLUMNS), text, name);
		text += len;
	}
	return n > 0 ? 0 : error_set(err, ERROR_CONFIG, "there is no address in \"%s\"", name);
}

static int
check_mail_list(const struct key *k, const char *text, struct error *err)
{
	return check_mailboxes(k->name, text, err);
}

static int
check_mail_server(const struct key *k, const char *text, struct error *err)
{
	const char *host = strncmp(text, "smtp://", 7) == 0 ? text + 7 : strncmp(text, "smtps://", 8) == 0 ? text + 8 : NULL;
	if (host == NULL)
		return error_set(err, ERROR_CONFIG, "\"%s\" must start with smtp:// or smtps://", k->name);
	if (strchr(host, '@') != NULL)
		return error_set(err, ERROR_CONFIG, "\"%s\" has a user name in it: write user = NAME and "
		    "password = credential:NAME instead", k->name);
	size_t len = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
	bool named = len > 0 && strcspn(host, " \t/?#\"<>,") >= strlen(host);
	if (named && (host[len] == '\0' || (host[len] == ':' && is_port(host + len + 1, strlen(host + len + 1)))))
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%s\" is a scheme, a host and a port, no more: write smtp://localhost:25 or "
	    "smtps://mail.example:465", k->name);
}

static int
check_listen(const struct key *k, const char *text, struct error *err)
{
	struct listen_address a;
	int rc;
	(void)k;
	while ((rc = listen_next(&text, &a, err)) == 1)
		listen_address_done(&a);
	return rc;
}

/* ---- a partner's sheet */

/* Letters of any script: what it is in ASCII is found when it is asked for. */
static bool
is_domain(const char *s, size_t len)
{
	enum { DOMAIN_BYTES_MAX = 253 };
	static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	bool named = false;
	char before = '.';
	for (size_t i = 0; i < len; before = s[i++]) {
		if ((unsigned char)s[i] < 0x80 && strchr(others, s[i]) == NULL)
			return false;
		if (s[i] == '.' && before == '.')
			return false;
		named |= strchr("0123456789.", s[i]) == NULL;
	}
	return named && before != '.' && len <= DOMAIN_BYTES_MAX && memchr(s, '.', len) != NULL;
}

/* Most who get it wrong have copied an address. */
static int
check_domain(const struct key *k, const char *text, struct error *err)
{
	const char *scheme = strstr(text, "://"), *host = scheme != NULL ? scheme + 3 : text;
	size_t len = strcspn(host, "/?#:");
	if (is_domain(text, strlen(text)))
		return 0;
	while (len > 0 && host[len - 1] == '.')
		len--;
	bool found = is_domain(host, len);
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no domain name for \"%s\": write %s%.*s", shown(text), text, k->name,
	    found ? "" : "one such as ", found ? (int)len : (int)strlen("example.org"), found ? host : "example.org");
}

/* The register's numbers have a Luhn sum. */
static bool
luhn_holds(const char *digits, size_t n)
{
	unsigned sum = 0;
	for (size_t i = 0; i < n; i++) {
		unsigned digit = (unsigned)(digits[n - 1 - i] - '0') << (i % 2);
		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

static int
check_siren(const struct key *k, const char *text, struct error *err)
{
	enum { SIREN_DIGITS = 9 };
	if (strlen(text) != SIREN_DIGITS || strspn(text, "0123456789") != SIREN_DIGITS)
		return error_set(err, ERROR_CONFIG, "\"%.*s\" is no value for \"%s\": write nine digits, without blanks",
		    shown(text), text, k->name);
	if (!luhn_holds(text, SIREN_DIGITS))
		return error_set(err, ERROR_CONFIG, "\"%s\" is no number of the register: its last digit does not fit "
		    "the others", text);
	return 0;
}

static int
check_day(const struct key *k, const char *text, struct error *err)
{
	int64_t year, month, day;
	if (strlen(text) == 10 && text[4] == '-' && text[7] == '-' && num_int(text, 4, 1900, 2199, &year) == 0 &&
	    num_int(text + 5, 2, 1, 12, &month) == 0 &&
	    num_int(text + 8, 2, 1, days_in_month((int)year, (int)month), &day) == 0)
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no day for \"%s\": write one such as 2027-01-31",
	    shown(text), text, k->name);
}

static int
check_season(const struct key *k, const char *text, struct error *err)
{
	struct season season;
	(void)k;
	return season_parse(text, &season, err);
}

static const char *
beside_fault(const char *name)
{
	if (name[0] == '/')
		return "write the name alone: the file lies beside this one, or in a folder there";
	for (const char *part = name; part != NULL; part = strchr(part, '/')) {
		part += part != name;
		if (*part == '.')
			return "the file lies beside this one, not above, and no part of its name begins with \".\"";
		if (*part == '/' || *part == '\0')
			return "that is the name of a folder, not of a file";
	}
	return NULL;
}

static int
check_beside(const struct key *k, const char *text, struct error *err)
{
	const char *fault = beside_fault(text);
	if (fault == NULL)
		return 0;
	return error_set(err, ERROR_CONFIG, "\"%.*s\" is no value for \"%s\": %s", shown(text), text, k->name, fault);
}

int
check_text(const struct key *k, const char *text, struct error *err)
{
	static int (*const checks[])(const struct key *, const char *, struct error *) = {
		[KEY_TEXT] = check_choices,
		[KEY_URL] = check_address,
		[KEY_URLS] = check_urls,
		[KEY_RESOLVERS] = check_resolvers,
		[KEY_CONTACT] = check_contact,
		[KEY_KIND] = check_kind,
		[KEY_LOWER] = check_code,
		[KEY_UPPER] = check_code,
		[KEY_ZONE] = check_zone,
		[KEY_MAIL_SERVER] = check_mail_server,
		[KEY_MAILBOX] = check_mailbox,
		[KEY_MAILBOXES] = check_mail_list,
		[KEY_LISTEN] = check_listen,
		[KEY_DOMAIN] = check_domain,
		[KEY_SIREN] = check_siren,
		[KEY_DAY] = check_day,
		[KEY_SEASON] = check_season,
		[KEY_BESIDE] = check_beside,
		[KEY_PATH] = check_choices,
	};
	size_t len = strlen(text);
	if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
		return error_set(err, ERROR_CONFIG, "leave away the quotes around the value of \"%s\"", k->name);
	return checks[k->type](k, text, err);
}
