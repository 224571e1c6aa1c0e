/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of the office: read like an answer, in pieces, and never half of one and half of another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config_fixture.h"
#include "sync/local.h"

enum { BIG_BYTES = 300 << 10 };

struct reading {
	struct loop *loop;
	const struct folder *folder;
	struct local *local;
	struct buf body;
	struct fetch_result result;
	char etag[64], text[512];
	int heads, datas, dones, status;
	int give_up_at;			/* the piece that is refused, from 1; 0: none */
	bool cancel_in_data, cancel_in_done, save_in_data;
};

static int
on_head(void *arg, const struct fetch_head *head)
{
	struct reading *r = arg;
	r->heads++;
	r->status = head->status;
	(void)snprintf(r->etag, sizeof r->etag, "%s", head->etag);
	assert_string_equal(head->content_type, "text/csv");
	assert_string_equal(head->url, "https://p.example/");
	return 0;
}

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct reading *r = arg;
	r->datas++;
	buf_add(&r->body, chunk, len);
	if (r->save_in_data)
		folder_write(r->folder, "d.csv", "another");
	if (r->cancel_in_data) {
		local_cancel(r->local);
		loop_stop(r->loop);
		return -1;
	}
	return r->datas == r->give_up_at ? -1 : 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct reading *r = arg;
	r->dones++;
	r->result = *result;
	(void)snprintf(r->text, sizeof r->text, "%s", result->error.text);
	if (r->cancel_in_done)
		local_cancel(r->local);
	loop_stop(r->loop);
}

static void
read_it(struct reading *r, const struct folder *f, const char *name, const char *etag)
{
	static const struct fetch_callbacks callbacks = { on_head, on_data, on_done };
	struct error err = ERROR_INIT;
	char *beside = folder_path(f, "p.conf");
	const struct local_request request = { .beside = beside, .name = name, .url = "https://p.example/", .etag = etag,
	    .max_bytes = BIG_BYTES };
	r->folder = f;
	r->loop = loop_new(&err);
	r->local = local_start(r->loop, &request, &callbacks, r);
	assert_int_equal(r->heads + r->dones, 0);
	assert_int_equal(loop_run(r->loop, &err), 0);
	loop_free(r->loop);
	free(beside);
}

static void
write_big(const struct folder *f, size_t len)
{
	char *text = xmalloc(len);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)('a' + i * 7 % 23);
	folder_write_bytes(f, "d.csv", text, len);
	free(text);
}

static int
setup(void **state)
{
	struct folder *f = xcalloc(1, sizeof *f);
	folder_open(f);
	*state = f;
	return 0;
}

static void
test_whole_in_pieces(void **state)
{
	struct reading r = { .status = 0 };
	write_big(*state, BIG_BYTES);
	read_it(&r, *state, "d.csv", "\"other\"");
	assert_int_equal(r.status, 200);
	assert_int_equal(r.result.error.kind, ERROR_NONE);
	assert_int_equal(r.body.len, BIG_BYTES);
	assert_int_equal(r.result.body_bytes, BIG_BYTES);
	assert_true(r.datas > 4);
	assert_int_equal(r.dones, 1);
	buf_done(&r.body);
}

static void
test_known_is_not_read(void **state)
{
	struct reading r = { .status = 0 }, again = { .status = 0 };
	folder_write(*state, "d.csv", "");
	read_it(&r, *state, "d.csv", NULL);
	assert_int_equal(r.status, 200);
	read_it(&again, *state, "d.csv", r.etag);
	assert_int_equal(again.status, 304);
	assert_int_equal(again.result.status, 304);
	assert_int_equal(again.datas, 0);
	assert_int_equal(again.result.wire_bytes, 0);
	folder_write(*state, "d.csv", "x");
	struct reading changed = { .status = 0 };
	read_it(&changed, *state, "d.csv", r.etag);
	assert_int_equal(changed.status, 200);
	buf_done(&changed.body);
}

static void
test_saved_while_it_is_read(void **state)
{
	struct reading r = { .save_in_data = true };
	write_big(*state, BIG_BYTES);
	read_it(&r, *state, "d.csv", NULL);
	assert_int_equal(r.result.error.kind, ERROR_CONFIG);
	assert_string_equal(r.text, "d.csv was changed while it was read: it is read again next time");
	buf_done(&r.body);
}

static void
test_reader_gives_up(void **state)
{
	struct reading r = { .give_up_at = 2 };
	write_big(*state, BIG_BYTES);
	read_it(&r, *state, "d.csv", NULL);
	assert_int_equal(r.datas, 2);
	assert_int_equal(r.dones, 1);
	assert_int_equal(r.result.error.kind, ERROR_LIMIT);
	buf_done(&r.body);
}

static void
test_cancelled(void **state)
{
	struct reading in_data = { .cancel_in_data = true }, in_done = { .cancel_in_done = true };
	write_big(*state, BIG_BYTES);
	read_it(&in_data, *state, "d.csv", NULL);
	assert_int_equal(in_data.dones, 0);
	read_it(&in_done, *state, "d.csv", NULL);
	assert_int_equal(in_done.dones, 1);
	local_cancel(NULL);
	buf_done(&in_data.body);
	buf_done(&in_done.body);
}

static void
test_limits(void **state)
{
	struct reading r = { .status = 0 }, missing = { .status = 0 };
	write_big(*state, BIG_BYTES + 1);
	read_it(&r, *state, "d.csv", NULL);
	assert_int_equal(r.result.error.kind, ERROR_CONFIG);
	assert_string_equal(r.text, "d.csv is larger than the 307200 bytes that are allowed (max_body)");
	assert_int_equal(r.heads, 0);
	read_it(&missing, *state, "no/d.csv", NULL);
	assert_int_equal(missing.result.error.kind, ERROR_CONFIG);
	assert_int_equal(missing.result.status, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_in_pieces, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_known_is_not_read, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_saved_while_it_is_read, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_reader_gives_up, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_cancelled, setup, config_teardown),
		cmocka_unit_test_setup_teardown(test_limits, setup, config_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
