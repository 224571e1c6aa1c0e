/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "base/buf.h"
#include "config/credential.h"
#include "config/hook.h"
#include "config/mail.h"
#include "config/partner.h"
#include "config/source.h"

enum { NAME_BYTES_MAX = 63, FILES_MAX = 100000 };

static const char suffix[] = ".conf";

static char *
folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');
	if (slash == NULL)
		return xstrdup(".");
	return slash == file ? xstrdup("/") : xstrndup(file, (size_t)(slash - file));
}

/* ---- partners.d, hooks.d */

static bool
name_valid(const char *name, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	return len > 0 && len <= NAME_BYTES_MAX && strspn(name, letters) >= len && name[0] != '_' && name[0] != '-';
}

/* 0: none of ours, else the length of the name before ".conf". */
static size_t
conf_name(const char *file)
{
	size_t len = strlen(file), end = sizeof suffix - 1;
	return file[0] != '.' && len > end && strcmp(file + len - end, suffix) == 0 ? len - end : 0;
}

static int
by_partner(const void *a, const void *b)
{
	return strcmp((*(struct partner_config *const *)a)->partner, (*(struct partner_config *const *)b)->partner);
}

static int
by_hook(const void *a, const void *b)
{
	return strcmp((*(struct config_hook *const *)a)->hook, (*(struct config_hook *const *)b)->hook);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct files {
	char **list;
	size_t n;
};

static void
list_files(DIR *d, struct files *files)
{
	struct dirent *e;
	while (files->n < FILES_MAX && (e = readdir(d)) != NULL) {
		if (conf_name(e->d_name) == 0)
			continue;
		files->list = xrealloc(files->list, files->n + 1, sizeof *files->list);
		files->list[files->n++] = xstrdup(e->d_name);
	}
	if (files->n > 0)
		qsort(files->list, files->n, sizeof *files->list, by_name);
}

static void
load_partner(struct config *c, const struct report *r, const char *folder)
{
	struct partner_config *p = partner_load(r, folder, c->plugins);
	if (p == NULL)
		return;
	c->partners = xrealloc(c->partners, c->n_partners + 1, sizeof *c->partners);
	c->partners[c->n_partners++] = p;
}

static void
load_hook(struct config *c, const struct report *r, const char *folder)
{
	struct config_hook *h = hook_load(r, folder);
	if (h == NULL)
		return;
	c->hooks.list = xrealloc(c->hooks.list, c->hooks.n + 1, sizeof *c->hooks.list);
	c->hooks.list[c->hooks.n++] = h;
}

static const struct dropin {	/* a folder of files that are alike */
	const char *key;	/* in [paths] */
	size_t where;		/* of its path in struct config */
	bool hooks;		/* else partners; need not be there */
	const char *what;
	void (*load)(struct config *c, const struct report *r, const char *folder);
} dropins[] = {
	{ "partners", offsetof(struct config, partners_dir), false, "the partners' files", load_partner },
	{ "hooks", offsetof(struct config, hooks_dir), true, "the hooks' files", load_hook },
};

static void
load_file(struct config *c, const struct dropin *dropin, const struct source *s, const char *folder, const char *file)
{
	struct buf path = BUF_INIT;
	size_t len = conf_name(file);
	char *name = xstrndup(file, len);
	buf_fmt(&path, "%s/%s", folder, file);
	const struct report r = { s->report->problems, buf_cstr(&path), dropin->hooks ? NULL : name,
		dropin->hooks ? name : NULL };
	if (name_valid(name, len))
		dropin->load(c, &r, s->folder);
	else
		report_problem(&r, nowhere, "rename this file: before .conf it needs 1 to 63 of a-z, 0-9, \"-\" and \"_\", "
		    "a letter or digit first");
	free(name);
	buf_done(&path);
}

static void
load_dropin(struct config *c, const struct dropin *dropin, const struct source *s)
{
	const char *folder = *(char *const *)(const void *)((const char *)c + dropin->where);
	DIR *d = folder != NULL ? opendir(folder) : NULL;
	bool missing = dropin->hooks && errno == ENOENT && inifile_find(s->file, "paths", dropin->key) == NULL;
	if (d == NULL) {
		if (folder != NULL && !missing)
			report_problem(s->report, inifile_place(s->file, "paths", dropin->key),
			    "cannot read the folder of %s, %s: %s", dropin->what, folder, strerror(errno));
		return;
	}
	struct files files = { NULL, 0 };
	list_files(d, &files);
	(void)closedir(d);
	for (size_t i = 0; i < files.n; i++) {
		load_file(c, dropin, s, folder, files.list[i]);
		free(files.list[i]);
	}
	free(files.list);
}

static void
load_dropins(struct config *c, const struct source *s)
{
	for (size_t i = 0; i < sizeof dropins / sizeof *dropins; i++)
		load_dropin(c, &dropins[i], s);
	/* "a-b.conf" comes before "a.conf", "a" before "a-b". */
	if (c->n_partners > 0)
		qsort(c->partners, c->n_partners, sizeof *c->partners, by_partner);
	if (c->hooks.n > 0)
		qsort(c->hooks.list, c->hooks.n, sizeof *c->hooks.list, by_hook);
}

/* ---- vigie.conf */

static void
hash_text(XXH3_state_t *state, const char *s)
{
	(void)XXH3_64bits_update(state, s != NULL ? s : "", s != NULL ? strlen(s) + 1 : 0);
	(void)XXH3_64bits_update(state, "", 1);
}

static void
load_territory(struct config *c, const struct source *s)
{
	static const char *const names[] = { "circle", "polygon", "postcodes" };
	const char *const texts[] = { c->territory_circle, c->territory_polygon, c->territory_postcodes };
	struct error err;
	XXH3_state_t *state = XXH3_createState();
	if (state == NULL)
		abort();
	(void)XXH3_64bits_reset(state);
	for (size_t i = 0; i < 3; i++) {
		/* One by one, so that the complaint has the right line. */
		error_clear(&err);
		struct territory *t = territory_new(i == 0 ? texts[0] : NULL, i == 1 ? texts[1] : NULL,
		    i == 2 ? texts[2] : NULL, c->publish_unlocated, &err);
		if (t == NULL && texts[i] != NULL)
			report_problem(s->report, inifile_place(s->file, "territory", names[i]), "%s", err.text);
		territory_free(t);
		hash_text(state, texts[i]);
	}
	(void)XXH3_64bits_update(state, &c->publish_unlocated, sizeof c->publish_unlocated);
	c->territory_seed = XXH3_64bits_digest(state);
	(void)XXH3_freeState(state);
	if (texts[0] != NULL || texts[1] != NULL || texts[2] != NULL)
		c->territory = territory_new(texts[0], texts[1], texts[2], c->publish_unlocated, NULL);
}

/* Whoever may not read it can use the other settings. */
static void
check_ca_file(const struct config *c, const struct source *s)
{
	struct stat st;
	bool folder = false;
	if (c->ca_file == NULL || (stat(c->ca_file, &st) == 0 && !(folder = S_ISDIR(st.st_mode))))
		return;
	int cause = folder ? EISDIR : errno;
	if (cause != EACCES)
		report_problem(s->report, inifile_place(s->file, "fetch", "ca_file"), "there are no certificates to be trusted in %s: "
		    "%s. Name a PEM file, or take the line away for those of the system", c->ca_file, strerror(cause));
}

/* For a run from the build tree. */
static void
override_folder(char **folder, const char *variable)
{
	const char *dir = getenv(variable);
	if (dir == NULL || dir[0] == '\0')
		return;
	free(*folder);
	*folder = xstrdup(dir);
}

static void
load_main(struct config *c, const struct source *s)
{
	source_apply(s, c);
	source_unknown(s, NULL);
	mail_load(s, &c->mail);
	source_secret(s, "serve", "token", &c->serve.token, &c->serve.missing);
	override_folder(&c->connectors_dir, "VIGIE_CONNECTORS");
	override_folder(&c->www_dir, "VIGIE_WWW");
	load_territory(c, s);
	check_ca_file(c, s);
	if (c->connectors_dir != NULL)
		c->plugins = plugins_new(c->connectors_dir);
}

struct config *
config_load(const char *file, struct config_problems *problems)
{
	*problems = (struct config_problems){ NULL, 0 };
	struct inifile entries = INIFILE_INIT;
	struct config *c = xcalloc(1, sizeof *c);
	char *folder = folder_of(file);
	const struct report r = { problems, file, NULL, NULL };
	const struct source s = { &entries, &r, folder, vigie_keys };
	c->file = xstrdup(file);
	bool usable = true;
	if (inifile_read(&entries, file, &r) == 0) {
		load_main(c, &s);
		report_sort(&r, 0);
		if (c->plugins != NULL)
			load_dropins(c, &s);
	}
	for (size_t i = 0; i < problems->n; i++)
		usable = usable && (problems->list[i].partner != NULL || problems->list[i].hook != NULL);
	c->incomplete = problems->n > 0;
	if (!usable) {
		config_free(c);
		c = NULL;
	}
	inifile_done(&entries);
	free(folder);
	return c;
}

void
config_free(struct config *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < c->n_partners; i++)
		partner_config_free(c->partners[i]);
	free(c->partners);
	config_hooks_done(&c->hooks);
	mail_done(&c->mail);
	credential_free(c->serve.token);
	c->serve.token = NULL;
	free(c->serve.missing);
	keys_free(vigie_keys, c);
	territory_free(c->territory);
	plugins_free(c->plugins);
	free(c->file);
	free(c);
}

const struct partner_config *
config_partner(const struct config *c, const char *partner)
{
	for (size_t i = 0; i < c->n_partners; i++)
		if (strcmp(c->partners[i]->partner, partner) == 0)
			return c->partners[i];
	return NULL;
}

struct partner_config *
config_take_partner(struct config *c, size_t index)
{
	struct partner_config *p = c->partners[index];
	c->n_partners--;
	memmove(&c->partners[index], &c->partners[index + 1], (c->n_partners - index) * sizeof *c->partners);
	return p;
}

const struct config_hook *
config_hook(const struct config *c, const char *hook)
{
	for (size_t i = 0; i < c->hooks.n; i++)
		if (strcmp(c->hooks.list[i]->hook, hook) == 0)
			return c->hooks.list[i];
	return NULL;
}

struct config_hooks
config_take_hooks(struct config *c)
{
	struct config_hooks hooks = c->hooks;
	c->hooks = (struct config_hooks){ NULL, 0 };
	return hooks;
}
