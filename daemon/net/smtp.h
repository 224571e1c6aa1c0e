/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail to one person over libcurl's SMTP.  libcurl builds the MIME parts
 * (multipart/alternative, quoted-printable).
 *
 * libcurl's multi interface blocks in SMTP while it waits for the answer to the
 * mail's last dot and to QUIT, so each mail is sent by a thread of its own; the
 * loop only learns how it went.
 */
#ifndef VIGIE_NET_SMTP_H
#define VIGIE_NET_SMTP_H

#include "base/error.h"
#include "net/loop.h"

/* TRY encrypts for whoever answers; with a password it is REQUIRE, which also
 * checks the server's certificate.  In the clear a password goes with NEVER only. */
enum smtp_tls { SMTP_TLS_TRY, SMTP_TLS_REQUIRE, SMTP_TLS_NEVER };

struct smtp_server {		/* borrowed until smtp_free */
	const char *url;	/* smtp://host:25, smtps://host:465 */
	enum smtp_tls tls;	/* STARTTLS of smtp:// */
	const char *user, *password;	/* NULL: none */
	const char *ca_file;	/* NULL: the system's */
	int64_t timeout_ms;	/* of one mail, whatever the server does; 0: 5 min */
};

struct smtp_mail {		/* copied */
	const char *from, *to;	/* addresses alone */
	const char *from_name;	/* UTF-8; encoded here (RFC 2047) */
	const char *subject;	/* UTF-8 */
	const char *text, *html;
	const char *message_id;	/* with its angle brackets, as the next */
	const char *in_reply_to;/* NULL */
	const char *list_id;	/* NULL */
	const char *reply_to;	/* NULL */
	int64_t date_ms;
};

/* REFUSED: this mail, for good (5xx to its sender, recipient or text, or an
 * address that is none).  LATER: 4xx, no answer, the connection was lost, or the
 * server wants nothing from us at all (greeting, TLS, authentication): once that is
 * mended, the mail can go. */
enum smtp_outcome { SMTP_SENT, SMTP_LATER, SMTP_REFUSED };

struct smtp;
struct smtp *smtp_new(struct loop *l, const struct smtp_server *server, struct error *err);
void smtp_free(struct smtp *s);	/* gives up what is under way: no callback any more; takes NULL */
/* One at a time.  `done` once, from the loop; `err` says what the server said. */
void smtp_send(struct smtp *s, const struct smtp_mail *mail,
    void (*done)(void *arg, enum smtp_outcome outcome, const struct error *err), void *arg);

#endif
