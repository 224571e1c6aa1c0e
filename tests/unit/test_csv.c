/* SPDX-License-Identifier: Apache-2.0 */
/* connectors/csv: how a document is written, its rows, and what was encoded twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "csv/decode.h"
#include "csv/dialect.h"
#include "csv/mend.h"
#include "csv/rows.h"

#define BYTES(s) ((struct vigie_bytes){ (s), sizeof (s) - 1 })

/* ---- rows */

enum { ROW_MAX_BYTES = 100 };

/* What came, a line each: "H header", "2 row", "3! row of another number of fields", "4# row that is too big",
 * "5~ row that others are in". */
struct seen {
	struct buf text;
	bool refuse;
};

static int
on_header(void *arg, const char *json, size_t len)
{
	struct seen *s = arg;
	buf_fmt(&s->text, "H %.*s\n", (int)len, json);
	return s->refuse ? -1 : 0;
}

static void
on_rows(void *arg, const struct row *rows, size_t n)
{
	struct seen *s = arg;
	assert_in_range(n, 1, ROWS_MAX);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&s->text, "%d%s %.*s\n", (int)rows[i].number, rows[i].cut ? "#" : rows[i].wrong ? "!" :
		    rows[i].run_on ? "~" : "",
		    (int)rows[i].json.len, rows[i].json.s);
}

static void
read_all(struct rows *r, struct vigie_bytes in, size_t chunk, struct buf *out)
{
	enum vigie_failure why;
	int rc = 0;
	for (size_t at = 0; at < in.len && rc == 0; at += chunk) {
		size_t n = in.len - at < chunk ? in.len - at : chunk;
		char *copy = xmalloc(n);
		memcpy(copy, in.s + at, n);
		rc = rows_feed(r, copy, n);
		free(copy);
	}
	if (rc == 0)
		rc = rows_end(r);
	if (rc != 0) {
		const char *problem = rows_problem(r, &why);
		buf_fmt(out, "%s\n", problem ? problem : "refused");
	}
}

/* However it is cut, the same comes; and so it does from a reader that read something else before. */
static void
check_rows(const struct rows_options *o, char separator, struct vigie_bytes in, const char *wanted)
{
	static const size_t chunks[] = { 1, 2, 3, 7, 64, 100000 };
	struct seen seen = { BUF_INIT, false };
	struct rows *r = rows_new(o, &(struct rows_reader){ on_header, on_rows, &seen });
	for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
		rows_reset(r, separator);
		buf_clear(&seen.text);
		read_all(r, in, chunks[i], &seen.text);
		assert_string_equal(buf_cstr(&seen.text), wanted);
	}
	rows_free(r);
	buf_done(&seen.text);
}

static const struct rows_options usual = { .header = true, .mend = true, .max_row_bytes = ROW_MAX_BYTES };

