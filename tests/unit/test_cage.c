/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cage that is not ours: this program, beside which it stands as vigie-cage,
 * and says to the host what no connector could.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cage/cage.h"
#include "cage/inside.h"

enum { MESSAGES = 64, EACH_TURN_MAX = 8 };

/* All at once, and then nothing more. */
static int
be_a_cage(void)
{
	struct rings rings;
	const uint64_t span = UINT64_C(1) << 32;
	char bell = 0;
	if (rings_map(&rings, INSIDE_RINGS, NULL) != 0)
		return EXIT_FAILURE;
	for (int i = 0; i < MESSAGES; i++)
		wire_write(&rings.up, WIRE_SEEN, (const char *)&span, sizeof span);
	if (write(INSIDE_BELL, &bell, 1) != 1)
		return EXIT_FAILURE;
	while (read(INSIDE_BELL, &bell, 1) > 0)
		continue;
	return EXIT_SUCCESS;
}

struct host {
	struct loop *loop;
	struct turn *turn;
	size_t heard, this_turn, most;
	bool gone;
};

static int
on_message(void *arg, enum wire_kind kind, const char *s, size_t len)
{
	struct host *h = arg;
	(void)s;
	assert_int_equal(kind, WIRE_SEEN);
	assert_int_equal(len, sizeof(uint64_t));
	turn_start(h->turn);
	h->heard++;
	h->this_turn++;
	if (h->heard == MESSAGES)
		loop_stop(h->loop);
	return 0;
}

static void
on_room(void *arg)
{
	(void)arg;
}

static void
on_gone(void *arg, const struct error *why)
{
	struct host *h = arg;
	(void)why;
	h->gone = true;
	loop_stop(h->loop);
}

static void
on_turn(void *arg)
{
	struct host *h = arg;
	h->most = h->this_turn > h->most ? h->this_turn : h->most;
	h->this_turn = 0;
}

/* Each may mark all that is known: others have their turn between them. */
static void
test_places_are_heard_in_turns(void **state)
{
	static const struct cage_callbacks callbacks = { on_message, on_room, on_gone };
	struct host h = { .loop = loop_new(NULL) };
	(void)state;
	h.turn = turn_new(h.loop, on_turn, &h);
	struct cages *cages = cages_new(h.loop);
	struct cage *cage = cage_new(cages, &callbacks, &h, NULL);
	assert_non_null(cage);
	assert_int_equal(loop_run(h.loop, NULL), 0);
	on_turn(&h);
	assert_false(h.gone);
	assert_int_equal(h.heard, MESSAGES);
	assert_in_range(h.most, 1, EACH_TURN_MAX);
	cage_free(cage);
	cages_free(cages);
	turn_free(h.turn);
	loop_free(h.loop);
}

static char folder[] = "/tmp/vigie-test-cage-XXXXXX", program[64], cage_program[64];

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(cage_program);
	(void)unlink(program);
	return rmdir(folder);
}

/* In a folder of its own, as a cage is looked for beside the program that runs. */
static int
run_copy(void)
{
	struct stat st;
	char *argv[] = { program, folder, NULL };
	if (mkdtemp(folder) == NULL)
		return EXIT_FAILURE;
	(void)snprintf(program, sizeof program, "%s/test_cage", folder);
	(void)snprintf(cage_program, sizeof cage_program, "%s/vigie-cage", folder);
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	if (from == -1 || to == -1 || fstat(from, &st) != 0)
		return EXIT_FAILURE;
	for (off_t done = 0; done < st.st_size;)
		if (sendfile(to, from, &done, (size_t)(st.st_size - done)) <= 0)
			return EXIT_FAILURE;
	(void)close(to);
	if (link(program, cage_program) != 0)
		return EXIT_FAILURE;
	(void)execv(program, argv);
	return EXIT_FAILURE;
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_heard_in_turns),
	};
	if (strcmp(argv[0], "vigie-cage") == 0)
		return be_a_cage();
	if (argc < 2)
		return run_copy();
	(void)snprintf(folder, sizeof folder, "%s", argv[1]);
	(void)snprintf(program, sizeof program, "%s/test_cage", folder);
	(void)snprintf(cage_program, sizeof cage_program, "%s/vigie-cage", folder);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
