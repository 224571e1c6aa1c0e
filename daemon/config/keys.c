/* SPDX-License-Identifier: Apache-2.0 */
/* The tables.  Order is that of the reference documentation. */
#include "config/keys.h"

#include "base/clock.h"
#include "base/poison.h"

#ifndef VIGIE_CONNECTORS_DIR
#define VIGIE_CONNECTORS_DIR "/usr/lib/vigie/connectors"
#endif

#ifndef VIGIE_WWW_DIR
#define VIGIE_WWW_DIR "/usr/share/vigie/www"
#endif

#define KIB (INT64_C(1) << 10)
#define TIB (INT64_C(1) << 40)
#define YEAR_MS (INT64_C(365) * DAY_MS)

#define C(member) offsetof(struct config, member)
#define H(member) offsetof(struct config_hook, member)
#define P(member) offsetof(struct partner_draft, partner.member)

const struct key vigie_keys[] = {
	{ "office", "name", KEY_TEXT, C(office_name),
	    .help = "Name of the tourist office." },
	{ "office", "contact", KEY_CONTACT, C(contact),
	    .help = "Web address or mailto: that partners find in the User-Agent of every request." },

	{ "catalogue", "path", KEY_PATH, C(catalogue_path), "/var/lib/vigie/catalogue.db",
	    .help = "The catalogue, an SQLite file." },
	{ "catalogue", "search", KEY_BOOLEAN, C(search), "yes",
	    .help = "Keep a full-text index." },

	{ "territory", "circle", KEY_TEXT, C(territory_circle),
	    .help = "LAT,LON,KM: only listings this near are published." },
	{ "territory", "polygon", KEY_TEXT, C(territory_polygon),
	    .help = "LAT,LON LAT,LON ...: only listings inside are published." },
	{ "territory", "postcodes", KEY_TEXT, C(territory_postcodes),
	    .help = "Beginnings of postcodes, for listings without coordinates: 47200 474." },
	{ "territory", "unlocated", KEY_FLAG, C(publish_unlocated), "hide", .choices = "publish hide",
	    .help = "What is done with listings that say nothing about where they are." },

	{ "privacy", "keep_removed", KEY_DURATION, C(keep_removed_ms), "30d", DAY_MS, 10 * YEAR_MS,
	    .help = "How long a listing that was removed keeps its text, position and price. Its name and dates stay." },

	{ "fetch", "per_host", KEY_INTEGER, C(per_host), "2", 1, 100,
	    .help = "Requests to one host at the same time." },
	{ "fetch", "max_active", KEY_INTEGER, C(max_active), "256", 1, 10000,
	    .help = "Requests at the same time over all hosts." },
	{ "fetch", "ca_file", KEY_PATH, C(ca_file),
	    .help = "Certificate authorities to trust in place of the system's, a PEM file." },

	{ "paths", "connectors", KEY_PATH, C(connectors_dir), VIGIE_CONNECTORS_DIR,
	    .help = "Folder of the connectors (NAME.so)." },
	{ "paths", "partners", KEY_PATH, C(partners_dir), "partners.d",
	    .help = "Folder of the partners' files (NAME.conf)." },
	{ "paths", "hooks", KEY_PATH, C(hooks_dir), "hooks.d",
	    .help = "Folder of the hooks' files (NAME.conf): programs elsewhere that are told of changes." },
	{ "paths", "www", KEY_PATH, C(www_dir), VIGIE_WWW_DIR,
	    .help = "Folder of the page's style sheet and scripts." },

	{ "watch", "site", KEY_BOOLEAN, C(watch.site), "yes",
	    .help = "Look at a partner's public web site beside its API." },
	{ "watch", "dns", KEY_BOOLEAN, C(watch.dns), "yes",
	    .help = "Ask whether its domain name still exists." },
	{ "watch", "resolvers", KEY_RESOLVERS, C(watch.resolvers), "system 9.9.9.9",
	    .help = "Name servers to ask, two at the least: \"system\", addresses with or without port." },
	{ "watch", "rdap", KEY_BOOLEAN, C(watch.rdap), "yes",
	    .help = "Ask the registry of its domain name, once a day at most." },
	{ "watch", "rdap_url", KEY_URL, C(watch.rdap_url),
	    .help = "RDAP server for all domain names, in place of the one that IANA's list names." },
	{ "watch", "rdap_bootstrap_url", KEY_URL, C(watch.rdap_bootstrap_url), "https://data.iana.org/rdap/dns.json",
	    .help = "IANA's list of RDAP servers." },
	{ "watch", "company", KEY_BOOLEAN, C(watch.company), "yes",
	    .help = "Look its company up in the French register, if its file has a siren." },
	{ "watch", "company_url", KEY_URL, C(watch.company_url), "https://recherche-entreprises.api.gouv.fr/search",
	    .help = "The register's address." },
	{ "watch", "gazette", KEY_BOOLEAN, C(watch.gazette), "yes",
	    .help = "Read what the legal gazette (BODACC) has on its company." },
	{ "watch", "gazette_url", KEY_URL, C(watch.gazette_url),
	    "https://bodacc-datadila.opendatasoft.com/api/explore/v2.1/catalog/datasets/annonces-commerciales/records",
	    .help = "The gazette's address." },
	{ "watch", "control", KEY_URLS, C(watch.control), "https://www.service-public.fr/ https://www.debian.org/",
	    .help = "Web addresses that answer whenever this machine's network works." },
	{ "watch", "unpublish", KEY_FLAG, C(watch.unpublish_uncertain), "gone", .choices = "uncertain gone",
	    .help = "From which verdict on a partner's listings are not published." },
	{ "watch", "allow_private", KEY_BOOLEAN, C(watch.allow_private), "no",
	    .help = "These sources may be on this machine or in a private network." },

	{ "mail", "server", KEY_MAIL_SERVER, C(mail.server),
	    .help = "Mail server that takes letters to staff: smtp://HOST:PORT or smtps://HOST:PORT." },
	{ "mail", "tls", KEY_CHOICE, C(mail.tls), "try", .choices = "try require never",
	    .help = "Encryption of smtp:// (STARTTLS): if the server has it, always, or never." },
	{ "mail", "user", KEY_TEXT, C(mail.user),
	    .help = "Name of the account on the mail server." },
	{ "mail", "password", KEY_TEXT, C(mail.password), .credential = CREDENTIAL_MUST,
	    .help = "Its password: credential:NAME." },
	{ "mail", "from", KEY_MAILBOX, C(mail.from),
	    .help = "Address that letters come from." },
	{ "mail", "to", KEY_MAILBOXES, C(mail.to),
	    .help = "Addresses of staff, separated by commas." },
	{ "mail", "to.*", KEY_PAIRS, C(mail.themes),
	    .help = "Addresses in place of \"to\" for partners of this theme (partner file: theme)." },
	{ "mail", "answers", KEY_MAILBOX, C(mail.answers),
	    .help = "Mailbox in which answers to letters are read." },
	{ "mail", "language", KEY_CHOICE, C(mail.language), "french", .choices = "french english fr en",
	    .help = "Language of letters." },
	{ "mail", "timezone", KEY_ZONE, C(mail.zone), "Europe/Paris",
	    .help = "Time zone of the times in letters." },
	{ "mail", "digest_day", KEY_CHOICE, C(mail.digest_day), "monday",
	    .choices = "monday tuesday wednesday thursday friday saturday sunday never",
	    .help = "Day of the weekly digest, which is sent also if nothing happened." },
	{ "mail", "digest_hour", KEY_INTEGER, C(mail.digest_hour), "8", 0, 23,
	    .help = "Hour of the weekly digest." },

	{ "serve", "listen", KEY_LISTEN, C(serve.listen), "127.0.0.1:8047",
	    .help = "Where the HTTP server listens: addresses of this machine with a port, unix:/PATH, or none." },
	{ "serve", "url", KEY_URL, C(serve.url),
	    .help = "Its address as others know it, if a web server stands in front of it." },
	{ "serve", "license", KEY_URL, C(serve.license),
	    .help = "Address of the licence under which others may use what is served." },
	{ "serve", "token", KEY_TEXT, C(serve.token), .credential = CREDENTIAL_MUST,
	    .help = "What allows to answer letters through it: credential:NAME.  Without it, nothing can be changed." },
	{ "serve", "max_connections", KEY_INTEGER, C(serve.max_connections), "256", 1, 10000,
	    .help = "Connections at the same time; for one more, whoever has been silent longest goes." },
	{ "serve", "timeout", KEY_DURATION, C(serve.quiet_ms), "30s", SECOND_MS, HOUR_MS,
	    .help = "A visitor who neither asks nor takes anything for so long is hung up on." },
	{ "serve", "question_timeout", KEY_DURATION, C(serve.question_ms), "10s", SECOND_MS, HOUR_MS,
	    .help = "A question that is not answered after so long is given up." },
	{ "serve", "leaflet", KEY_PATH, C(serve.leaflet_dir), "/usr/share/javascript/leaflet",
	    .help = "Folder of Leaflet, which draws the map; without it there is a list." },
	{ "serve", "tiles", KEY_URL, C(serve.tiles),
	    .help = "Pictures under the map: https://HOST/{z}/{x}/{y}.png; whoever looks at the page asks that server for them." },
	{ "serve", "tiles_by", KEY_TEXT, C(serve.tiles_by),
	    .help = "Whom the map thanks for them." },

	{ "log", "level", KEY_CHOICE, C(log_level), "info", .choices = "error warn info debug",
	    .help = "What is written to the journal." },
	{ .type = KEY_END },
};

