/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

#include "base/buf.h"

#ifndef VIGIE_CAGE_FILE
#define VIGIE_CAGE_FILE "/usr/lib/vigie/vigie-cage"
#endif

/* Beside the program that runs, as it is built; else where it is installed. */
static char *
cage_program(void)
{
	static const char own[] = "/proc/self/exe", name[] = "vigie-cage";
	char path[PATH_MAX + sizeof name];
	ssize_t n = readlink(own, path, PATH_MAX);
	while (n > 0 && path[n - 1] != '/')
		n--;
	if (n > 0) {
		memcpy(path + n, name, sizeof name);
		if (access(path, X_OK) == 0)
			return xstrdup(path);
	}
	return xstrdup(VIGIE_CAGE_FILE);
}

/* Sanitizers are told what to do by the environment; nothing else of it goes along. */
static void
pick_environment(char *out[])
{
	static const char *const names[] = { "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS" };
	size_t n = 0;
	for (char **e = environ; *e != NULL; e++)
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (strncmp(*e, names[i], strlen(names[i])) == 0 && (*e)[strlen(names[i])] == '=')
				out[n++] = *e;
	out[n] = NULL;
}

int
spawn_inside(const int fds[INSIDE_DESCRIPTORS - INSIDE_BELL], pid_t *ret, struct error *err)
{
	char *program = cage_program();
	char *argv[] = { (char *)(uintptr_t)"vigie-cage", NULL }, *environment[8];
	posix_spawn_file_actions_t actions;
	pick_environment(environment);
	(void)posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < INSIDE_BELL; i++)
		(void)posix_spawn_file_actions_addopen(&actions, i, "/dev/null", O_RDWR, 0);
	for (int i = INSIDE_BELL; i < INSIDE_DESCRIPTORS; i++)
		(void)posix_spawn_file_actions_adddup2(&actions, fds[i - INSIDE_BELL], i);
	(void)posix_spawn_file_actions_addclosefrom_np(&actions, INSIDE_DESCRIPTORS);
	int rc = posix_spawn(ret, program, &actions, NULL, argv, environment);
	(void)posix_spawn_file_actions_destroy(&actions);
	errno = rc;
	if (rc != 0)
		(void)error_errno(err, ERROR_SYSTEM, "starting %s", program);
	free(program);
	return rc == 0 ? 0 : -1;
}
