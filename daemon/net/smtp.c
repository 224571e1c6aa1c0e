/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One slot, `sending`.  Its thread fills in outcome and error and wakes the loop,
 * which joins it, empties the slot and calls back.
 *
 * What the thread waits for in libcurl ends in three ways: by itself, by
 * libcurl's own time-out, or because the loop shuts the sockets down (when that
 * time-out was not obeyed, which is so while libcurl says QUIT, and when the
 * mail is given up).
 */
#include "net/smtp.h"

#include <sys/socket.h>

#include <pthread.h>
#include <unistd.h>

#include <curl/curl.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "net/mailhead.h"

enum {
	TIMEOUT_MS = 5 * MINUTE_MS,
	GRACE_MS = SECOND_MS,	/* between libcurl's time-out and ours */
	SOCKETS_MAX = 8,	/* at the same time: IPv6, IPv4 and some to spare */
	REPLY_MAX = 200,	/* of what the server said */
};

/* What has been said, as far as it matters for what an answer means. */
enum stage { STAGE_HELLO, STAGE_LOGIN, STAGE_MAIL };

struct sending {
	struct smtp *smtp;
	pthread_t thread;
	char *from, *to, *from_name, *subject, *text, *html, *message_id, *in_reply_to, *list_id, *reply_to;
	int64_t date_ms;
	void (*done)(void *arg, enum smtp_outcome outcome, const struct error *err);
	void *arg;
	/* the thread's, and the loop's after it was joined */
	enum stage stage;
	bool leaving;		/* QUIT was said */
	char reply[REPLY_MAX];	/* last line of the server */
	char detail[CURL_ERROR_SIZE];
	enum smtp_outcome outcome;
	struct error error;
	/* under the lock */
	pthread_mutex_t lock;
	curl_socket_t sockets[SOCKETS_MAX];
	unsigned n_sockets;
	bool stop;
};

struct smtp {
	struct smtp_server server;
	int64_t timeout_ms;
	struct wakeup *wakeup;
	struct timer *deadline;
	struct sending *sending;
	bool threaded;		/* sending->thread is to be joined */
};

/* ---- the thread */

static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct sending *m = arg;
	curl_socket_t fd = CURL_SOCKET_BAD;
	(void)purpose;
	pthread_mutex_lock(&m->lock);
	if (!m->stop && m->n_sockets < SOCKETS_MAX)
		fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (fd != CURL_SOCKET_BAD)
		m->sockets[m->n_sockets++] = fd;
	pthread_mutex_unlock(&m->lock);
	return fd;
}

/* Under the lock, for the number may be another file's as soon as it is closed. */
static int
close_socket(void *arg, curl_socket_t fd)
{
	struct sending *m = arg;
	pthread_mutex_lock(&m->lock);
	for (unsigned i = 0; i < m->n_sockets; i++)
		if (m->sockets[i] == fd)
			m->sockets[i] = m->sockets[--m->n_sockets];
	int rc = close(fd);
	pthread_mutex_unlock(&m->lock);
	return rc;
}

static int
ask_stop(void *arg, curl_off_t expected, curl_off_t received, curl_off_t to_send, curl_off_t sent)
{
	struct sending *m = arg;
	(void)expected;
	(void)received;
	(void)to_send;
	(void)sent;
	pthread_mutex_lock(&m->lock);
	bool stop = m->stop;
	pthread_mutex_unlock(&m->lock);
	return stop;
}

static size_t
take_reply(char *line, size_t size, size_t n, void *arg)
{
	struct sending *m = arg;
	size_t len = size * n;
	if (m->leaving)
		return len;
	while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
		len--;
	(void)snprintf(m->reply, sizeof m->reply, "%.*s", (int)len, line);
	return size * n;
}

