/* SPDX-License-Identifier: Apache-2.0 */
/*
 *	SIGNATURE ─► LOCAL ─► LOCAL_NAME ─► STORED │ DEFLATED │ SKIP ─► (DESCRIPTOR) ─► SIGNATURE
 *	SIGNATURE ─► CENTRAL ─► CENTRAL_NAME ─► SKIP ─► SIGNATURE
 *	SIGNATURE ─► ZIP64_END, ZIP64_LOCATOR, SEAL ─► SKIP ─► SIGNATURE
 *	SIGNATURE ─► END ─► SKIP ─► AFTER
 *
 * Fixed records are gathered in `head` until `want` bytes are there; then the
 * row of their state in `records` reads them.
 */
#include "unpack/zip.h"

#include <xxhash.h>

#include "base/buf.h"
#include "base/utf8.h"

enum zip_state {
	SIGNATURE, LOCAL, LOCAL_NAME, CENTRAL, CENTRAL_NAME, ZIP64_END, ZIP64_LOCATOR, SEAL, END, DESCRIPTOR,
	STORED, DEFLATED, SKIP, AFTER
};
enum { STORE = 0, DEFLATE = 8 };	/* methods */
enum { FLAG_ENCRYPTED = 1 << 0, FLAG_DESCRIPTOR = 1 << 3, FLAG_PATCH = 1 << 5, FLAG_STRONG = 1 << 6,
	FLAG_MASKED = 1 << 13 };
enum { SIGNATURE_BYTES = 4, DESCRIPTOR_MIN_BYTES = 12, ZIP64_EXTRA = 1, SHOWN_NAME_COLUMNS = 60 };
#define DESCRIPTOR_SIGNATURE UINT32_C(0x08074b50)

struct file {
	struct buf name;		/* fit to show */
	unsigned flags, method;
	uint32_t crc;
	uint64_t packed, size;		/* as the header says */
	bool wanted, descriptor;
	uint32_t crc_seen;
	uint64_t packed_seen, size_seen;
};

/* What the local headers have said, and what the central directory says: the same. */
struct tally {
	uint64_t files;
	uint64_t sum;			/* of hashes of name and CRC, in any order */
};

struct zip {
	struct outlet *outlet;
	struct inflater *inflater;
	enum zip_state state;
	struct buf head;
	size_t want;
	uint64_t left;			/* SKIP */
	enum zip_state after_skip;
	struct file file;
	unsigned name_len, extra_len;	/* of the header that is being read */
	uint32_t central_crc;
	uint64_t central_rest;
	struct tally local, central;
};

struct zip *
zip_new(struct outlet *outlet, struct inflater *inflater)
{
	struct zip *z = xcalloc(1, sizeof *z);
	z->outlet = outlet;
	z->inflater = inflater;
	return z;
}

void
zip_free(struct zip *z)
{
	if (z == NULL)
		return;
	buf_done(&z->head);
	buf_done(&z->file.name);
	free(z);
}

/* `want` bytes are gathered for the record that is read there. */
static int
enter(struct zip *z, enum zip_state state, size_t want)
{
	z->state = state;
	z->want = want;
	buf_clear(&z->head);
	return 0;
}

static int
skip(struct zip *z, uint64_t bytes, enum zip_state then)
{
	z->left = bytes;
	z->after_skip = then;
	return enter(z, SKIP, 0);
}

void
zip_begin(struct zip *z)
{
	z->local = z->central = (struct tally){ 0, 0 };
	(void)enter(z, SIGNATURE, SIGNATURE_BYTES);
}

/* ---- numbers, little-endian */

static uint64_t
number(const char *s, size_t bytes)
{
	uint64_t n = 0;
	while (bytes-- > 0)
		n = n << 8 | (unsigned char)s[bytes];
	return n;
}

static unsigned
number16(const struct buf *b, size_t at)
{
	return (unsigned)number(b->data + at, 2);
}

static uint32_t
number32(const struct buf *b, size_t at)
{
	return (uint32_t)number(b->data + at, 4);
}

