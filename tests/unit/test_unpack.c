/* SPDX-License-Identifier: Apache-2.0 */
/* unpack: what comes out of gzip and ZIP, however the bytes arrive, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unpack_fixture.h"

/* ---- archives that are read */

static const struct entry whole[] = {
	{ .name = "a.json", .body = "stored" },
	{ .name = "d/", .body = "" },
	{ .name = "d/b.json", .body = lorem, .method = 8 },
	{ .name = "d/c", .body = lorem, .method = 8, .sizes = 4, .signature = true },
	{ .name = "d/d", .body = lorem, .method = 8, .sizes = 4 },
	{ .name = "d/e", .body = lorem, .method = 8, .sizes = 8, .signature = true, .zip64 = true },
	{ .name = "d/f", .body = lorem, .method = 8, .sizes = 8 },
	{ .name = "d/g", .body = lorem, .zip64 = true },
	{ .name = "__MACOSX/._b.json", .body = "litter", .method = 8, .sizes = 4, .signature = true },
	{ .name = "d/.DS_Store", .body = "litter" },
	{ .name = "skip1", .body = lorem, .method = 8 },
	{ .name = "skip2", .body = lorem, .method = 8, .sizes = 4, .signature = true },
	{ .name = "skip3", .body = "in a method that nobody knows", .method = 99 },
	{ .name = "empty1", .body = "" },
	{ .name = "empty2", .body = "", .method = 8 },
	{ .name = "empty3", .body = "", .method = 8, .sizes = 4 },
	{ .name = "empty4", .body = "", .method = 8, .sizes = 8 },
	{ .name = "empty5", .body = "", .sizes = 4, .signature = true },
	{ .name = "caf\x82 \x01\n", .body = "DOS" },
	{ .name = "../../etc/café", .body = "no path" },
	{ .name = "", .body = "no name" },
};

static void
every_form_is_read(void **state)
{
	(void)state;
	struct buf wanted = BUF_INIT, in = archive_of(whole, sizeof whole / sizeof *whole);
	buf_fmt(&wanted, "|a.json:stored|d/b.json:%s|d/c:%s|d/d:%s|d/e:%s|d/f:%s|d/g:%s|skip1:|skip2:|skip3:|empty1:|empty2:"
	    "|empty3:|empty4:|empty5:|caf? ??:DOS|../../etc/café:no path|?:no name",
	    lorem, lorem, lorem, lorem, lorem, lorem);
	expect_always(&in, buf_cstr(&wanted), NULL);
	buf_done(&in);
	buf_done(&wanted);
}

static void
no_files(void **state)
{
	(void)state;
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	add_end(&m, 0, false);
	expect_always(&m.out, "", NULL);
	struct outcome o;
	unpack_in_pieces(&m.out, 0, 3, &o);
	assert_true(o.archive);
	buf_done(&o.out);
	buf_done(&m.out);
}

static void
the_end_of_large_archives(void **state)
{
	(void)state;
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	add(&m, &whole[2]);
	number(&m.central, 0x05054b50, 4);	/* a signature of the directory */
	number(&m.central, 3, 2);
	buf_str(&m.central, "sig");
	add_end(&m, UINT16_MAX, true);
	struct buf wanted = BUF_INIT;
	buf_fmt(&wanted, "|a.json:stored|d/b.json:%s", lorem);
	expect_always(&m.out, buf_cstr(&wanted), NULL);
	buf_done(&wanted);
	buf_done(&m.out);
}