static size_t
drop_body(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static int
watch_commands(CURL *easy, curl_infotype type, char *data, size_t len, void *arg)
{
	struct sending *m = arg;
	(void)easy;
	if (type != CURLINFO_HEADER_OUT)
		return 0;
	if (len >= 5 && memcmp(data, "MAIL ", 5) == 0)
		m->stage = STAGE_MAIL;
	else if (len >= 5 && memcmp(data, "AUTH ", 5) == 0)
		m->stage = STAGE_LOGIN;
	else if (len >= 4 && memcmp(data, "QUIT", 4) == 0)
		m->leaving = true;
	return 0;
}

static struct curl_slist *
make_headers(const struct sending *m)
{
	struct curl_slist *list = NULL;
	mailhead_date(&list, m->date_ms);
	mailhead_mailbox(&list, "From", m->from_name, m->from);
	mailhead_mailbox(&list, "To", NULL, m->to);
	mailhead_text(&list, "Subject", m->subject);
	mailhead_token(&list, "Message-ID", m->message_id);
	if (m->in_reply_to != NULL) {
		mailhead_token(&list, "In-Reply-To", m->in_reply_to);
		mailhead_token(&list, "References", m->in_reply_to);
	}
	if (m->reply_to != NULL)
		mailhead_token(&list, "Reply-To", m->reply_to);
	if (m->list_id != NULL)
		mailhead_token(&list, "List-Id", m->list_id);
	mailhead_token(&list, "Auto-Submitted", "auto-generated");
	mailhead_token(&list, "X-Auto-Response-Suppress", "All");
	/* libcurl adds the boundary. */
	mailhead_token(&list, "Content-Type", "multipart/alternative");
	return list;
}

/* libcurl's encoder takes nothing but CR LF for the end of a line. */
static void
add_part(curl_mime *mime, const char *type, const char *text)
{
	struct buf lines = BUF_INIT;
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			buf_char(&lines, '\r');
		if (*text != '\r')
			buf_char(&lines, *text);
	}
	curl_mimepart *part = curl_mime_addpart(mime);
	unsigned bad = part == NULL;
	bad |= bad || curl_mime_type(part, type) != CURLE_OK;
	bad |= bad || curl_mime_encoder(part, "quoted-printable") != CURLE_OK;
	bad |= bad || curl_mime_data(part, buf_cstr(&lines), lines.len) != CURLE_OK;
	if (bad)
		abort();	/* out of memory, or a libcurl without MIME */
	buf_done(&lines);
}

static unsigned
set_security(CURL *easy, const struct smtp_server *server)
{
	static const long tls[] = {
		[SMTP_TLS_TRY] = CURLUSESSL_TRY, [SMTP_TLS_REQUIRE] = CURLUSESSL_ALL, [SMTP_TLS_NEVER] = CURLUSESSL_NONE,
	};
	bool password = server->user != NULL && server->password != NULL;
	enum smtp_tls how = server->tls == SMTP_TLS_TRY && password ? SMTP_TLS_REQUIRE : server->tls;
	bool verify = how == SMTP_TLS_REQUIRE || strncmp(server->url, "smtps:", 6) == 0;
	unsigned bad = 0;
	bad |= curl_easy_setopt(easy, CURLOPT_USE_SSL, tls[how]);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L);
	if (server->ca_file != NULL) {
		bad |= curl_easy_setopt(easy, CURLOPT_CAINFO, server->ca_file);
		bad |= curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	}
	if (password) {
		bad |= curl_easy_setopt(easy, CURLOPT_USERNAME, server->user);
		bad |= curl_easy_setopt(easy, CURLOPT_PASSWORD, server->password);
	}
	return bad;
}

static unsigned
set_callbacks(CURL *easy, struct sending *m)
{
	unsigned bad = 0;
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	bad |= curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, m);
	bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	bad |= curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, m);
	bad |= curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, ask_stop);
	bad |= curl_easy_setopt(easy, CURLOPT_XFERINFODATA, m);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_reply);
	bad |= curl_easy_setopt(easy, CURLOPT_HEADERDATA, m);
	bad |= curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop_body);
	bad |= curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, watch_commands);
	bad |= curl_easy_setopt(easy, CURLOPT_DEBUGDATA, m);
	bad |= curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, m->detail);
	return bad;
}

static CURLcode
perform(CURL *easy, struct sending *m)
{
	struct smtp *s = m->smtp;
	struct curl_slist *headers = make_headers(m), *to = curl_slist_append(NULL, m->to);
	curl_mime *mime = curl_mime_init(easy);
	if (to == NULL || mime == NULL)
		abort();
	add_part(mime, "text/plain; charset=utf-8", m->text);
	add_part(mime, "text/html; charset=utf-8", m->html);
	unsigned bad = 0;
	bad |= curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= curl_easy_setopt(easy, CURLOPT_PROXY, "");
	bad |= curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
	bad |= curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)s->timeout_ms);
	bad |= curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)s->timeout_ms);
	bad |= curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)((s->timeout_ms + 999) / 1000));
	bad |= curl_easy_setopt(easy, CURLOPT_URL, s->server.url);
	bad |= curl_easy_setopt(easy, CURLOPT_MAIL_FROM, m->from);
	bad |= curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, to);
	bad |= curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	bad |= curl_easy_setopt(easy, CURLOPT_MIMEPOST, mime);
	bad |= set_security(easy, &s->server);
	bad |= set_callbacks(easy, m);
	CURLcode code = bad != 0 ? CURLE_BAD_FUNCTION_ARGUMENT : curl_easy_perform(easy);
	curl_mime_free(mime);
	curl_slist_free_all(headers);
	curl_slist_free_all(to);
	return code;
}

