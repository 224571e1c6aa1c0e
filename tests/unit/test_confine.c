/* SPDX-License-Identifier: Apache-2.0 */
/* What ends a process that is confined: each act is that of a child. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "cage/confine.h"
#include "sanitized.h"

enum { LACKING = 99, REFUSED = 7, GRANTED = 8, CPU_S = 1 };

/* How a confined process ends that does this, as waitpid() says. */
static int
end_of(int (*act)(void))
{
	int fds[2], status;
	assert_int_equal(pipe(fds), 0);
	pid_t pid = fork();
	assert_int_not_equal(pid, -1);
	if (pid == 0)
		_exit((confine(fds[1], CPU_S) & (LACK_LIMITS | LACK_SECCOMP)) == 0 ? act() : LACKING);
	(void)close(fds[0]);
	(void)close(fds[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void
assert_exit(int (*act)(void), int with)
{
	int status = end_of(act);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), with);
}

static void
assert_killed(int (*act)(void), int by)
{
	int status = end_of(act);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), by);
}

static void *
map(size_t bytes, int prot, int flags)
{
	return mmap(NULL, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
}

static int
use_memory(void)
{
	enum { MANY = 1 << 20 };
	char *small = malloc(100), *large = malloc(MANY);
	memset(large, 1, MANY);
	large = realloc(large, 8 * (size_t)MANY);
	memset(large, 1, 8 * (size_t)MANY);
	free(large);
	free(small);
	return GRANTED;
}

static int
spin(void)
{
	volatile bool on = true;
	while (on)
		continue;
	return GRANTED;
}

static int
map_code(void)
{
	return map(4096, PROT_READ | PROT_WRITE | PROT_EXEC, 0) != MAP_FAILED ? GRANTED : REFUSED;
}

static int
map_code_only(void)
{
	return map(4096, PROT_EXEC, 0) != MAP_FAILED ? GRANTED : REFUSED;
}

static int
make_code(void)
{
	void *p = map(4096, PROT_READ | PROT_WRITE, 0);
	return p != MAP_FAILED && mprotect(p, 4096, PROT_READ | PROT_EXEC) == 0 ? GRANTED : REFUSED;
}

static int
map_downwards(void)
{
	return map(4096, PROT_READ | PROT_WRITE, MAP_GROWSDOWN) != MAP_FAILED ? GRANTED : REFUSED;
}

static int
map_too_much(void)
{
	return map(CONFINE_MEMORY_BYTES, PROT_READ | PROT_WRITE, 0) != MAP_FAILED ? GRANTED : REFUSED;
}

/* No data for the kernel, nor is it counted as a stack. */
static int
lengthen_stack(void)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	void *here = (void *)(((uintptr_t)__builtin_frame_address(0) & ~(page - 1)) - page);
	*(volatile char *)here = 0;
	void *moved = mremap(here, page, 2 * (size_t)CONFINE_MEMORY_BYTES, MREMAP_MAYMOVE);
	return moved != MAP_FAILED ? GRANTED : REFUSED;
}

static int
map_to_read(void)
{
	return map(2 * (size_t)CONFINE_MEMORY_BYTES, PROT_READ, 0) != MAP_FAILED ? GRANTED : REFUSED;
}

static void
test_memory(void **state)
{
	(void)state;
	assert_exit(use_memory, GRANTED);
	if (SANITIZED)	/* sanitizers want what these want */
		return;
	assert_exit(map_too_much, REFUSED);
	assert_exit(map_to_read, REFUSED);
	assert_exit(lengthen_stack, REFUSED);
	assert_killed(map_downwards, SIGSYS);
}

static void
test_code(void **state)
{
	(void)state;
	if (SANITIZED)
		return;
	assert_killed(map_code, SIGSYS);
	assert_killed(map_code_only, SIGSYS);
	assert_killed(make_code, SIGSYS);
}

/* By the signal that says why, not by the one that only kills. */
static void
test_processor_time(void **state)
{
	(void)state;
	assert_killed(spin, SIGXCPU);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_processor_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