/* ---- faults */

static int
broken(struct error *err, const char *text)
{
	return error_set(err, ERROR_FORMAT, "the archive is damaged: %s", text);
}

static int
about_file(const struct zip *z, struct error *err)
{
	const struct buf *name = &z->file.name;
	size_t len = utf8_prefix(buf_cstr(name), name->len, SHOWN_NAME_COLUMNS);
	return error_context(err, "file %.*s%s of the archive", (int)len, buf_cstr(name), len < name->len ? "…" : "");
}

static int
bad_file(const struct zip *z, struct error *err, const char *text)
{
	(void)error_set(err, ERROR_FORMAT, "%s", text);
	return about_file(z, err);
}

/* ---- a file begins */

/* What cannot be shown becomes « ? », as does nothing: whatever the encoding, a name is only shown and compared. */
static void
take_name(struct buf *to, const char *s, size_t len)
{
	buf_clear(to);
	for (size_t i = 0, n; i < len; i += n > 0 ? n : 1) {
		n = utf8_sequence(s + i, len - i);
		bool control = n == 1 && ((unsigned char)s[i] < 0x20 || s[i] == 0x7f);
		if (n > 0 && !control)
			buf_add(to, s + i, n);
		else
			buf_char(to, '?');
	}
	if (to->len == 0)
		buf_char(to, '?');
}

static void
count(struct tally *t, const char *name, size_t len, uint32_t crc)
{
	t->files++;
	t->sum += XXH3_64bits_withSeed(name, len, crc);
}

/* ZIP64: sizes that do not fit into the header stand in an extra field. */
static void
take_sizes(struct file *f, const char *extra, size_t len)
{
	while (len >= 4) {
		size_t id = (size_t)number(extra, 2), n = (size_t)number(extra + 2, 2);
		extra += 4;
		len -= 4;
		if (n > len)
			return;
		if (id == ZIP64_EXTRA && f->size == UINT32_MAX && n >= 8)
			f->size = number(extra, 8);
		if (id == ZIP64_EXTRA && f->packed == UINT32_MAX && n >= 16)
			f->packed = number(extra + 8, 8);
		extra += n;
		len -= n;
	}
}

static bool
is_directory(const struct buf *name)
{
	return name->len > 0 && name->data[name->len - 1] == '/';
}

/* What the Finder leaves in archives. */
static bool
is_litter(const char *name)
{
	const char *slash = strrchr(name, '/');
	return strncmp(name, "__MACOSX/", strlen("__MACOSX/")) == 0 ||
	    strcmp(slash != NULL ? slash + 1 : name, ".DS_Store") == 0;
}

static int
check_file(const struct zip *z, struct error *err)
{
	const struct file *f = &z->file;
	if ((f->flags & (FLAG_ENCRYPTED | FLAG_STRONG | FLAG_MASKED)) != 0)
		return bad_file(z, err, "it is encrypted, which cannot be read");
	if ((f->method != STORE && f->method != DEFLATE) || (f->flags & FLAG_PATCH) != 0) {
		(void)error_set(err, ERROR_FORMAT, "it is compressed by method %u: only deflate (8) can be read", f->method);
		return about_file(z, err);
	}
	if (f->method == STORE && !f->descriptor && f->packed != f->size)
		return bad_file(z, err, "it is stored, but with two sizes");
	return 0;
}

static int begin_data(struct zip *z, struct error *err);

static int
begin_file(struct zip *z, struct error *err)
{
	struct file *f = &z->file;
	bool passed_over = is_directory(&f->name) || is_litter(buf_cstr(&f->name));
	int rc = passed_over ? 0 : z->outlet->sink.file(z->outlet->sink.arg, buf_cstr(&f->name), err);
	if (rc < 0)
		return -1;
	f->wanted = rc > 0;
	/* Without a descriptor, the header says where the next one is. */
	if (!f->wanted && !f->descriptor) {
		count(&z->local, buf_cstr(&f->name), f->name.len, f->crc);
		return skip(z, f->packed, SIGNATURE);
	}
	return check_file(z, err) == 0 ? begin_data(z, err) : -1;
}

