/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sections of the files say.  Strings belong to the struct config, the
 * partner_config or the config_hook that they are part of.
 */
#ifndef VIGIE_CONFIG_SECTION_H
#define VIGIE_CONFIG_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_pair {		/* a header or a query parameter */
	char *name, *value;
	bool secret;		/* came from a credential */
	char *hidden;		/* the secret in it, when that is only a part; NULL */
};

struct config_oauth {
	char *token_url;	/* NULL: no OAuth */
	char *client_id, *client_secret, *scope;
	bool in_body;
};

struct config_limits {
	int64_t connect_timeout_ms, request_timeout_ms, stall_timeout_ms, run_timeout_ms;
	uint64_t max_wire_bytes, max_body_bytes;	/* of one answer */
	unsigned max_pages, max_redirects, max_retries, max_depth;
	unsigned rate_per_minute;	/* 0: no budget */
};

struct config_removal {		/* see struct removal_policy */
	unsigned min_runs, brake_percent, brake_count;
	int64_t min_age_ms;
};

struct config_mail {		/* letters to staff; none without `server` and a recipient */
	char *server;		/* smtp://HOST:PORT, smtps://HOST:PORT; NULL: no mail */
	enum { CONFIG_TLS_TRY, CONFIG_TLS_REQUIRE, CONFIG_TLS_NEVER } tls;
	char *user, *password;
	char *missing;		/* why the password cannot be read; NULL: it is not missing */
	char *from;		/* address */
	char *to;		/* addresses, separated by commas or spaces: of all themes */
	struct config_pair *themes;	/* to.THEME: in place of `to` for partners of this theme */
	size_t n_themes;
	char *answers;		/* mailbox for answers by mail; NULL */
	enum { CONFIG_FRENCH, CONFIG_ENGLISH } language;
	char *zone;
	unsigned digest_day;	/* 0 Monday … 6 Sunday, 7 never */
	unsigned digest_hour;
};

struct config_serve {		/* what other tools and people read over HTTP */
	char *listen;		/* see config/listen.h */
	char *url;		/* NULL: the Host of each request */
	char *license;		/* of what is served, a URL; NULL: none is given */
	char *token;		/* NULL: nothing can be changed through it */
	char *missing;		/* why the token cannot be read; NULL: it is not missing */
	unsigned max_connections;
	int64_t quiet_ms, question_ms;
	char *leaflet_dir;
	char *tiles;		/* "https://HOST/{z}/{x}/{y}.png"; NULL: a map without pictures */
	char *tiles_by;
};

struct config_watch {		/* where evidence comes from; every source can be switched off */
	bool site, dns, rdap, company, gazette;
	char *resolvers;	/* "system", addresses with or without port */
	char *rdap_url;		/* of the registry's RDAP server; NULL: found by rdap_bootstrap_url */
	char *rdap_bootstrap_url, *company_url, *gazette_url;
	char *control;		/* URLs that answer when we see, separated by blanks */
	bool unpublish_uncertain;	/* false: listings are withdrawn at `gone` only */
	bool allow_private;	/* the sources above may be on this machine */
};

enum { HOOK_KEY_MAX = 64, HOOK_KEYS = 2 };

struct hook_key {
	unsigned char bytes[HOOK_KEY_MAX];
	size_t len;		/* 0: there is none */
};

#endif
