/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder with files, and the folder of this build, for the tests
 * of daemon/config and daemon/plugin.  Included after cmocka.h. */
#ifndef VIGIE_TESTS_CONFIG_FIXTURE_H
#define VIGIE_TESTS_CONFIG_FIXTURE_H

#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/config.h"

struct folder {
	char path[64];
};

static inline int
folder_remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void
folder_open(struct folder *f)
{
	(void)snprintf(f->path, sizeof f->path, "/tmp/vigie-test-XXXXXX");
	assert_non_null(mkdtemp(f->path));
}

static inline void
folder_close(struct folder *f)
{
	assert_int_equal(nftw(f->path, folder_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The caller frees it. */
static inline char *
folder_path(const struct folder *f, const char *name)
{
	struct buf path = BUF_INIT;
	buf_str(&path, f->path);
	buf_char(&path, '/');
	buf_str(&path, name);
	return buf_take(&path);
}

static inline void
folder_mkdir(const struct folder *f, const char *name)
{
	char *path = folder_path(f, name);
	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

static inline void
folder_write_bytes(const struct folder *f, const char *name, const char *data, size_t len)
{
	char *path = folder_path(f, name);
	FILE *out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(data, 1, len, out), len);
	assert_int_equal(fclose(out), 0);
	free(path);
}

static inline void
folder_write(const struct folder *f, const char *name, const char *text)
{
	folder_write_bytes(f, name, text, strlen(text));
}

static inline void
folder_chmod(const struct folder *f, const char *name, mode_t mode)
{
	char *path = folder_path(f, name);
	assert_int_equal(chmod(path, mode), 0);
	free(path);
}

/* "BUILD/NAME", from where this program is: BUILD/tests/test_x. */
static inline char *
build_path(const char *name)
{
	char exe[512];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	assert_true(n > 0);
	exe[n] = '\0';
	for (int i = 0; i < 2; i++)
		*strrchr(exe, '/') = '\0';
	struct buf path = BUF_INIT;
	buf_fmt(&path, "%s/%s", exe, name);
	return buf_take(&path);
}

static inline struct config *
folder_load(const struct folder *f, struct config_problems *problems)
{
	char *path = folder_path(f, "vigie.conf");
	struct config *c = config_load(path, problems);
	free(path);
	return c;
}

/* "NAME:LINE: text" a line, without the folder.  The caller frees it. */
static inline char *
problems_text(const struct folder *f, const struct config_problems *problems)
{
	struct buf out = BUF_INIT;
	size_t skip = strlen(f->path) + 1;
	buf_str(&out, "");
	for (size_t i = 0; i < problems->n; i++) {
		const struct config_problem *p = &problems->list[i];
		assert_memory_equal(p->file, f->path, skip - 1);
		buf_fmt(&out, "%s%s:%u: %s", i > 0 ? "\n" : "", p->file + skip, p->line, p->text);
	}
	return out.data != NULL ? buf_take(&out) : xstrdup("");
}

/* What a partner's file needs at least; a test goes on from line 7 or 9. */
#define GOOD "[partner]\nname = P\nkind = boat\nconnector = picky\n[picky]\nwhere = here\n"
#define URL "[request]\nurl = https://api.example.org/list\n"

/* A folder with an empty vigie.conf and the connectors of the tests, for
 * cmocka_unit_test_setup_teardown(). */
static inline int
config_setup(void **state)
{
	struct folder *f = xcalloc(1, sizeof *f);
	char *plugins = build_path("test-plugins");
	folder_open(f);
	folder_mkdir(f, "partners.d");
	folder_write(f, "vigie.conf", "");
	assert_int_equal(setenv("VIGIE_CONNECTORS", plugins, 1), 0);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	free(plugins);
	*state = f;
	return 0;
}

static inline int
config_teardown(void **state)
{
	folder_close(*state);
	free(*state);
	return 0;
}

#endif