static const struct rows_case {
	const char *in, *wanted;
} cases[] = {
	{ "a,b\n1,2\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "a,b\r\n1,2\r\n3,4", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n3 {\"a\":\"3\",\"b\":\"4\"}\n" },
	{ "a,b\r1,2\r", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n" },
	/* quotes: doubled, around separators and ends of lines, and a stray one */
	{ "a,b\n\"x \"\"y\"\"\",\"1,\r\n2\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"x \\\"y\\\"\",\"b\":\"1,\\u000d\\n2\"}\n" },
	{ "a,b\n3\" x,\"5\" y\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"3\\\" x\",\"b\":\"5\\\" y\"}\n" },
	{ "a,b\n\"\",\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"\",\"b\":\"\"}\n" },
	/* spaces around a value are none of it */
	{ "a,b\n  x y\t, \" z \" \n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"x y\",\"b\":\" z \"}\n" },
	/* empty lines are passed over and counted */
	{ "\n a,b\n\r\n\n  \n1,2\n", "H {\"a\":\"a\",\"b\":\"b\"}\n6 {\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "a,b\r\n\r\n\r\n1,2\r\n", "H {\"a\":\"a\",\"b\":\"b\"}\n4 {\"a\":\"1\",\"b\":\"2\"}\n" },
	/* other numbers of fields */
	{ "a,b\n1\n1,2,3\n1,2\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2! [\"1\"]\n3! [\"1\",\"2\",\"3\"]\n4 {\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "a,b\n1,2,\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2! [\"1\",\"2\",\"\"]\n" },
	/* names that are twice there, or empty, or look like what was made of another */
	{ "a,a,,a_2,a,\n1,2,3,4,5,6\n", "H {\"a\":\"a\",\"a_2\":\"a_2\",\"column_3\":\"column_3\",\"a_2_2\":\"a_2_2\",\"a_3\":\"a_3\","
	    "\"column_6\":\"column_6\"}\n2 {\"a\":\"1\",\"a_2\":\"2\",\"column_3\":\"3\",\"a_2_2\":\"4\",\"a_3\":\"5\",\"column_6\":\"6\"}\n" },
	/* UTF-8 that was encoded twice */
	{ "Ã©tÃ©,b\nchÃ¢teau,cafÃ© â‚¬\n", "H {\"été\":\"été\",\"b\":\"b\"}\n2 {\"été\":\"château\",\"b\":\"café €\"}\n" },
	/* the header again: files that were put one after the other */
	{ "a,,a\n1,2,3\na,,a\n4,5,6\n\xef\xbb\xbf" "a,,a\n\xef\xbb\xbf\"a\",\"\",a\n7,8,9\n", "H {\"a\":\"a\",\"column_2\":\"column_2\",\"a_2\":\"a_2\"}\n"
	    "2 {\"a\":\"1\",\"column_2\":\"2\",\"a_2\":\"3\"}\n4 {\"a\":\"4\",\"column_2\":\"5\",\"a_2\":\"6\"}\n"
	    "7 {\"a\":\"7\",\"column_2\":\"8\",\"a_2\":\"9\"}\n" },
	{ "a,bc\nab,c\na,bd\na,b\n", "H {\"a\":\"a\",\"bc\":\"bc\"}\n2 {\"a\":\"ab\",\"bc\":\"c\"}\n3 {\"a\":\"a\",\"bc\":\"bd\"}\n"
	    "4 {\"a\":\"a\",\"bc\":\"b\"}\n" },
	/* a quote that nothing closes before the next one, which opens a field */
	{ "a,b\n1,\"Bac\n2,x\n3,\"y\"\n4,z\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2~ [\"1\",\"Bac\\n2,x\\n3,\\\"y\"]\n"
	    "3 {\"a\":\"4\",\"b\":\"z\"}\n" },
	{ "a,b\r1,\"Bac\r2,\"y\"\r\"3\",z", "H {\"a\":\"a\",\"b\":\"b\"}\n2~ [\"1\",\"Bac\\u000d2,\\\"y\"]\n3 {\"a\":\"3\",\"b\":\"z\"}\n" },
	{ "a,b\n1,\"Chez P\" \tgîte\n2,Le \"Nid\"\n3,z\n", "H {\"a\":\"a\",\"b\":\"b\"}\n"
	    "2~ [\"1\",\"Chez P\\\" \\u0009gîte\\n2,Le \\\"Nid\"]\n3 {\"a\":\"3\",\"b\":\"z\"}\n" },
	/* and what only looks so: one line, too few fields for a row, quotes that are doubled */
	{ "a,b\n1,\"x, \"y\", z\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2! [\"1\",\"x, \\\"y\",\"z\\\"\"]\n" },
	{ "a,b\n1,\"x,5\" y, z\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"x,5\\\" y, z\"}\n" },
	{ "a,b\n1,\"5\" x\ny\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"5\\\" x\\ny\"}\n" },
	{ "a,b\n1,\"\"\"x\"\",\ny\"\n", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"\\\"x\\\",\\ny\"}\n" },
	{ "a,\"b\n1,\"x\",3\n", "the first row has a quote that is not closed\n" },
	/* documents that break off */
	{ "a,b\n1,2\n3", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n"
	    "the document ends within row 3, which has 1 of 2 fields\n" },
	{ "a,b\n1,\"2\n3,4\n", "H {\"a\":\"a\",\"b\":\"b\"}\nthe document ends within the quotes of row 2\n" },
	{ "a,b\n1,\"2\"", "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n" },
	{ "a,b\n1,2,3", "H {\"a\":\"a\",\"b\":\"b\"}\n2! [\"1\",\"2\",\"3\"]\n" },
	{ "a,b", "H {\"a\":\"a\",\"b\":\"b\"}\n" },
	{ "", "" },
	{ "\n\r\n", "" },
};

static void
rows_as_they_are_written(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		check_rows(&usual, ',', (struct vigie_bytes){ cases[i].in, strlen(cases[i].in) }, cases[i].wanted);
}

static void
other_separators(void **state)
{
	(void)state;
	check_rows(&usual, ';', BYTES("a;b\n1,5;\"2;3\"\n"), "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1,5\",\"b\":\"2;3\"}\n");
	check_rows(&usual, '|', BYTES("a|b\n1|2\n"), "H {\"a\":\"a\",\"b\":\"b\"}\n2 {\"a\":\"1\",\"b\":\"2\"}\n");
	check_rows(&usual, '\t', BYTES("a\tb\tc\n\t2\t\n"),
	    "H {\"a\":\"a\",\"b\":\"b\",\"c\":\"c\"}\n2 {\"a\":\"\",\"b\":\"2\",\"c\":\"\"}\n");
}

static void
without_a_header(void **state)
{
	(void)state;
	struct rows_options o = usual;
	o.header = false;
	check_rows(&o, ',', BYTES("x,y\n1,2\n3\n"),
	    "H {\"1\":\"1\",\"2\":\"2\"}\n1 {\"1\":\"x\",\"2\":\"y\"}\n2 {\"1\":\"1\",\"2\":\"2\"}\n3! [\"3\"]\n");
	o.columns = "ref, name";
	check_rows(&o, ',', BYTES("x,y\n1,2,3\n"),
	    "H {\"ref\":\"ref\",\"name\":\"name\"}\n1 {\"ref\":\"x\",\"name\":\"y\"}\n2! [\"1\",\"2\",\"3\"]\n");
}

static void
what_was_encoded_twice_can_be_kept(void **state)
{
	(void)state;
	struct rows_options o = usual;
	o.mend = false;
	check_rows(&o, ',', BYTES("a\nÃ©\n"), "H {\"a\":\"a\"}\n2 {\"a\":\"Ã©\"}\n");
}

/* A header in which something is missing ends the document. */
static void
a_header_can_be_refused(void **state)
{
	(void)state;
	struct seen seen = { BUF_INIT, true };
	struct rows *r = rows_new(&usual, &(struct rows_reader){ on_header, on_rows, &seen });
	rows_reset(r, ',');
	read_all(r, BYTES("a,b\n1,2\n"), 3, &seen.text);
	assert_string_equal(seen.text.data, "H {\"a\":\"a\",\"b\":\"b\"}\nrefused\n");
	rows_free(r);
	buf_done(&seen.text);
}

static void
fill(struct buf *b, const char *s, size_t times)
{
	while (times-- > 0)
		buf_str(b, s);
}

static bool
has_line(const struct seen *seen, const char *line)
{
	return strstr(buf_cstr(&seen->text), line) != NULL;
}

/* A row over the limit, in one field or in many, is cut; the next one is read. */
static void
rows_that_are_too_big(void **state)
{
	(void)state;
	static const char *const pieces[] = { "x", "\"\"", " ", "x ", "\n" };
	for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
		struct seen seen = { BUF_INIT, false };
		struct buf in = BUF_INIT;
		buf_str(&in, "a,b\n1,\"");
		fill(&in, pieces[i], 100000);
		buf_str(&in, "\" \n3,4\n");
		struct rows *r = rows_new(&usual, &(struct rows_reader){ on_header, on_rows, &seen });
		rows_reset(r, ',');
		read_all(r, (struct vigie_bytes){ in.data, in.len }, 1000, &seen.text);
		assert_true(has_line(&seen, "# [\"1\",\""));
		assert_true(has_line(&seen, "3 {\"a\":\"3\",\"b\":\"4\"}\n"));
		assert_true(seen.text.len < 1000);
		rows_free(r);
		buf_done(&seen.text);
		buf_done(&in);
	}
}

static void
too_many_columns(void **state)
{
	(void)state;
	struct seen seen = { BUF_INIT, false };
	struct rows_options o = usual;
	struct buf in = BUF_INIT;
	o.max_row_bytes = 1 << 20;
	struct rows *r = rows_new(&o, &(struct rows_reader){ on_header, on_rows, &seen });
	fill(&in, ",", ROWS_COLUMNS_MAX);
	rows_reset(r, ',');
	read_all(r, (struct vigie_bytes){ in.data, in.len }, 500, &seen.text);
	assert_string_equal(seen.text.data, "the first row has more than 1000 columns\n");

	buf_clear(&in);
	buf_clear(&seen.text);
	buf_str(&in, "a,b\n");
	fill(&in, ",", 1000000);
	buf_str(&in, "\n1,2\n");
	rows_reset(r, ',');
	read_all(r, (struct vigie_bytes){ in.data, in.len }, 500, &seen.text);
	assert_true(has_line(&seen, "2! [\"\",\"\","));
	assert_true(has_line(&seen, "3 {\"a\":\"1\",\"b\":\"2\"}\n"));

	buf_clear(&in);
	buf_clear(&seen.text);
	fill(&in, "0123456789", ROWS_HEADER_MAX_BYTES / 10 + 1);
	rows_reset(r, ',');
	read_all(r, (struct vigie_bytes){ in.data, in.len }, 500, &seen.text);
	assert_string_equal(seen.text.data, "the first row has more than 64 kB of column names\n");
	rows_free(r);
	buf_done(&seen.text);
	buf_done(&in);
}

/* ---- encoded twice */

static const struct {
	const char *in, *out;	/* NULL: it is left alone */
} mends[] = {
	{ "Ã©", "é" }, { "TYPOLOGIE Ã‰TABLISSEMENT", "TYPOLOGIE ÉTABLISSEMENT" }, { "Ã\xc2\xa0 la carte", "à la carte" },
	{ "l'Å“uvre", "l'œuvre" }, { "20 â‚¬", "20 €" }, { "â€œoui â€\xc2\x9d", "“oui ”" }, { "ðŸ\x98\x8a", NULL }, { "L\xc2\x92\xc3\x89TOILE \xc2\x80 \xc2\x9d", "L’ÉTOILE € \xc2\x9d" }, { "\xc2\x92\xe9", NULL }, { "\xc2\xa0", NULL },
	{ "\xc2", NULL }, { "ðŸ˜Š", "😊" },
	{ "", NULL }, { "abc", NULL }, { "été", NULL }, { "CAFÃ", NULL }, { "SÃO JOÃO", NULL }, { "Ã©t\xc3\xa9", NULL },
	{ "Ã©日", NULL }, { "Ã¾", "þ" }, { "\xc3\x83\xa9", NULL }, { "«Â»", NULL },
};

static void
mends_what_is_certain(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	for (size_t i = 0; i < sizeof mends / sizeof mends[0]; i++) {
		buf_clear(&out);
		buf_str(&out, "> ");
		bool mended = mend_text(mends[i].in, strlen(mends[i].in), &out);
		if (mended != (mends[i].out != NULL) || strcmp(out.data + 2, mended ? mends[i].out : "") != 0)
			fail_msg("%s became %s", mends[i].in, out.data);
	}
	buf_done(&out);
}

/* ---- how it is written */

static void
recognises_encodings(void **state)
{
	(void)state;
	static const struct {
		struct vigie_bytes head;
		const char *stated, *type, *wanted;
		size_t mark;
	} rows[] = {
		{ { "a,b", 3 }, NULL, "", "utf-8", 0 },
		{ { "\xef\xbb\xbf" "a", 4 }, NULL, "", "utf-8", 3 },
		{ { "\xef\xbb\xbf" "a", 4 }, "iso-8859-15", "", "utf-8", 3 },
		{ { "\xff\xfe" "a", 3 }, NULL, "", "utf-16le", 2 },
		{ { "\xfe\xff" "a", 3 }, "utf-8", "", "utf-16be", 2 },
		{ { "a\0b\0", 4 }, NULL, "", "utf-16le", 0 },
		{ { "\0a\0b", 4 }, NULL, "text/csv; charset=utf-8", "utf-16be", 0 },
		{ { "\xe9t\xe9", 3 }, NULL, "", "windows-1252", 0 },
		{ { "\xe9t\xe9", 3 }, "macintosh", "", "macintosh", 0 },
		{ { "\xe9t\xe9", 3 }, NULL, "text/csv; charset=\"ISO-8859-15\"", "iso-8859-15", 0 },
		{ { "\xe9t\xe9", 3 }, NULL, "text/csv;charset=iso-8859-1", "windows-1252", 0 },
		{ { "\xe9t\xe9", 3 }, NULL, "text/csv; charset=//../x", "windows-1252", 0 },
		{ { "\xc3\xa9", 2 }, NULL, "text/csv; charset=iso-8859-15", "utf-8", 0 },
		{ { "abc", 3 }, NULL, "text/csv; charset=iso-8859-15; header=present", "iso-8859-15", 0 },
		{ { "", 0 }, NULL, "", "utf-8", 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t mark = 99;
		assert_string_equal(dialect_encoding(rows[i].head, rows[i].stated, rows[i].type, &mark), rows[i].wanted);
		assert_int_equal(mark, rows[i].mark);
	}
}

static void
recognises_separators(void **state)
{
	(void)state;
	static const struct {
		const char *head;
		char wanted;
		size_t skip;
	} rows[] = {
		{ "a,b\n1;2;3", ',', 0 }, { "a;b,c;d", ';', 0 }, { "a\tb,c\td\n", '\t', 0 }, { "a|b", '|', 0 }, { "alone\n1;2", ',', 0 },
		{ "", ',', 0 }, { "\r\n\na;b\n", ';', 0 }, { "\"x,y,z\";b\n", ';', 0 }, { "\"x\n,,,,\";b;c\n", ';', 0 },
		{ "sep=|\r\na;b;c", '|', 6 }, { "SEP=;\na", ';', 6 }, { "sep=x\n", ',', 0 }, { "sep=;", ';', 0 },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		size_t skip = 99;
		char found = dialect_separator((struct vigie_bytes){ rows[i].head, strlen(rows[i].head) }, &skip);
		if (found != rows[i].wanted || skip != rows[i].skip)
			fail_msg("\"%s\": %c, %zu", rows[i].head, found, skip);
	}
}

static void
refuses_what_is_none(void **state)
{
	(void)state;
	assert_null(dialect_refuse(BYTES("ref;nom\n1;<b>x</b>\n")));
	assert_null(dialect_refuse(BYTES("")));
	assert_null(dialect_refuse(BYTES("[1],b\n")));
	assert_string_equal(dialect_refuse(BYTES("\r\n <!DOCTYPE HTML><html>")), "this is an HTML page, not CSV");
	assert_string_equal(dialect_refuse(BYTES("<?xml version=\"1.0\"?>")), "this is XML or HTML, not CSV");
	assert_string_equal(dialect_refuse(BYTES("{\"error\":1}")), "this is JSON, not CSV");
	assert_string_equal(dialect_refuse(BYTES("PK\003\004\0")), "this is an archive or a spreadsheet (ZIP), not CSV");
	assert_string_equal(dialect_refuse(BYTES("a\0b")), "there are zero bytes: this is no text, so not CSV");
}

static void
decodes_in_pieces(void **state)
{
	(void)state;
	static const struct {
		const char *encoding;
		struct vigie_bytes in;
		const char *wanted;
		bool broken;
	} rows[] = {
		{ "utf-16le", { "\xe9\0;\0\x3d\xd8\x0a\xde", 8 }, "é;😊", false },
		{ "utf-16be", { "\0\xe9\0;\xd8\x3d", 6 }, "é;", true },
		{ "utf-16le", { "\x0a\xde" "a\0", 4 }, "\xef\xbf\xbd" "a", false },
		{ "iso-8859-15", { "5 \xa4", 3 }, "5 €", false },
		{ "windows-1252", { "\xe9\x80", 2 }, "\xe9\x80", false },
		{ "windows-1251", { "\xcc\x98", 2 }, "М\xef\xbf\xbd", false },
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct decode d = { 0 };
		struct buf all = BUF_INIT;
		decode_open(&d, rows[i].encoding);
		for (size_t k = 0; k < rows[i].in.len; k++) {
			struct vigie_bytes part = decode_feed(&d, rows[i].in.s + k, 1);
			buf_add(&all, part.s, part.len);
		}
		assert_string_equal(buf_cstr(&all), rows[i].wanted);
		assert_int_equal(decode_broken(&d), rows[i].broken);
		decode_done(&d);
		buf_done(&all);
	}
	assert_true(decode_knows("iso-8859-15"));
	assert_false(decode_knows("no-such-encoding"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_as_they_are_written),
		cmocka_unit_test(other_separators),
		cmocka_unit_test(without_a_header),
		cmocka_unit_test(what_was_encoded_twice_can_be_kept),
		cmocka_unit_test(a_header_can_be_refused),
		cmocka_unit_test(rows_that_are_too_big),
		cmocka_unit_test(too_many_columns),
		cmocka_unit_test(mends_what_is_certain),
		cmocka_unit_test(recognises_encodings),
		cmocka_unit_test(recognises_separators),
		cmocka_unit_test(refuses_what_is_none),
		cmocka_unit_test(decodes_in_pieces),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