static int
read_local(struct zip *z, struct error *err)
{
	const struct buf *h = &z->head;
	struct file *f = &z->file;
	if (z->central.files > 0)
		return broken(err, "a file follows its directory");
	if (z->local.files == UNPACK_FILES_MAX)
		return error_set(err, ERROR_LIMIT, "the archive has more than %d files", UNPACK_FILES_MAX);
	f->flags = number16(h, 2);
	f->method = number16(h, 4);
	f->crc = number32(h, 10);
	f->packed = number32(h, 14);
	f->size = number32(h, 18);
	f->descriptor = (f->flags & FLAG_DESCRIPTOR) != 0;
	z->name_len = number16(h, 22);
	z->extra_len = number16(h, 24);
	if (z->name_len > UNPACK_NAME_MAX_BYTES)
		return error_set(err, ERROR_LIMIT, "a file of the archive has a name of %u bytes: %d are allowed",
		    z->name_len, UNPACK_NAME_MAX_BYTES);
	return enter(z, LOCAL_NAME, z->name_len + z->extra_len);
}

static int
read_local_name(struct zip *z, struct error *err)
{
	const char *head = buf_cstr(&z->head);
	take_name(&z->file.name, head, z->name_len);
	take_sizes(&z->file, head + z->name_len, z->extra_len);
	return begin_file(z, err);
}

/* ---- its bytes, and its end */

static int
end_file(struct zip *z)
{
	const struct file *f = &z->file;
	count(&z->local, buf_cstr(&f->name), f->name.len, f->crc_seen);
	return enter(z, SIGNATURE, SIGNATURE_BYTES);
}

static int
end_data(struct zip *z, struct error *err)
{
	const struct file *f = &z->file;
	if (f->descriptor)
		return enter(z, DESCRIPTOR, DESCRIPTOR_MIN_BYTES + SIGNATURE_BYTES);
	if (f->packed_seen != f->packed || f->size_seen != f->size)
		return bad_file(z, err, "it has not the size that the archive says");
	if (f->crc_seen != f->crc)
		return bad_file(z, err, "its checksum (CRC-32) is not the one that the archive says");
	return end_file(z);
}

static int
begin_data(struct zip *z, struct error *err)
{
	struct file *f = &z->file;
	f->crc_seen = 0;
	f->packed_seen = f->size_seen = 0;
	(void)enter(z, f->method == DEFLATE ? DEFLATED : STORED, 0);
	if (f->method == DEFLATE)
		inflater_begin(z->inflater, INFLATE_RAW);
	else if (f->packed == 0)
		return end_data(z, err);
	return 0;
}

static int
give(struct zip *z, const char *s, size_t len, struct error *err)
{
	struct file *f = &z->file;
	f->size_seen += len;
	f->crc_seen = inflate_crc32(f->crc_seen, s, len);
	return outlet_data(z->outlet, s, len, f->wanted, err);
}

static int
feed_stored(struct zip *z, const char **p, const char *end, struct error *err)
{
	struct file *f = &z->file;
	uint64_t left = f->packed - f->packed_seen;
	size_t len = (uint64_t)(end - *p) < left ? (size_t)(end - *p) : (size_t)left;
	f->packed_seen += len;
	if (give(z, *p, len, err) != 0)
		return -1;
	*p += len;
	return f->packed_seen < f->packed ? 0 : end_data(z, err);
}

static int
feed_deflated(struct zip *z, const char **p, const char *end, struct error *err)
{
	struct file *f = &z->file;
	enum inflate_step step = INFLATE_FULL;
	if (!f->descriptor && (uint64_t)(end - *p) > f->packed - f->packed_seen)
		end = *p + (f->packed - f->packed_seen);
	while (step == INFLATE_FULL) {
		const char *out, *before = *p;
		size_t len;
		step = inflater_step(z->inflater, p, end, &out, &len);
		f->packed_seen += (size_t)(*p - before);
		if (give(z, out, len, err) != 0)
			return -1;
		if (step == INFLATE_BROKEN)
			return bad_file(z, err, "its compressed bytes are damaged");
	}
	if (step == INFLATE_ENDED)
		return end_data(z, err);
	if (!f->descriptor && f->packed_seen == f->packed)
		return bad_file(z, err, "its compressed bytes have no end where the archive says");
	return 0;
}

