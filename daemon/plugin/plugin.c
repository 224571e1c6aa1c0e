/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loading and checking connector plugins.  What is found wrong here is a bug
 * of the plugin's author, so the texts name the file and the rule.
 */
#include "plugin/plugin.h"

#include <dirent.h>
#include <dlfcn.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/nearest.h"

enum { PLUGIN_NAME_MAX = 63, PLUGINS_MAX = 256, OPTIONS_MAX = 1000 };

static const char suffix[] = ".so", preset_suffix[] = ".conf";

struct plugin {
	char *name;
	void *handle;
	const struct vigie_connector *connector;
};

struct plugins {
	char *dir;
	struct plugin *list;
	size_t n;
};

struct plugins *
plugins_new(const char *dir)
{
	struct plugins *p = xcalloc(1, sizeof *p);
	p->dir = xstrdup(dir);
	return p;
}

void
plugins_free(struct plugins *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free(p->list[i].name);
		(void)dlclose(p->list[i].handle);
	}
	free(p->list);
	free(p->dir);
	free(p);
}

static bool
valid_name(const char *name)
{
	size_t len = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-");
	return len > 0 && len <= PLUGIN_NAME_MAX && name[len] == '\0';
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is left of `file` without its suffix, if that is a name; else NULL. */
static char *
name_in(const char *file, const char *end)
{
	size_t len = strlen(file), end_len = strlen(end);
	if (len <= end_len || strcmp(file + len - end_len, end) != 0)
		return NULL;
	char *name = xstrndup(file, len - end_len);
	if (valid_name(name))
		return name;
	free(name);
	return NULL;
}

static char **
names_with(const struct plugins *p, const char *end)
{
	char **names = xcalloc(PLUGINS_MAX + 1, sizeof *names);
	size_t n = 0;
	DIR *d = opendir(p->dir);
	if (d == NULL)
		return names;
	struct dirent *e;
	while (n < PLUGINS_MAX && (e = readdir(d)) != NULL)
		if ((names[n] = name_in(e->d_name, end)) != NULL)
			n++;
	(void)closedir(d);
	qsort(names, n, sizeof *names, by_name);
	return names;
}

char **
plugins_names(const struct plugins *p)
{
	return names_with(p, suffix);
}

char **
plugins_presets(const struct plugins *p)
{
	return names_with(p, preset_suffix);
}

void
plugins_free_names(char **names)
{
	for (size_t i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

/* dlopen() searches the system's folders for a path without a slash. */
static void
path_of(const struct plugins *p, const char *name, const char *end, struct buf *out)
{
	buf_clear(out);
	buf_fmt(out, "%s%s/%s%s", strchr(p->dir, '/') == NULL ? "./" : "", p->dir, name, end);
}

char *
plugins_preset(const struct plugins *p, const char *name)
{
	struct buf path = BUF_INIT;
	if (!valid_name(name))
		return NULL;
	path_of(p, name, suffix, &path);
	bool plugin = access(buf_cstr(&path), F_OK) == 0;
	path_of(p, name, preset_suffix, &path);
	if (!plugin && access(buf_cstr(&path), F_OK) == 0)
		return buf_take(&path);
	buf_done(&path);
	return NULL;
}

static const char *
nearest_of(const char *name, char **plugins, char **presets)
{
	const char *all[2 * PLUGINS_MAX + 1] = { NULL };
	size_t n = 0;
	for (size_t i = 0; plugins[i] != NULL; i++)
		all[n++] = plugins[i];
	for (size_t i = 0; presets[i] != NULL; i++)
		all[n++] = presets[i];
	return nearest_name(name, all);
}

static void
add_names(struct buf *text, const char *before, char **names)
{
	for (size_t i = 0; names[i] != NULL; i++)
		buf_fmt(text, "%s%s", i == 0 ? before : ", ", names[i]);
}

static int
not_found(const struct plugins *p, const char *name, struct error *err)
{
	struct buf text = BUF_INIT;
	char **names = plugins_names(p), **presets = plugins_presets(p);
	const char *near = nearest_of(name, names, presets);
	buf_fmt(&text, "there is no connector \"%s\" in %s", name, p->dir);
	if (near != NULL)
		buf_fmt(&text, ": did you mean \"%s\"?", near);
	add_names(&text, " (there are: ", names);
	add_names(&text, names[0] != NULL ? "; presets: " : " (there are presets: ", presets);
	buf_str(&text, names[0] != NULL || presets[0] != NULL ? ")" : " (there are none: those of the package vigie-connectors belong there)");
	(void)error_set(err, ERROR_NOT_FOUND, "%s", buf_cstr(&text));
	plugins_free_names(names);
	plugins_free_names(presets);
	buf_done(&text);
	return -1;
}

/* Whether `word` is one of `words`, separated by spaces. */
static bool
word_in(const char *words, const char *word)
{
	size_t len = strlen(word);
	while (words != NULL && *words != '\0') {
		size_t n = strcspn(words, " ");
		if (n == len && memcmp(words, word, len) == 0)
			return true;
		words += n;
		words += strspn(words, " ");
	}
	return false;
}

static bool
fallback_fits(const struct vigie_option *o)
{
	switch (o->type) {
	case VIGIE_OPTION_INTEGER:
		return o->fallback[0] != '\0' && o->fallback[strspn(o->fallback, "0123456789")] == '\0';
	case VIGIE_OPTION_BOOLEAN:
		return word_in("yes no", o->fallback);
	case VIGIE_OPTION_CHOICE:
		return word_in(o->choices, o->fallback);
	case VIGIE_OPTION_TEXT:
	case VIGIE_OPTION_LINES:
	case VIGIE_OPTION_END:
		return true;
	}
	return false;
}

static const char *
option_fault(const struct vigie_option *o)
{
	if (o->name == NULL || o->name[0] == '\0')
		return "has no name";
	if (o->type > VIGIE_OPTION_END)
		return "has an unknown type";
	if (o->help == NULL)
		return "has no help text";
	if (o->type == VIGIE_OPTION_CHOICE && (o->choices == NULL || o->choices[0] == '\0'))
		return "is a choice without choices";
	if (strcmp(o->name, "*") == 0 && (o->required || o->fallback != NULL))
		return "stands for any name, so it can be neither required nor have a default";
	if (o->fallback != NULL && o->required)
		return "is required and has a default";
	if (o->fallback != NULL && !fallback_fits(o))
		return "has a default that does not fit its type";
	return NULL;
}

static int
check_options(const struct vigie_option *options, const char *path, struct error *err)
{
	for (size_t i = 0; options != NULL && options[i].type != VIGIE_OPTION_END; i++) {
		if (i == OPTIONS_MAX)
			return error_set(err, ERROR_CONFIG, "%s: its table of options does not end", path);
		const char *fault = option_fault(&options[i]);
		if (fault != NULL)
			return error_set(err, ERROR_CONFIG, "%s: option %zu (\"%s\") %s", path, i,
			    options[i].name != NULL ? options[i].name : "", fault);
	}
	return 0;
}

static int
check_connector(const struct vigie_connector *c, const char *name, const char *path, struct error *err)
{
	if (c->abi != VIGIE_CONNECTOR_ABI)
		return error_set(err, ERROR_CONFIG, "%s was built for connector ABI %u, this program has ABI %u:"
		    " build it again with this version's vigie_connector.h", path, c->abi, VIGIE_CONNECTOR_ABI);
	if (c->name == NULL || strcmp(c->name, name) != 0)
		return error_set(err, ERROR_CONFIG, "%s calls itself \"%s\": file and name must agree", path,
		    c->name != NULL ? c->name : "");
	if (c->summary == NULL)
		return error_set(err, ERROR_CONFIG, "%s has no summary", path);
	if (c->open == NULL || c->close == NULL || c->first == NULL || c->begin == NULL ||
	    c->feed == NULL || c->end == NULL)
		return error_set(err, ERROR_CONFIG,
		    "%s lacks one of open, close, first, begin, feed and end", path);
	return check_options(c->options, path, err);
}

/*
 * RTLD_NODELETE: a partner's settings may outlive the table of plugins that
 * they were checked with (a reload that keeps the old ones), so the code stays.
 */
static const struct vigie_connector *
load(struct plugins *p, const char *name, const char *path, struct error *err)
{
	void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (handle == NULL) {
		(void)error_set(err, ERROR_CONFIG, "cannot load connector \"%s\": %s", name, dlerror());
		return NULL;
	}
	const struct vigie_connector *c = dlsym(handle, "vigie_connector");
	if (c == NULL)
		(void)error_set(err, ERROR_CONFIG, "%s is not a connector: it exports no \"vigie_connector\"", path);
	if (c == NULL || check_connector(c, name, path, err) == -1) {
		(void)dlclose(handle);
		return NULL;
	}
	p->list = xrealloc(p->list, p->n + 1, sizeof *p->list);
	p->list[p->n++] = (struct plugin){ xstrdup(name), handle, c };
	return c;
}

const struct vigie_connector *
plugins_get(struct plugins *p, const char *name, struct error *err)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->list[i].name, name) == 0)
			return p->list[i].connector;
	struct buf path = BUF_INIT;
	const struct vigie_connector *ret = NULL;
	path_of(p, name, suffix, &path);
	if (!valid_name(name) || access(buf_cstr(&path), F_OK) == -1)
		(void)not_found(p, name, err);
	else
		ret = load(p, name, buf_cstr(&path), err);
	buf_done(&path);
	return ret;
}