const struct key partner_keys[] = {
	{ "partner", "name", KEY_TEXT, P(name), .required = true,
	    .help = "Name of the partner, as staff know it." },
	{ "partner", "theme", KEY_TEXT, P(theme),
	    .help = "What it offers, in a few words." },
	{ "partner", "website", KEY_URL, P(website),
	    .help = "Its web site; relative addresses of listings start there." },
	{ "partner", "replaced_by", KEY_TEXT, P(replaced_by),
	    .help = "Who took over, when it is gone." },
	{ "partner", "predecessor", KEY_TEXT, P(predecessor),
	    .help = "Whom it took over from." },
	{ "partner", "contact", KEY_TEXT, P(contact),
	    .help = "Whom to ring or to write to there." },
	{ "partner", "siren", KEY_SIREN, P(siren),
	    .help = "Its company in the French register: nine digits." },
	{ "partner", "contract_from", KEY_DAY, P(contract_from),
	    .help = "First day of the contract, YYYY-MM-DD." },
	{ "partner", "contract_to", KEY_DAY, P(contract_to),
	    .help = "Last day of the contract, YYYY-MM-DD." },
	{ "partner", "charity", KEY_TEXT, P(charity),
	    .help = "Share that goes to charity." },
	{ "partner", "domain", KEY_DOMAIN, P(domain),
	    .help = "Its domain name, when it is not that of its url: example.org." },
	{ "partner", "closed", KEY_SEASON, P(closed),
	    .help = "Days on which it offers nothing every year, MM-DD..MM-DD: emptiness means nothing then." },
	{ "partner", "enabled", KEY_BOOLEAN, P(enabled), "yes",
	    .help = "Whether the service asks it." },
	{ "partner", "connector", KEY_TEXT, P(connector_name), "json",
	    .help = "The connector that reads its answers." },
	{ "partner", "kind", KEY_KIND, P(normalise.kind),
	    .help = "Kind of its listings, unless the map says one. Required, but for watch." },
	{ "partner", "interval", KEY_DURATION, P(interval_ms), "1h", SECOND_MS, YEAR_MS,
	    .help = "Time from one run to the next; 15m is the polite minimum." },
	{ "partner", "source", KEY_CHOICE, offsetof(struct partner_draft, source), "snapshot",
	    .choices = "snapshot window changes",
	    .help = "snapshot: every answer is the whole set, so what is missing from it was withdrawn; "
		"window: only the latest (a news feed), so nothing is ever removed because it is missing; "
		"changes: only what changed since the answer before (an export), so the rest is as it was." },

	{ "request", "url", KEY_URL, P(url),
	    .help = "Where its listings are. Required, unless there is a file." },
	{ "request", "file", KEY_BESIDE, P(local_file),
	    .help = "In place of url: a document that the office keeps itself, beside this file. Whether the partner "
		"still exists is then seen by its web site alone." },
	{ "request", "method", KEY_TEXT, P(method), .choices = "GET POST",
	    .help = "GET, or POST when there is a body." },
	{ "request", "body", KEY_TEXT, P(body),
	    .help = "What is sent with POST." },
	{ "request", "member", KEY_TEXT, P(member),
	    .help = "Files to read when an archive (ZIP) comes, a pattern: *.csv; every file by default." },
	{ "request", "allow_private", KEY_BOOLEAN, P(allow_private), "no",
	    .help = "The host and port of its url may be on this machine or in a private network; what its answers lead to may not." },
	{ "request", "conditional", KEY_BOOLEAN, P(conditional), "yes",
	    .help = "Ask for what changed only (ETag, Last-Modified); no for servers that get it wrong." },
	{ "request", "missing", KEY_FLAG, P(missing_is_ours), "partner", .choices = "settings partner",
	    .help = "What 404 and 410 say: partner: that it may be gone; settings: that the request of this file is wrong." },
	{ "request", "header.*", KEY_PAIRS, P(headers), .credential = CREDENTIAL_MAY,
	    .help = "A header of every request." },
	{ "request", "query.*", KEY_PAIRS, P(query), .credential = CREDENTIAL_MAY,
	    .help = "A parameter that is added to the url of every request; where the url has {NAME}, it stands there instead." },

	{ "oauth", "token_url", KEY_URL, P(oauth.token_url),
	    .help = "Where access tokens come from (OAuth 2.0 client credentials)." },
	{ "oauth", "client_id", KEY_TEXT, P(oauth.client_id), .credential = CREDENTIAL_MAY,
	    .help = "Name of this client." },
	{ "oauth", "client_secret", KEY_TEXT, P(oauth.client_secret), .credential = CREDENTIAL_MUST,
	    .help = "Its password: credential:NAME." },
	{ "oauth", "scope", KEY_TEXT, P(oauth.scope),
	    .help = "Scopes that are asked for, separated by spaces." },
	{ "oauth", "credentials", KEY_FLAG, P(oauth.in_body), "basic", .choices = "body basic",
	    .help = "basic: name and password as HTTP Basic; body: in the form." },

	{ "limits", "connect", KEY_DURATION, P(limits.connect_timeout_ms), "10s", SECOND_MS, HOUR_MS,
	    .help = "Time for a connection to be made." },
	{ "limits", "request", KEY_DURATION, P(limits.request_timeout_ms), "60s", SECOND_MS, DAY_MS,
	    .help = "Time for one answer to arrive." },
	{ "limits", "stall", KEY_DURATION, P(limits.stall_timeout_ms), "30s", SECOND_MS, HOUR_MS,
	    .help = "Time without a byte after which a request is given up." },
	{ "limits", "run", KEY_DURATION, P(limits.run_timeout_ms), "15m", SECOND_MS, DAY_MS,
	    .help = "Time for all the requests of one run." },
	{ "limits", "max_wire", KEY_BYTES, P(limits.max_wire_bytes), "256M", KIB, TIB,
	    .help = "Size of one answer as it is transferred." },
	{ "limits", "max_body", KEY_BYTES, P(limits.max_body_bytes), "1G", KIB, TIB,
	    .help = "Size of one answer when decompressed." },
	{ "limits", "max_pages", KEY_INTEGER, P(limits.max_pages), "10000", 1, 1000000,
	    .help = "Pages of one run." },
	{ "limits", "max_redirects", KEY_INTEGER, P(limits.max_redirects), "5", 0, 20,
	    .help = "Redirects of one request." },
	{ "limits", "max_retries", KEY_INTEGER, P(limits.max_retries), "3", 0, 10,
	    .help = "Times that a request is repeated after a fault that can heal." },
	{ "limits", "max_depth", KEY_INTEGER, P(limits.max_depth), "64", 1, 1000,
	    .help = "Depth of nested values in one item." },
	{ "limits", "rate_per_minute", KEY_INTEGER, P(limits.rate_per_minute), "120", 0, 60000,
	    .help = "Requests a minute; 0: no budget." },

	{ "removal", "runs", KEY_INTEGER, P(removal.min_runs), "2", 1, 1000,
	    .help = "Complete runs that must miss a listing before it is removed." },
	{ "removal", "age", KEY_DURATION, P(removal.min_age_ms), "24h", 0, YEAR_MS,
	    .help = "Time over which they must miss it." },
	{ "removal", "brake_percent", KEY_PERCENT, P(removal.brake_percent), "20", 0, 100,
	    .help = "A run that would remove a larger part, and more than brake_count, waits for "
		"\"vigie accept\"." },
	{ "removal", "brake_count", KEY_INTEGER, P(removal.brake_count), "10", 0, 1000000,
	    .help = "Removals that are never held back." },

	{ "normalise", "language", KEY_LOWER, P(normalise.language), .max = 2,
	    .help = "Language of its texts (ISO 639-1), unless the map says one." },
	{ "normalise", "country", KEY_UPPER, P(normalise.country), .max = 2,
	    .help = "Country of its listings (ISO 3166-1), unless the map says one." },
	{ "normalise", "currency", KEY_UPPER, P(normalise.currency), "EUR", .max = 3,
	    .help = "Currency of its prices (ISO 4217), unless the price or the map says one." },
	{ "normalise", "price_unit", KEY_TEXT, P(normalise.price_unit),
	    .choices = "night day hour week month year person item",
	    .help = "What a price is for, unless the map says it." },
	{ "normalise", "price", KEY_CHOICE, offsetof(struct partner_draft, price), "money",
	    .choices = "money minor points",
	    .help = "money: prices are euros; minor: whole numbers of cents; points: no money at all." },
	{ "normalise", "rating_scale", KEY_NUMBER, P(normalise.rating_scale), "5",
	    .help = "The best rating that can be had there." },
	{ "normalise", "timezone", KEY_ZONE, P(normalise.timezone), "Europe/Paris",
	    .help = "Time zone of dates that come without one." },
	{ "normalise", "day_first", KEY_BOOLEAN, P(normalise.day_first), "no",
	    .help = "03/04/2017 is in April. Otherwise a date that can be read in two ways is left empty." },
	{ "normalise", "keep_contacts", KEY_BOOLEAN, P(normalise.keep_contacts), "no",
	    .help = "Keep e-mail addresses and telephone numbers: only where the partner publishes them as its own." },
	{ "normalise", "strip_params", KEY_TEXT, P(normalise.strip_params),
	    .help = "More parameters to strip from the addresses of listings, separated by spaces." },
	{ .type = KEY_END },
};