static const struct {
	CURLcode code;
	enum error_kind kind;
	const char *text;
	bool detail;		/* libcurl's own words after it */
} failures[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ERROR_DNS, "the mail server's name is not known (DNS)", false },
	{ CURLE_COULDNT_CONNECT, ERROR_CONNECT, "no connection to the mail server", false },
	{ CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT, "the mail server is too slow", false },
	{ CURLE_SSL_CONNECT_ERROR, ERROR_TLS, "no secure connection to the mail server (TLS)", true },
	{ CURLE_USE_SSL_FAILED, ERROR_TLS, "the mail server offers no encryption (STARTTLS)", false },
	{ CURLE_PEER_FAILED_VERIFICATION, ERROR_TLS, "the mail server's certificate is not accepted", true },
	{ CURLE_SSL_CACERT_BADFILE, ERROR_TLS, "the trusted certificates cannot be read", false },
	{ CURLE_LOGIN_DENIED, ERROR_AUTH, "the mail server does not accept user and password", false },
	{ CURLE_URL_MALFORMAT, ERROR_CONFIG, "the mail server's address is not one", false },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERROR_CONFIG, "the mail server's address is not smtp:// or smtps://", false },
	{ CURLE_BAD_FUNCTION_ARGUMENT, ERROR_SYSTEM, "libcurl refuses an option", false },
	{ CURLE_ABORTED_BY_CALLBACK, ERROR_TIMEOUT, "the mail server is too slow", false },
};

static void
tell_failure(struct sending *m, CURLcode code)
{
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
		if (failures[i].code != code)
			continue;
		struct buf detail = BUF_INIT;
		if (failures[i].detail && m->detail[0] != '\0') {
			buf_str(&detail, ": ");
			text_escape(&detail, m->detail, strlen(m->detail), REPLY_MAX);
		}
		(void)error_set(&m->error, failures[i].kind, "%s%s", failures[i].text, buf_cstr(&detail));
		buf_done(&detail);
		return;
	}
	(void)error_set(&m->error, ERROR_CONNECT, "the connection to the mail server broke%s",
	    m->stage == STAGE_MAIL ? " while the mail was handed over" : "");
}

/* What a server says about a login may hold what it was told there. */
static void
tell_reply(struct sending *m, long status)
{
	const struct smtp_server *server = &m->smtp->server;
	enum error_kind kind = status >= 500 ? ERROR_BLOCKED : ERROR_THROTTLED;
	bool secret = m->stage == STAGE_LOGIN || (server->password != NULL && server->password[0] != '\0' &&
	    strstr(m->reply, server->password) != NULL);
	struct buf reply = BUF_INIT;
	if (!secret)
		text_escape(&reply, m->reply, strlen(m->reply), REPLY_MAX);
	if (secret)
		(void)error_set(&m->error, kind, "the mail server refuses (%ld)", status);
	else
		(void)error_set(&m->error, kind, "the mail server says « %s »", buf_cstr(&reply));
	buf_done(&reply);
}

/* 530, 535, 538: authentication is wanted, refused, or wanted under TLS: the
 * settings' fault, not the mail's (RFC 4954, 6). */
static bool
is_about_login(long status)
{
	return status == 530 || status == 534 || status == 535 || status == 538;
}

static void
classify(struct sending *m, CURL *easy, CURLcode code)
{
	long status = 0;
	m->outcome = code == CURLE_OK ? SMTP_SENT : SMTP_LATER;
	if (code == CURLE_OK)
		return;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 400 || status > 599 || code == CURLE_OPERATION_TIMEDOUT || code == CURLE_ABORTED_BY_CALLBACK) {
		tell_failure(m, code);
		return;
	}
	if (code == CURLE_LOGIN_DENIED)
		tell_failure(m, code);
	else
		tell_reply(m, status);
	if (status >= 500 && m->stage == STAGE_MAIL && !is_about_login(status))
		m->outcome = SMTP_REFUSED;
}

