/* SPDX-License-Identifier: Apache-2.0 */
/* Messages as a cage may write them that is not one of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "cage/wire.h"

static char zeros[WIRE_PIECE_BYTES];

struct pair {
	struct rings rings;
	struct ring reader;	/* of what is written up */
	struct wire_in in;
};

static int
setup(void **state)
{
	struct pair *p = xcalloc(1, sizeof *p);
	int fd = rings_file(NULL);
	if (fd == -1 || rings_map(&p->rings, fd, NULL) != 0)
		return -1;
	(void)close(fd);
	p->reader = p->rings.up;
	*state = p;
	return 0;
}

static int
teardown(void **state)
{
	struct pair *p = *state;
	rings_unmap(&p->rings);
	buf_done(&p->in.copy);
	free(p);
	return 0;
}

static int
next(struct pair *p)
{
	return wire_next(&p->reader, &p->in);
}

static void
test_whole_and_cut(void **state)
{
	struct pair *p = *state;
	wire_write(&p->rings.up, WIRE_REMEMBER, "one", 3);
	wire_write(&p->rings.up, WIRE_BEGUN, "", 0);
	wire_write(&p->rings.up, WIRE_LISTING | WIRE_MORE, "t", 1);
	assert_int_equal(next(p), 1);
	assert_int_equal(p->in.kind, WIRE_REMEMBER);
	assert_string_equal(p->in.s, "one");
	assert_int_equal(next(p), 1);
	assert_int_equal(p->in.kind, WIRE_BEGUN);
	assert_int_equal(p->in.len, 0);
	assert_int_equal(next(p), 0);
	wire_write(&p->rings.up, WIRE_LISTING, "wo", 2);
	assert_int_equal(next(p), 1);
	assert_int_equal(p->in.kind, WIRE_LISTING);
	assert_string_equal(p->in.s, "two");
	assert_int_equal(next(p), 0);
}

static void
test_another_kind_in_the_middle(void **state)
{
	struct pair *p = *state;
	wire_write(&p->rings.up, WIRE_LISTING | WIRE_MORE, "t", 1);
	wire_write(&p->rings.up, WIRE_REMEMBER, "wo", 2);
	assert_int_equal(next(p), -1);
}

static void
test_pieces_of_nothing(void **state)
{
	struct pair *p = *state;
	wire_write(&p->rings.up, WIRE_REMEMBER | WIRE_MORE, "", 0);
	assert_int_equal(next(p), -1);
}

/* A writer that is as quick as we are keeps nobody in here. */
static void
test_some_at_a_time(void **state)
{
	struct pair *p = *state;
	const size_t piece = wire_size(sizeof zeros);
	size_t n = 1, turns = 0;
	for (; ring_room(&p->rings.up) >= 2 * piece; n++)
		wire_write(&p->rings.up, WIRE_LISTING | WIRE_MORE, zeros, sizeof zeros);
	wire_write(&p->rings.up, WIRE_LISTING, zeros, sizeof zeros);
	assert_true(n * sizeof zeros > WIRE_TURN_BYTES);
	for (uint64_t from = 0; next(p) == 0; from = p->reader.own, turns++) {
		assert_true(p->reader.own > from);
		assert_true(p->reader.own - from < WIRE_TURN_BYTES + piece);
	}
	assert_true(turns > 0);
	assert_int_equal(p->in.len, n * sizeof zeros);
	assert_int_equal(ring_ready(&p->reader), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_and_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_another_kind_in_the_middle, setup, teardown),
		cmocka_unit_test_setup_teardown(test_pieces_of_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_some_at_a_time, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
