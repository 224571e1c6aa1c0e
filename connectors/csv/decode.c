/* SPDX-License-Identifier: Apache-2.0 */
#include "csv/decode.h"

#include <errno.h>

/* Of one byte, at most this many of UTF-8; and room for an escape sequence. */
enum { GROWTH = 3, ROOM = 32 };

static const iconv_t no_iconv = (iconv_t)-1;

bool
decode_knows(const char *encoding)
{
	iconv_t cd = iconv_open("UTF-8", encoding);
	return cd != no_iconv && iconv_close(cd) == 0;
}

static bool
passes(const char *encoding)
{
	static const char *const names[] = {
		"utf-8", "utf8", "us-ascii", "ascii", "windows-1252", "cp1252", "iso-8859-1", "iso8859-1", "latin1", "latin-1",
	};
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcasecmp(encoding, names[i]) == 0)
			return true;
	return false;
}

void
decode_open(struct decode *d, const char *encoding)
{
	d->convert = false;
	if (passes(encoding))
		return;
	d->iconv = iconv_open("UTF-8", encoding);
	d->convert = d->iconv != no_iconv;
	d->unit = strncasecmp(encoding, "utf-16", 6) == 0 ? 2 : 1;
}

void
decode_done(struct decode *d)
{
	if (d->convert)
		(void)iconv_close(d->iconv);
	d->convert = false;
	buf_done(&d->in);
	buf_done(&d->out);
}

static size_t
smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many bytes of d->in were read. */
static size_t
convert(struct decode *d)
{
	char *in = d->in.data;
	size_t left = d->in.len;
	while (left > 0) {
		buf_reserve(&d->out, left * GROWTH + ROOM);
		char *out = d->out.data + d->out.len;
		size_t room = d->out.cap - d->out.len - 1;
		size_t rc = iconv(d->iconv, &in, &left, &out, &room);
		int why = rc == (size_t)-1 ? errno : 0;
		buf_cut(&d->out, (size_t)(out - d->out.data));
		if (why == EILSEQ) {
			size_t skip = smaller(d->unit, left);
			buf_str(&d->out, "\xef\xbf\xbd");
			in += skip;
			left -= skip;
		} else if (why == EINVAL) {
			break;	/* a character that goes on in the next chunk */
		}
	}
	return d->in.len - left;
}

struct vigie_bytes
decode_feed(struct decode *d, const char *chunk, size_t len)
{
	if (!d->convert)
		return (struct vigie_bytes){ chunk, len };
	buf_clear(&d->out);
	buf_add(&d->in, chunk, len);
	size_t read = convert(d);
	memmove(d->in.data, d->in.data + read, d->in.len - read);
	buf_cut(&d->in, d->in.len - read);
	return (struct vigie_bytes){ buf_cstr(&d->out), d->out.len };
}

bool
decode_broken(const struct decode *d)
{
	return d->convert && d->in.len > 0;
}