/* ---- the data descriptor: the CRC and the sizes, after the bytes */

/* The four ways in which it is written; the first that fits and is followed by a signature. */
static const struct form {
	unsigned before, size_bytes;	/* an own signature; 4, or 8 for ZIP64 */
} forms[] = { { 0, 4 }, { 4, 4 }, { 0, 8 }, { 4, 8 } };

static bool
describes(const struct zip *z, const struct form *form)
{
	const struct file *f = &z->file;
	const char *s = z->head.data + form->before;
	return (form->before == 0 || number32(&z->head, 0) == DESCRIPTOR_SIGNATURE) &&
	    number(s, 4) == f->crc_seen && number(s + 4, form->size_bytes) == f->packed_seen &&
	    number(s + 4 + form->size_bytes, form->size_bytes) == f->size_seen &&
	    memcmp(s + 4 + 2 * form->size_bytes, "PK", 2) == 0;
}

static int read_signature(struct zip *z, struct error *err);

/* The signature after it is part of what was gathered. */
static int
read_descriptor(struct zip *z, struct error *err)
{
	const struct form *longest = &forms[sizeof forms / sizeof *forms - 1];
	for (const struct form *form = forms; form <= longest; form++) {
		size_t len = form->before + 4 + 2 * form->size_bytes;
		if (z->head.len != len + SIGNATURE_BYTES)
			continue;
		if (describes(z, form)) {
			char signature[SIGNATURE_BYTES];
			memcpy(signature, z->head.data + len, sizeof signature);
			(void)end_file(z);
			buf_add(&z->head, signature, sizeof signature);
			return read_signature(z, err);
		}
		if (form < longest) {
			z->want += 4;
			return 0;
		}
	}
	if (z->file.method == STORE && z->file.packed == 0)
		return bad_file(z, err, "it is stored without its size, so that nothing says where it ends");
	return bad_file(z, err, "its checksum (CRC-32) or its size is not what the archive says");
}

/* ---- the directory */

static int
read_central(struct zip *z, struct error *err)
{
	const struct buf *h = &z->head;
	z->central_crc = number32(h, 12);
	z->name_len = number16(h, 24);
	z->central_rest = (uint64_t)number16(h, 26) + number16(h, 28);
	if (z->name_len > UNPACK_NAME_MAX_BYTES || z->central.files == z->local.files)
		return broken(err, "its directory names other files than there are");
	return enter(z, CENTRAL_NAME, z->name_len);
}

static int
read_central_name(struct zip *z, struct error *err)
{
	(void)err;
	struct buf name = BUF_INIT;
	take_name(&name, buf_cstr(&z->head), z->name_len);
	count(&z->central, buf_cstr(&name), name.len, z->central_crc);
	buf_done(&name);
	return skip(z, z->central_rest, SIGNATURE);
}

static int
read_zip64_end(struct zip *z, struct error *err)
{
	uint64_t size = number(z->head.data, 8);
	/* 44 bytes, and what somebody may have added to them. */
	if (size < 44 || size > UINT16_MAX)
		return broken(err, "the end of its directory (ZIP64) has a strange size");
	return skip(z, size, SIGNATURE);
}

static int
read_zip64_locator(struct zip *z, struct error *err)
{
	(void)err;
	return enter(z, SIGNATURE, SIGNATURE_BYTES);
}

static int
read_seal(struct zip *z, struct error *err)
{
	(void)err;
	return skip(z, number16(&z->head, 0), SIGNATURE);
}