/* An archive in an archive, compressed text in a compressed text. */
static void
one_layer(void **state)
{
	(void)state;
	struct buf inner = BUF_INIT, outer = BUF_INIT;
	deflate_to(&inner, lorem, strlen(lorem), GZIP);
	deflate_to(&outer, inner.data, inner.len, GZIP);
	struct outcome o;
	unpack_in_pieces(&outer, 0, 7, &o);
	assert_int_equal(o.error.kind, ERROR_NONE);
	assert_int_equal(o.out.len, inner.len);
	assert_memory_equal(o.out.data, inner.data, inner.len);
	buf_done(&o.out);
	const struct entry e = { .name = "in.zip", .body = "PK\3\4 and so on" };
	struct buf in = archive_of(&e, 1);
	expect_always(&in, "|in.zip:PK\3\4 and so on", NULL);
	buf_done(&in);
	buf_done(&inner);
	buf_done(&outer);
}

/* ---- and those that are not */

static const struct refusal {
	struct entry entries[2];
	const char *wanted, *error;
} refusals[] = {
	{ { { .name = "a", .body = lorem, .method = 8, .wrong_crc = 1 } }, NULL,
	    "file a of the archive: its checksum (CRC-32) is not the one that the archive says" },
	{ { { .name = "a", .body = "x", .wrong_crc = 1 } }, "|a:x",
	    "file a of the archive: its checksum (CRC-32) is not the one that the archive says" },
	{ { { .name = "a", .body = lorem, .method = 8, .wrong_size = 1 } }, NULL,
	    "file a of the archive: it has not the size that the archive says" },
	{ { { .name = "a", .body = lorem, .method = 8, .wrong_packed = 1 } }, NULL,
	    "file a of the archive: it has not the size that the archive says" },
	{ { { .name = "a", .body = lorem, .method = 8, .wrong_packed = (uint32_t)-1 } }, NULL,
	    "file a of the archive: its compressed bytes have no end where the archive says" },
	{ { { .name = "a", .body = "x", .wrong_size = 1 } }, "|a:",
	    "file a of the archive: it is stored, but with two sizes" },
	{ { { .name = "a", .body = lorem, .method = 8, .sizes = 4, .signature = true, .wrong_crc = 1 } }, NULL,
	    "file a of the archive: its checksum (CRC-32) or its size is not what the archive says" },
	{ { { .name = "a", .body = lorem, .method = 8, .sizes = 8, .wrong_size = 1 } }, NULL,
	    "file a of the archive: its checksum (CRC-32) or its size is not what the archive says" },
	{ { { .name = "a", .body = lorem, .method = 8, .sizes = 4, .wrong_packed = 1 } }, NULL,
	    "file a of the archive: its checksum (CRC-32) or its size is not what the archive says" },
	{ { { .name = "a", .body = "nobody says how long, or where it ends", .sizes = 4, .signature = true } }, "|a:",
	    "file a of the archive: it is stored without its size, so that nothing says where it ends" },
	{ { { .name = "a", .body = "x", .flags = 1 } }, "|a:",
	    "file a of the archive: it is encrypted, which cannot be read" },
	{ { { .name = "a", .body = "x", .flags = 1 << 13 } }, "|a:",
	    "file a of the archive: it is encrypted, which cannot be read" },
	{ { { .name = "skip", .body = "x", .method = 8, .sizes = 4, .flags = 1 } }, "|skip:",
	    "file skip of the archive: it is encrypted, which cannot be read" },
	{ { { .name = "a\tb", .body = "BZh", .method = 12 } }, "|a?b:",
	    "file a?b of the archive: it is compressed by method 12: only deflate (8) can be read" },
	{ { { .name = "a", .body = "x" }, { .name = "b", .body = "y", .central_name = "c" } }, "|a:x|b:y",
	    "the archive is damaged: its directory names other files than there are" },
	{ { { .name = "a", .body = "x" }, { .name = "stop", .body = "y" } }, "|a:x", "stop" },
};

static void
what_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		struct buf in = archive_of(r->entries, r->entries[1].name != NULL ? 2 : 1);
		expect_always(&in, r->wanted, r->error);
		buf_done(&in);
	}
}

