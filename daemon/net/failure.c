/* SPDX-License-Identifier: Apache-2.0 */
#include "net/failure.h"

#include <openssl/x509_vfy.h>

#include "base/buf.h"
#include "base/log.h"

enum { DETAIL_MAX = 200 };

enum more { NOTHING, ERRNO, DETAIL };

static const struct {
	CURLcode code;
	enum error_kind kind;
	const char *text;
	enum more more;		/* what is added after ": " */
} table[] = {
	{ CURLE_COULDNT_RESOLVE_HOST, ERROR_DNS, "this name is not known (DNS)", NOTHING },
	{ CURLE_COULDNT_CONNECT, ERROR_CONNECT, "no connection", ERRNO },
	{ CURLE_GOT_NOTHING, ERROR_CONNECT, "the connection was closed without an answer", NOTHING },
	{ CURLE_SEND_ERROR, ERROR_CONNECT, "the connection broke while asking", ERRNO },
	{ CURLE_RECV_ERROR, ERROR_CONNECT, "the connection broke", ERRNO },
	{ CURLE_HTTP2, ERROR_CONNECT, "the HTTP/2 connection broke", DETAIL },
	{ CURLE_HTTP2_STREAM, ERROR_CONNECT, "the HTTP/2 connection broke", DETAIL },
	{ CURLE_PARTIAL_FILE, ERROR_TRUNCATED, "the answer ended too early", NOTHING },
	{ CURLE_WEIRD_SERVER_REPLY, ERROR_FORMAT, "the answer is not HTTP", DETAIL },
	{ CURLE_UNSUPPORTED_PROTOCOL, ERROR_FORMAT, "the answer is not HTTP", DETAIL },
	{ CURLE_SSL_CONNECT_ERROR, ERROR_TLS, "no secure connection (TLS)", DETAIL },
	{ CURLE_PEER_FAILED_VERIFICATION, ERROR_TLS, "the certificate is not accepted", DETAIL },
	{ CURLE_SSL_CERTPROBLEM, ERROR_TLS, "no secure connection (TLS)", DETAIL },
	{ CURLE_SSL_CIPHER, ERROR_TLS, "no secure connection (TLS)", DETAIL },
	{ CURLE_SSL_CACERT_BADFILE, ERROR_SYSTEM, "the trusted certificates cannot be read", DETAIL },	/* our own file */
	{ CURLE_SSL_INVALIDCERTSTATUS, ERROR_TLS, "the certificate is not accepted", DETAIL },
	{ CURLE_URL_MALFORMAT, ERROR_BLOCKED, "not an address", NOTHING },
	{ CURLE_WRITE_ERROR, ERROR_LIMIT, "given up by its reader", NOTHING },
	{ CURLE_OUT_OF_MEMORY, ERROR_LIMIT, "a header is too large", DETAIL },	/* is what libcurl calls it */
	{ CURLE_ABORTED_BY_CALLBACK, ERROR_LIMIT, "given up by its reader", NOTHING },
};

static int64_t
info_us(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;
	(void)curl_easy_getinfo(easy, info, &us);
	return us;
}

/* Which of the three time-outs was it? */
static void
set_timeout(struct error *err, CURL *easy, const struct fetch_request *limits)
{
	int64_t took_ms = info_us(easy, CURLINFO_TOTAL_TIME_T) / 1000;
	if (info_us(easy, CURLINFO_PRETRANSFER_TIME_T) == 0 && took_ms >= limits->connect_timeout_ms)
		(void)error_set(err, ERROR_TIMEOUT, "no connection within %.3g s",
		    (double)limits->connect_timeout_ms / 1000);
	else if (took_ms >= limits->stall_timeout_ms && took_ms < limits->total_timeout_ms)
		(void)error_set(err, ERROR_TIMEOUT, "nothing arrived for %.3g s",
		    (double)limits->stall_timeout_ms / 1000);
	else
		(void)error_set(err, ERROR_TIMEOUT, "the whole answer did not arrive within %.3g s",
		    (double)limits->total_timeout_ms / 1000);
}

static void
set_from_table(struct error *err, size_t i, CURL *easy, const char *detail)
{
	struct buf text = BUF_INIT;
	long os_errno = 0;
	buf_str(&text, table[i].text);
	(void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_errno);
	if (table[i].more == ERRNO && os_errno != 0) {
		buf_fmt(&text, ": %s", strerror((int)os_errno));
	} else if (table[i].more != NOTHING && detail[0] != '\0') {
		buf_str(&text, ": ");
		text_escape(&text, detail, strlen(detail), DETAIL_MAX);
	}
	(void)error_set(err, table[i].kind, "%s", text.data);
	buf_done(&text);
}

void
failure_set(struct error *err, CURLcode code, CURL *easy, const char *detail,
    const struct fetch_request *limits)
{
	if (code == CURLE_OK || err->kind != ERROR_NONE)
		return;
	if (code == CURLE_OPERATION_TIMEDOUT) {
		set_timeout(err, easy, limits);
		return;
	}
	if (code == CURLE_FILESIZE_EXCEEDED) {
		(void)error_set(err, ERROR_LIMIT, "the answer is larger than the %llu bytes that are allowed",
		    (unsigned long long)limits->max_wire_bytes);
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].code == code) {
			set_from_table(err, i, easy, detail);
			return;
		}
	}
	(void)error_set(err, ERROR_SYSTEM, "libcurl: %s", curl_easy_strerror(code));
}

/* What OpenSSL said of the chain. */
static long
verify_result(CURL *easy)
{
	long result = X509_V_OK;
	(void)curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result);
	return result;
}

bool
failure_tls_expired(CURLcode code, CURL *easy)
{
	return code == CURLE_PEER_FAILED_VERIFICATION && verify_result(easy) == X509_V_ERR_CERT_HAS_EXPIRED;
}

/* libcurl looks at the name itself, after OpenSSL was content with the chain
 * and before it asks what OpenSSL said. */
bool
failure_tls_wrong_name(CURLcode code, CURL *easy)
{
	return code == CURLE_PEER_FAILED_VERIFICATION && verify_result(easy) == X509_V_ERR_UNSPECIFIED;
}

const char *
failure_of_status(int status)
{
	static const struct {
		int from, to;
		const char *words;
	} all[] = {
		{ 400, 400, ": it does not understand the request" },
		{ 401, 401, ": it wants a key, or another one" },
		{ 403, 403, ": it refuses us, by our key or by our address" },
		{ 404, 404, ": there is nothing at this address" },
		{ 410, 410, ": what was at this address is gone for good" },
		{ 429, 429, ": these are too many requests for it" },
		{ 500, 599, ": a fault on its side" },
	};
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (status >= all[i].from && status <= all[i].to)
			return all[i].words;
	return "";
}