static int
read_end(struct zip *z, struct error *err)
{
	const struct buf *h = &z->head;
	unsigned part = number16(h, 0), files = number16(h, 6);
	if (part != 0 && part != UINT16_MAX)
		return error_set(err, ERROR_FORMAT, "this is one part of an archive in several: it cannot be read alone");
	if (z->central.files != z->local.files || z->central.sum != z->local.sum ||
	    (files != UINT16_MAX && files != z->local.files))
		return broken(err, "its directory names other files than there are");
	return skip(z, number16(h, 16), AFTER);
}

/* ---- records */

static const struct record {
	uint32_t signature;		/* 0: does not begin with one */
	size_t bytes;			/* after it, up to what has no fixed size */
	int (*read)(struct zip *z, struct error *err);
} records[] = {
	[SIGNATURE] = { 0, 4, read_signature },
	[LOCAL] = { 0x04034b50, 26, read_local },
	[LOCAL_NAME] = { 0, 0, read_local_name },
	[CENTRAL] = { 0x02014b50, 42, read_central },
	[CENTRAL_NAME] = { 0, 0, read_central_name },
	[ZIP64_END] = { 0x06064b50, 8, read_zip64_end },
	[ZIP64_LOCATOR] = { 0x07064b50, 16, read_zip64_locator },
	[SEAL] = { 0x05054b50, 2, read_seal },
	[END] = { 0x06054b50, 18, read_end },
	[DESCRIPTOR] = { 0, 0, read_descriptor },
};

static int
read_signature(struct zip *z, struct error *err)
{
	uint32_t signature = number32(&z->head, 0);
	for (enum zip_state i = 0; i < sizeof records / sizeof *records; i++)
		if (records[i].signature == signature && signature != 0)
			return enter(z, i, records[i].bytes);
	if (signature == UINT32_C(0x08064b50))
		return error_set(err, ERROR_FORMAT, "the archive is encrypted, which cannot be read");
	return broken(err, "something stands in it that is no file and no directory");
}

static int
feed_record(struct zip *z, const char **p, const char *end, struct error *err)
{
	size_t left = z->want - z->head.len, len = (size_t)(end - *p) < left ? (size_t)(end - *p) : left;
	buf_add(&z->head, *p, len);
	*p += len;
	return z->head.len < z->want ? 0 : records[z->state].read(z, err);
}

static int
feed_skip(struct zip *z, const char **p, const char *end)
{
	size_t len = (uint64_t)(end - *p) < z->left ? (size_t)(end - *p) : (size_t)z->left;
	z->left -= len;
	*p += len;
	return z->left > 0 ? 0 : enter(z, z->after_skip, z->after_skip == SIGNATURE ? SIGNATURE_BYTES : 0);
}

/* States that need no more bytes than there are (a skip of none, a name of none)
 * are left at once, so that the end of the input finds the right one. */
static bool
moves_on(const struct zip *z)
{
	return (z->state == SKIP && z->left == 0) ||
	    (z->state < STORED && z->head.len == z->want);
}

static int
step(struct zip *z, const char **p, const char *end, struct error *err)
{
	switch (z->state) {
	case STORED:
		return feed_stored(z, p, end, err);
	case DEFLATED:
		return feed_deflated(z, p, end, err);
	case SKIP:
		return feed_skip(z, p, end);
	case AFTER:
		return error_set(err, ERROR_FORMAT, "something follows the end of the archive");
	case SIGNATURE:
	case LOCAL:
	case LOCAL_NAME:
	case CENTRAL:
	case CENTRAL_NAME:
	case ZIP64_END:
	case ZIP64_LOCATOR:
	case SEAL:
	case END:
	case DESCRIPTOR:
		return feed_record(z, p, end, err);
	}
	return 0;
}

int
zip_feed(struct zip *z, const char *chunk, size_t len, struct error *err)
{
	const char *end = chunk + len;
	while (chunk < end || moves_on(z))
		if (step(z, &chunk, end, err) != 0)
			return -1;
	return 0;
}

int
zip_end(struct zip *z, struct error *err)
{
	return z->state == AFTER ? 0 : error_set(err, ERROR_TRUNCATED, "the archive stops before its end");
}