static void
a_name_without_end(void **state)
{
	(void)state;
	char name[UNPACK_NAME_MAX_BYTES + 2];
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	const struct entry e = { .name = name, .body = "x" };
	struct buf in = archive_of(&e, 1);
	expect(&in, 0, 100, "", "a file of the archive has a name of 1025 bytes: 1024 are allowed");
	buf_done(&in);
}

static void
directories_that_lie(void **state)
{
	(void)state;
	static const char lie[] = "the archive is damaged: its directory names other files than there are";
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	add_end(&m, 2, false);
	expect_always(&m.out, NULL, lie);
	buf_done(&m.out);

	m = (struct maker){ BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	add_central(&m, &whole[0], 0, 0);	/* one more than there are */
	add_end(&m, 2, false);
	expect_always(&m.out, NULL, lie);
	buf_done(&m.out);

	m = (struct maker){ BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	add(&m, &whole[2]);
	buf_cut(&m.central, 0);		/* one less */
	add_central(&m, &whole[0], (uint32_t)crc32(0, (const Bytef *)"stored", 6), 6);
	add_end(&m, 1, false);
	expect_always(&m.out, NULL, lie);
	buf_done(&m.out);
}

/* It is found out where it begins to lie, not at the end. */
static void
directories_in_the_wrong_place(void **state)
{
	(void)state;
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	buf_add(&m.out, m.central.data, m.central.len);
	add(&m, &whole[0]);
	expect_always(&m.out, "|a.json:stored", "the archive is damaged: a file follows its directory");
	buf_done(&m.central);
	buf_done(&m.out);

	m = (struct maker){ BUF_INIT, BUF_INIT, 0 };
	add(&m, &whole[0]);
	buf_add(&m.out, m.central.data, m.central.len);
	buf_add(&m.out, m.central.data, m.central.len);
	expect_always(&m.out, NULL, "the archive is damaged: its directory names other files than there are");
	buf_done(&m.central);
	buf_done(&m.out);
}

static void
no_comment(void **state)
{
	(void)state;
	struct buf in = archive_of(whole, 1);
	buf_cut(&in, in.len - 7);
	in.data[in.len - 2] = 0;
	expect_always(&in, "|a.json:stored", NULL);
	buf_done(&in);
}

static void
what_follows_the_end(void **state)
{
	(void)state;
	struct buf in = archive_of(whole, 3);
	buf_char(&in, '\n');
	expect_always(&in, NULL, "something follows the end of the archive");
	buf_done(&in);
	in = archive_of(whole, 1);
	memcpy(in.data + 30 + 6 + 6, "PK\1\3", 4);
	expect_always(&in, NULL, "the archive is damaged: something stands in it that is no file and no directory");
	buf_done(&in);
}

/* ---- cut off, or changed in one place */

static void
cut_off_anywhere(void **state)
{
	(void)state;
	struct buf in = archive_of(whole, sizeof whole / sizeof *whole), z = BUF_INIT;
	for (size_t len = in.len - 1; len >= 4; len--) {
		struct buf cut = { in.data, len, len };
		struct outcome o;
		unpack_in_pieces(&cut, 0, 50, &o);
		assert_int_equal(o.error.kind, ERROR_TRUNCATED);
		assert_string_equal(o.error.text, "the archive stops before its end");
		buf_done(&o.out);
	}
	deflate_to(&z, lorem, strlen(lorem), GZIP);
	for (size_t len = z.len - 1; len >= 2; len--) {
		struct buf cut = { z.data, len, len };
		expect(&cut, 0, 11, NULL, "the compressed document (gzip) stops before its end");
	}
	buf_done(&in);
	buf_done(&z);
}

/* Whatever is read to the end without complaint is what was packed. */
static void
one_byte_is_wrong(void **state)
{
	(void)state;
	struct buf in = archive_of(whole, 8);
	struct outcome right, o;
	size_t refused = 0;
	unpack_in_pieces(&in, 0, in.len, &right);
	for (size_t at = 4; at < in.len; at++) {
		for (int bit = 0; bit < 8; bit++) {
			in.data[at] = (char)(in.data[at] ^ 1 << bit);
			unpack_in_pieces(&in, 0, 64, &o);
			refused += o.error.kind != ERROR_NONE;
			if (o.error.kind == ERROR_NONE)
				assert_string_equal(buf_cstr(&o.out), buf_cstr(&right.out));
			buf_done(&o.out);
			in.data[at] = (char)(in.data[at] ^ 1 << bit);
		}
	}
	/* The rest are times, versions, attributes, the directory's own sizes and places. */
	assert_true(refused > in.len * 8 / 2);
	buf_done(&right.out);
	buf_done(&in);
}

/* ---- gzip */

static void
compressed_documents(void **state)
{
	(void)state;
	struct buf in = BUF_INIT, twice = BUF_INIT;
	deflate_to(&in, lorem, strlen(lorem), GZIP);
	expect_always(&in, lorem, NULL);
	buf_fmt(&twice, "%s%s%s", lorem, "", lorem);
	deflate_to(&in, "", 0, GZIP);
	deflate_to(&in, lorem, strlen(lorem), GZIP);
	expect_always(&in, buf_cstr(&twice), NULL);
	in.data[in.len - 1] ^= 1;	/* its size */
	expect_always(&in, NULL, "the compressed document (gzip) is damaged");
	in.data[in.len - 1] ^= 1;
	in.data[in.len - 5] ^= 1;	/* its checksum */
	expect_always(&in, NULL, "the compressed document (gzip) is damaged");
	in.data[in.len - 5] ^= 1;
	buf_str(&in, "\n");
	expect_always(&in, buf_cstr(&twice), "something follows the end of the compressed document");
	buf_done(&in);
	buf_done(&twice);
}

static void
what_is_not_packed(void **state)
{
	(void)state;
	static const char *const documents[] = { "[{\"id\":1}]", "PK", "PK\3", "PK\3x", "PKnom;prix\n", "P", "\x1f",
		"\x1f\x8c", "", "\x1fok" };
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		struct buf in = BUF_INIT;
		buf_str(&in, documents[i]);
		expect(&in, 0, 1000, documents[i], NULL);
		expect_always(&in, documents[i], NULL);
		buf_done(&in);
	}
}

/* ---- bombs */

static void
bombs(void **state)
{
	(void)state;
	size_t len = 64 * (size_t)LIMIT;
	char *zeros = xcalloc(1, len + 1);
	memset(zeros, ' ', len);
	struct buf in = BUF_INIT;
	struct outcome o;
	deflate_to(&in, zeros, len, GZIP);
	unpack_in_pieces(&in, 0, 8192, &o);
	assert_int_equal(o.error.kind, ERROR_LIMIT);
	assert_string_equal(o.error.text, "the decompressed answer is larger than the 1048576 bytes that are allowed");
	assert_true(o.bytes <= LIMIT && o.bytes > LIMIT / 2);
	buf_done(&o.out);
	buf_done(&in);
	/* What is skipped counts too, if it has to be decompressed. */
	const struct entry e[] = { { .name = "skip", .body = zeros, .method = 8, .sizes = 4 },
		{ .name = "skip", .body = zeros, .method = 8 }, { .name = "a", .body = zeros, .method = 8 } };
	for (size_t i = 0; i < 3; i++) {
		in = archive_of(&e[i], 1);
		unpack_in_pieces(&in, 0, 8192, &o);
		assert_int_equal(o.error.kind, i == 1 ? ERROR_NONE : ERROR_LIMIT);
		assert_true(o.bytes <= LIMIT);
		buf_done(&o.out);
		buf_done(&in);
	}
	free(zeros);
}

/* Far more comes out than went in, and the next body starts at nothing. */
static void
large_documents(void **state)
{
	(void)state;
	enum { LEN = 11 * (64 << 10) };	/* fills the window again and again */
	char *blanks = xcalloc(1, LEN + 1);
	memset(blanks, ' ', LEN);
	struct buf z = BUF_INIT;
	const struct entry e[] = { { .name = "a", .body = blanks, .method = 8, .sizes = 4 },
		{ .name = "a", .body = blanks, .method = 8 } };
	deflate_to(&z, blanks, LEN, GZIP);
	struct buf bodies[] = { z, archive_of(&e[0], 1), archive_of(&e[1], 1) };
	struct outcome o = { .out = BUF_INIT };
	const struct unpack_sink sink = { on_file, on_data, &o };
	struct unpack *u = unpack_new(LIMIT, &sink);
	for (size_t i = 0; i < 6; i++) {
		o.bytes = 0;
		unpack_begin(u);
		assert_int_equal(unpack_feed(u, bodies[i % 3].data, bodies[i % 3].len, &o.error), 0);
		assert_int_equal(unpack_end(u, &o.error), 0);
		assert_int_equal(o.bytes, LEN);
	}
	unpack_free(u);
	buf_done(&o.out);
	for (size_t i = 0; i < 3; i++)
		buf_done(&bodies[i]);
	free(blanks);
}

static void
too_many_files(void **state)
{
	(void)state;
	const struct unpack_sink sink = { on_file, on_data, &(struct outcome){ .out = BUF_INIT } };
	struct maker m = { BUF_INIT, BUF_INIT, 0 };
	struct error err = ERROR_INIT;
	struct unpack *u = unpack_new(LIMIT, &sink);
	add(&m, &(struct entry){ .name = "d/", .body = "" });
	unpack_begin(u);
	for (size_t i = 0; i < UNPACK_FILES_MAX; i++)
		assert_int_equal(unpack_feed(u, m.out.data, m.out.len, &err), 0);
	assert_int_equal(unpack_feed(u, m.out.data, m.out.len, &err), -1);
	assert_string_equal(err.text, "the archive has more than 1048576 files");
	unpack_free(u);
	buf_done(&m.out);
	buf_done(&m.central);
}

/* What one body left half read is forgotten when the next begins. */
static void
again_from_the_start(void **state)
{
	(void)state;
	struct outcome o = { .out = BUF_INIT };
	const struct unpack_sink sink = { on_file, on_data, &o };
	struct buf in = archive_of(whole, 8), z = BUF_INIT;
	deflate_to(&z, lorem, strlen(lorem), GZIP);
	struct unpack *u = unpack_new(LIMIT, &sink);
	for (size_t cut = 0; cut < in.len; cut += 7) {
		o.bytes = 0;
		unpack_begin(u);
		(void)unpack_feed(u, in.data, cut, &o.error);
		unpack_begin(u);
		(void)unpack_feed(u, z.data, cut % z.len, &o.error);
		unpack_begin(u);
		buf_clear(&o.out);
		o.bytes = 0;
		assert_int_equal(unpack_feed(u, z.data, z.len, &o.error), 0);
		assert_int_equal(unpack_end(u, &o.error), 0);
		assert_string_equal(buf_cstr(&o.out), lorem);
	}
	unpack_free(u);
	buf_done(&o.out);
	buf_done(&in);
	buf_done(&z);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(no_files),
		cmocka_unit_test(the_end_of_large_archives),
		cmocka_unit_test(one_layer),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(a_name_without_end),
		cmocka_unit_test(directories_that_lie),
		cmocka_unit_test(directories_in_the_wrong_place),
		cmocka_unit_test(no_comment),
		cmocka_unit_test(what_follows_the_end),
		cmocka_unit_test(cut_off_anywhere),
		cmocka_unit_test(one_byte_is_wrong),
		cmocka_unit_test(compressed_documents),
		cmocka_unit_test(what_is_not_packed),
		cmocka_unit_test(bombs),
		cmocka_unit_test(large_documents),
		cmocka_unit_test(too_many_files),
		cmocka_unit_test(again_from_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
