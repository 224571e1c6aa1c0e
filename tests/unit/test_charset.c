/* SPDX-License-Identifier: Apache-2.0 */
/* lib/charset: text is UTF-8, however it was written, labelled and cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/charset.h"

struct charset_case {
	const char *type, *bytes;
	size_t len;
	const char *text;
};

#define CASE(type, bytes, text) { type, bytes, sizeof bytes - 1, text }

static const struct charset_case cases[] = {
	CASE("", "", ""),
	CASE("", "<a>\xc3\xa9</a>", "<a>é</a>"),
	CASE("", "\xef\xbb\xbf<a>\xc3\xa9</a>", "<a>é</a>"),
	CASE("", "<a>\xe9t\xe9 \x80</a>", "<a>été €</a>"),
	CASE("", "<a>\xc3\xa9 \xe9</a>", "<a>é é</a>"),
	CASE("", "\xe9", "é"),
	CASE("", "\xe2\x82", "â‚"),
	CASE("", "<a>\xf0\x9f\x98\x80\xed\xa0\x80</a>", "<a>😀í\xc2\xa0€</a>"),
	CASE("", "<a>\xef\xbf\xbe\xef\xbf\xbd\x01\x0b\0\x1f\t\r\n</a>", "<a>\xef\xbf\xbd\t\r\n</a>"),
	CASE("", "<?xml version='1.0' encoding='ISO-8859-1'?>\xe9\x93", "<?xml version='1.0' encoding='ISO-8859-1'?>é“"),
	CASE("", "<?xml version=\"1.0\" encoding = \"windows-1251\"?>\xcf\xf0", "<?xml version=\"1.0\" encoding = \"windows-1251\"?>Пр"),
	CASE("text/xml; charset=utf-8", "<?xml version='1.0' encoding='windows-1251'?>\xcf\xf0",
	    "<?xml version='1.0' encoding='windows-1251'?>Пр"),
	CASE("text/xml; charset=iso-8859-2", "<?xml version='1.0' encoding='utf-8'?>\xa3", "<?xml version='1.0' encoding='utf-8'?>Ł"),
	CASE("text/xml;q=1; Charset = \"Windows-1252\"", "\x8c", "Œ"),
	CASE("text/xml; charset=bogus", "<?xml encoding='koi8-r'?>\xf0", "<?xml encoding='koi8-r'?>П"),
	CASE("text/xml; charset=utf-16", "<a>\xc3\xa9</a>", "<a>é</a>"),
	CASE("text/xml; charset=utf-7", "<a>+AGE-</a>", "<a>+AGE-</a>"),
	CASE("", "<?xml encoding='ebcdic-us'?>a", "<?xml encoding='ebcdic-us'?>a"),
	CASE("text/xml; charset=big5", "<a>\xa4\xa4</a>", "<a>中</a>"),
	CASE("text/xml; charset=shift_jis", "<a>\x93\xfa\x87\x40</a>", "<a>日①</a>"),
	CASE("text/xml; charset=gb2312", "<a>\xd6\xd0\xff</a>", "<a>中\xef\xbf\xbd</a>"),
	CASE("text/xml; charset=utf-8", "\xff\xfe<\0a\0>\0\xe9\0\x3d\xd8\x00\xde", "<a>é😀"),
	CASE("", "\xfe\xff\0<\0a\0>\0\xe9", "<a>é"),
	CASE("", "<\0?\0x\0m\0l\0 \0\xe9\0", "<?xml é"),
	CASE("", "\0<\0?\0x\0m\0\xe9", "<?xmé"),
	CASE("", "\xff\xfe\0\0<\0\0\0\xe9\0\0\0", "<é"),
	CASE("", "\0\0\0<\0\0\0\xe9", "<é"),
	CASE("", "\xff\xfe<\0a", "<\xef\xbf\xbd"),
};

static void
decode_in_chunks(struct charset *c, const struct charset_case *k, size_t chunk, struct buf *out)
{
	charset_reset(c, k->type);
	for (size_t at = 0; at < k->len; at += chunk) {
		size_t n = k->len - at < chunk ? k->len - at : chunk;
		char *copy = xmalloc(n);	/* so that a read past it is found */
		memcpy(copy, k->bytes + at, n);
		charset_decode(c, copy, n, false, out);
		free(copy);
	}
	charset_decode(c, "", 0, true, out);
}

static void
test_cases(void **state)
{
	(void)state;
	struct charset *c = charset_new();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		for (size_t chunk = 1; chunk <= 64; chunk += chunk < 8 ? 1 : 28) {
			struct buf out = BUF_INIT;
			decode_in_chunks(c, &cases[i], chunk, &out);
			if (strcmp(buf_cstr(&out), cases[i].text) != 0)
				fail_msg("case %zu in chunks of %zu: %s", i, chunk, buf_cstr(&out));
			buf_done(&out);
		}
	}
	charset_free(c);
	charset_free(NULL);
}

/* A declaration that never ends is no reason to wait. */
static void
test_long_head(void **state)
{
	(void)state;
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct charset *c = charset_new();
	buf_str(&in, "<?xml ");
	while (in.len < 2 * CHARSET_DECLARATION_MAX_BYTES)
		buf_str(&in, "x");
	charset_reset(c, "");
	charset_decode(c, in.data, in.len, false, &out);
	assert_int_equal(out.len, in.len);
	charset_free(c);
	buf_done(&in);
	buf_done(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_long_head),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