const struct key hook_keys[] = {
	{ "hook", "url", KEY_URL, H(url), .required = true,
	    .help = "Where events are sent by POST." },
	{ "hook", "secret", KEY_TEXT, H(secret), .required = true, .credential = CREDENTIAL_MUST,
	    .help = "What they are signed with: credential:NAME; its file holds whsec_ and 24 to 64 bytes in base64." },
	{ "hook", "former_secret", KEY_TEXT, H(former_secret), .credential = CREDENTIAL_MUST,
	    .help = "What they were signed with before: both signatures are sent until the receiver has the new secret." },
	{ "hook", "events", KEY_TEXT, H(events),
	    .help = "What is told, of: listing.added listing.changed listing.removed partner.verdict; all by default." },
	{ "hook", "partners", KEY_TEXT, H(partners),
	    .help = "Partners that are told of, by the names of their files; all by default." },
	{ "hook", "kinds", KEY_TEXT, H(kinds),
	    .help = "Kinds of listings that are told of: boat event; all by default." },
	{ "hook", "batch", KEY_BOOLEAN, H(batch), "no",
	    .help = "Send up to 64 kB of events in one request, as an array, in place of one event each." },
	{ "hook", "allow_private", KEY_BOOLEAN, H(allow_private), "no",
	    .help = "The url may be on this machine or in a private network, and without https." },
	{ "hook", "enabled", KEY_BOOLEAN, H(enabled), "yes",
	    .help = "Whether anything is sent. What happens meanwhile is sent once it is switched on again." },
	{ .type = KEY_END },
};

static bool
matches(const struct key *k, const char *name)
{
	if (k->type != KEY_PAIRS)
		return strcmp(k->name, name) == 0;
	size_t prefix_len = strlen(k->name) - 1;
	return strncmp(k->name, name, prefix_len) == 0 && name[prefix_len] != '\0';
}

const struct key *
key_find(const struct key *keys, const char *section, const char *name)
{
	for (; keys->type != KEY_END; keys++)
		if (strcmp(keys->section, section) == 0 && matches(keys, name))
			return keys;
	return NULL;
}