static void *
send_mail(void *arg)
{
	struct sending *m = arg;
	CURL *easy = curl_easy_init();
	if (easy == NULL)
		abort();
	classify(m, easy, perform(easy, m));
	curl_easy_cleanup(easy);
	wakeup_call(m->smtp->wakeup);
	return NULL;
}

/* ---- the loop */

static void
sending_free(struct sending *m)
{
	char *strings[] = { m->from, m->to, m->from_name, m->subject, m->text, m->html, m->message_id,
		m->in_reply_to, m->list_id, m->reply_to };
	for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
		free(strings[i]);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static struct sending *
sending_new(struct smtp *s, const struct smtp_mail *mail)
{
	struct sending *m = xcalloc(1, sizeof *m);
	m->smtp = s;
	m->from = xstrdup(mail->from);
	m->to = xstrdup(mail->to);
	m->from_name = xstrdup(mail->from_name);
	m->subject = xstrdup(mail->subject);
	m->text = xstrdup(mail->text);
	m->html = xstrdup(mail->html);
	m->message_id = xstrdup(mail->message_id);
	m->in_reply_to = xstrdup(mail->in_reply_to);
	m->list_id = xstrdup(mail->list_id);
	m->reply_to = xstrdup(mail->reply_to);
	m->date_ms = mail->date_ms;
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

/* Every wait of the thread ends soon after this. */
static void
stop_sending(void *arg)
{
	struct smtp *s = arg;
	struct sending *m = s->sending;
	pthread_mutex_lock(&m->lock);
	m->stop = true;
	for (unsigned i = 0; i < m->n_sockets; i++)
		(void)shutdown(m->sockets[i], SHUT_RDWR);
	pthread_mutex_unlock(&m->lock);
}

/* The slot is empty afterwards; the caller frees what was in it. */
static struct sending *
take_sending(struct smtp *s)
{
	struct sending *m = s->sending;
	if (s->threaded)
		(void)pthread_join(m->thread, NULL);
	timer_stop(s->deadline);
	s->threaded = false;
	s->sending = NULL;
	return m;
}

static void
tell_done(void *arg)
{
	struct smtp *s = arg;
	if (s->sending == NULL)
		return;
	struct sending *m = take_sending(s);
	m->done(m->arg, m->outcome, &m->error);
	sending_free(m);
}

struct smtp *
smtp_new(struct loop *l, const struct smtp_server *server, struct error *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		(void)error_set(err, ERROR_SYSTEM, "libcurl does not start");
		return NULL;
	}
	struct smtp *s = xcalloc(1, sizeof *s);
	s->server = *server;
	s->timeout_ms = server->timeout_ms > 0 ? server->timeout_ms : TIMEOUT_MS;
	s->deadline = timer_new(l, stop_sending, s);
	s->wakeup = wakeup_new(l, tell_done, s, err);
	if (s->wakeup != NULL)
		return s;
	timer_free(s->deadline);
	free(s);
	curl_global_cleanup();
	return NULL;
}

void
smtp_free(struct smtp *s)
{
	if (s == NULL)
		return;
	if (s->sending != NULL) {
		stop_sending(s);
		sending_free(take_sending(s));
	}
	timer_free(s->deadline);
	wakeup_free(s->wakeup);
	free(s);
	curl_global_cleanup();
}

void
smtp_send(struct smtp *s, const struct smtp_mail *mail,
    void (*done)(void *arg, enum smtp_outcome outcome, const struct error *err), void *arg)
{
	struct sending *m = s->sending = sending_new(s, mail);
	m->done = done;
	m->arg = arg;
	m->outcome = SMTP_LATER;
	if (!mailhead_is_address(m->to)) {
		m->outcome = SMTP_REFUSED;
		(void)error_set(&m->error, ERROR_CONFIG, "the recipient's address is not one");
	} else if (!mailhead_is_address(m->from)) {
		(void)error_set(&m->error, ERROR_CONFIG, "the sender's address is not one");
	} else if (thread_start(&m->thread, send_mail, m, &m->error) == 0) {
		s->threaded = true;
		timer_start(s->deadline, s->timeout_ms + GRACE_MS);
		return;
	}
	wakeup_call(s->wakeup);
}
