/* SPDX-License-Identifier: Apache-2.0 */
/* A partner for tests: what each path answers, good and bad. */
#ifndef VIGIE_TESTS_FETCH_PAGES_H
#define VIGIE_TESTS_FETCH_PAGES_H

#include <zlib.h>

#include "peer.h"

struct fixed {
	const char *path, *bytes;
	bool close;
};

/* "hello gzip", by gzip(1) */
static const char gzip_hello[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57"
    "\x48\xaf\xca\x2c\x00\x00\x19\x6a\xd2\xdf\x0a\x00\x00\x00";

static const struct fixed fixed[] = {
	{ "/head", "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nETag: \"a\"\r\n"
	    "Last-Modified: Sat, 01 Nov 2025 10:00:00 GMT\r\nLink: <p2>; rel=next\r\nRetry-After: 7\r\n"
	    "link: <p9>; rel=last\r\nSunset: Sat, 31 Dec 2026 23:59:59 GMT\r\nDeprecation: @1688169599\r\n"
	    "Content-Length: 2\r\n\r\n{}", false },
	{ "/interim", "HTTP/1.1 103 Early Hints\r\nLink: </early>\r\nETag: \"early\"\r\n\r\n"
	    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false },
	{ "/trailer", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: ETag\r\n\r\n"
	    "2\r\nok\r\n0\r\nETag: \"late\"\r\n\r\n", false },
	{ "/trailer-status", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "2\r\nok\r\n0\r\nHTTP/1.1 503 x\r\n\r\n", false },
	{ "/folded", "HTTP/1.1 200 OK\r\n more: of nothing\r\nContent-Length: 2\r\n\r\nok", false },
	{ "/unchanged", "HTTP/1.1 304 Not Modified\r\nETag: \"b\"\r\n\r\n", false },
	{ "/busy", "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 120\r\nContent-Length: 4\r\n\r\nwait", false },
	{ "/short", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", true },
	{ "/short-chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", true },
	{ "/nothing", "", true },
	{ "/not-http", "SSH-2.0-OpenSSH_9.2\r\n\r\n", true },
	{ "/bad-gzip", "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n\r\nnot \033[31mgzip", true },
	{ "/announced", "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", true },
	{ "/no-location", "HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\nhm", false },
	{ "/choices", "HTTP/1.1 300 Multiple Choices\r\nLocation: /plain\r\nContent-Length: 2\r\n\r\nhm", false },
	{ "/to-plain", "HTTP/1.1 302 Found\r\nLocation: /plain\r\nContent-Length: 9\r\n\r\ndiscarded", false },
	{ "/to-plain-again", "HTTP/1.1 301 Moved\r\nLocation: to-plain#part\r\nContent-Length: 0\r\n\r\n", false },
	{ "/round", "HTTP/1.1 307 Again\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n", false },
	{ "/to-other", "HTTP/1.1 301 Moved\r\nLocation: https://new.example.com/x?token=s3cret#f\r\n"
	    "Content-Length: 0\r\n\r\n", false },
	{ "/to-file", "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", false },
	{ "/to-user", "HTTP/1.1 302 Found\r\nLocation: http://a:b@127.0.0.1/\r\nContent-Length: 0\r\n\r\n", false },
	{ "/303", "HTTP/1.1 303 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/302", "HTTP/1.1 302 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/307", "HTTP/1.1 307 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
	{ "/308", "HTTP/1.1 308 See\r\nLocation: /echo\r\nContent-Length: 0\r\n\r\n", false },
};

static inline int
serve_fixed(struct peer_request *r, const struct fixed *f)
{
	bool ok = peer_say(r, f->bytes);
	return ok && !f->close ? 0 : -1;
}

/* A reset, not an end: what is unread or unsent is thrown away. */
static inline int
serve_reset(struct peer_request *r)
{
	struct linger hard = { .l_onoff = 1, .l_linger = 0 };
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
	(void)setsockopt(r->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
	/* The peer's own close comes too late: give the descriptor another socket. */
	int other = socket(AF_INET, SOCK_STREAM, 0);
	(void)dup2(other, r->fd);
	(void)close(other);
	return -1;
}

static inline int
serve_gzip(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	buf_fmt(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n", sizeof gzip_hello - 1);
	buf_add(&b, gzip_hello, sizeof gzip_hello - 1);
	bool ok = peer_write(r, b.data, b.len);
	buf_done(&b);
	return ok ? 0 : -1;
}

static inline void
put_bits(struct buf *out, unsigned *n_bits, unsigned bits, unsigned n)
{
	for (unsigned i = 0; i < n; i++, (*n_bits)++) {
		if (*n_bits % 8 == 0)
			buf_char(out, 0);
		out->data[out->len - 1] = (char)((unsigned char)out->data[out->len - 1] |
		    (bits >> i & 1) << *n_bits % 8);
	}
}

/* 13 bits stand for 258 zeros each (RFC 1951, fixed codes): 64 MB in 400 kB. */
static inline int
serve_bomb(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	unsigned n_bits = 0;
	buf_str(&b, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	buf_add(&b, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	put_bits(&b, &n_bits, 3, 3);		/* last block, fixed codes */
	put_bits(&b, &n_bits, 0x0c, 8);		/* literal 0: 00110000, from its top bit */
	for (int i = 0; i < 250000; i++) {
		put_bits(&b, &n_bits, 0xa3, 8);	/* length 258: 11000101, likewise */
		put_bits(&b, &n_bits, 0, 5);	/* distance 1 */
	}
	(void)peer_write(r, b.data, b.len);
	buf_done(&b);
	return -1;
}

/* Compressed bytes that stand for nothing: empty stored blocks without end. */
static inline int
serve_empty_blocks(struct peer_request *r)
{
	static const char blocks[] = "\0\0\0\xff\xff\0\0\0\xff\xff\0\0\0\xff\xff\0\0\0\xff\xff";
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
	(void)peer_write(r, "\x1f\x8b\x08\0\0\0\0\0\0\3", 10);
	for (int i = 0; i < 200000; i++)
		if (!peer_write(r, blocks, sizeof blocks - 1))
			break;
	return -1;
}

static inline int
serve_long_headers(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		if (!peer_say(r, "X-Padding: 0123456789012345678901234567890123456789\r\n"))
			break;
	(void)peer_say(r, "Content-Length: 0\r\n\r\n");
	return -1;
}

static inline int
serve_one_header(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nX-Padding: ");
	for (int i = 0; i < 20000; i++)
		if (!peer_say(r, "0123456789"))
			break;
	(void)peer_say(r, "\r\nContent-Length: 0\r\n\r\n");
	return -1;
}

static inline int
serve_large(struct peer_request *r)
{
	struct buf b = BUF_INIT;
	for (int i = 0; i < 50000; i++)
		buf_str(&b, "0123456789");
	int rc = peer_answer(r, "200 OK", "", b.data);
	buf_done(&b);
	return rc;
}

/* More than one turn of the loop should take: digits that do not repeat, as they are or by gzip. */
static inline int
serve_many_turns(struct peer_request *r)
{
	struct buf body = BUF_INIT, b = BUF_INIT;
	bool packed = strcmp(r->path, "/many-turns/gzip") == 0;
	for (unsigned i = 0; i < 1000000; i++)
		buf_fmt(&body, "%08x", i * 2654435769U);
	if (packed) {
		z_stream z = { .next_in = (Bytef *)body.data, .avail_in = (uInt)body.len };
		(void)deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY);
		buf_reserve(&b, body.len);
		z.next_out = (Bytef *)b.data;
		z.avail_out = (uInt)body.len;
		(void)deflate(&z, Z_FINISH);
		buf_clear(&body);
		buf_add(&body, b.data, z.total_out);
		(void)deflateEnd(&z);
	}
	buf_clear(&b);
	buf_fmt(&b, "HTTP/1.1 200 OK\r\n%sContent-Length: %zu\r\n\r\n", packed ? "Content-Encoding: gzip\r\n" : "", body.len);
	bool ok = peer_write(r, b.data, b.len) && peer_write(r, body.data, body.len);
	buf_done(&body);
	buf_done(&b);
	return ok ? 0 : -1;
}

/* Head and half of the body, the rest when the gate opens. */
static inline int
serve_half(struct peer_request *r)
{
	(void)peer_say(r, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nhalf");
	peer_gate(r->peer);
	return peer_say(r, "half") ? 0 : -1;
}

static inline int
serve_gate(struct peer_request *r)
{
	peer_gate(r->peer);
	return peer_answer(r, "200 OK", "", "open");
}

static inline int
serve_echo(struct peer_request *r)
{
	return peer_answer(r, "200 OK", "", r->text);
}

/* ?to=URL: redirect there. */
static inline int
serve_redirect(struct peer_request *r)
{
	const char *to = strstr(r->path, "?to=");
	struct buf headers = BUF_INIT;
	buf_fmt(&headers, "Location: %s\r\n", to ? to + 4 : "");
	int rc = peer_answer(r, "302 Found", buf_cstr(&headers), "");
	buf_done(&headers);
	return rc;
}

static const struct {
	const char *path;
	int (*serve)(struct peer_request *r);
} handlers[] = {
	{ "/gzip", serve_gzip }, { "/bomb", serve_bomb }, { "/empty-blocks", serve_empty_blocks },
	{ "/long-headers", serve_long_headers }, { "/large", serve_large }, { "/half", serve_half },
	{ "/gate", serve_gate }, { "/echo", serve_echo }, { "/reset", serve_reset },
	{ "/redirect", serve_redirect }, { "/one-header", serve_one_header }, { "/many-turns", serve_many_turns },
};

static inline int
serve(struct peer_request *r)
{
	for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
		if (strcmp(r->path, fixed[i].path) == 0)
			return serve_fixed(r, &fixed[i]);
	for (size_t i = 0; i < sizeof handlers / sizeof handlers[0]; i++)
		if (strncmp(r->path, handlers[i].path, strlen(handlers[i].path)) == 0)
			return handlers[i].serve(r);
	if (strncmp(r->path, "/plain", 6) == 0)
		return peer_answer(r, "200 OK", "", "hello");
	return peer_answer(r, "404 Not Found", "", "no such page");
}

#endif
