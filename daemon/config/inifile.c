/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inih asks for one line after the other; next_line() judges each before it
 * hands it over, and hands over an empty line in place of a bad one.  So every
 * handler call belongs to the line that was handed over last.
 */
#include "config/inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"

enum {
	FILE_BYTES_MAX = 1 << 20,
	FIRST_BYTES = 12,	/* in which programs and UTF-16 have a NUL; elsewhere its line is told */
	ENTRIES_MAX = 1000,
	LINE_MAX_BYTES = INI_MAX_LINE - 2,	/* its buffer also holds "\n" and NUL */
	NAME_MAX_BYTES = 49,			/* inih cuts longer ones */
};

struct parse {
	struct inifile *file;
	const struct report *report;
	const char *next, *end;		/* what is left of the text */
	unsigned line;
	enum {
		ABOVE_NOTHING,		/* a section starts */
		ABOVE_VALUE,		/* the last of `file` */
		ABOVE_BAD,		/* a bad line: what is indented below goes with it */
		ABOVE_BAD_SECTION	/* all goes with it up to the next section */
	} above;
	bool continues;			/* the line that was handed over last goes on a value */
};

static struct place
here(const struct parse *p)
{
	return (struct place){ NULL, p->line };
}

static int
read_all(const char *path, struct buf *out, struct error *err)
{
	int ret = -1;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && errno == EACCES)
		return error_set(err, ERROR_CONFIG, "this user may not read this file: try with sudo");
	if (fd == -1)
		return error_errno(err, ERROR_CONFIG, "cannot read this file");
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		(void)error_set(err, ERROR_CONFIG, "this is not a file");
		goto out;
	}
	buf_reserve(out, FILE_BYTES_MAX + 1);
	for (ssize_t n = 1; n > 0 && out->len <= FILE_BYTES_MAX; out->len += (size_t)n) {
		n = read(fd, out->data + out->len, FILE_BYTES_MAX + 1 - out->len);
		if (n == -1) {
			(void)error_errno(err, ERROR_CONFIG, "cannot read this file");
			goto out;
		}
	}
	if (out->len > FILE_BYTES_MAX)
		(void)error_set(err, ERROR_CONFIG, "this file is larger than 1 MiB");
	else if (memchr(out->data, '\0', out->len < FIRST_BYTES ? out->len : FIRST_BYTES) != NULL)
		(void)error_set(err, ERROR_CONFIG, "this is no text: settings are saved as UTF-8");
	else
		ret = 0;
out:
	(void)close(fd);
	return ret;
}

/* ---- judging a line; each returns what is wrong with it, or NULL */

static const char *
bytes_fault(const char *s, size_t len, size_t max)
{
	if (len > max)
		return "line longer than 198 characters: go on on the next line, indented";
	if (!utf8_valid(s, len))
		return "this line is not UTF-8 text: save the file as UTF-8";
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < 0x20 && s[i] != '\t') || s[i] == 0x7f)
			return "this line has a control character in it";
	return NULL;
}

static bool
comment_or_blank(const char *s)
{
	return *s == '\0' || *s == ';' || *s == '#';
}

static const char *
section_fault(const char *s)
{
	const char *end = strchr(s, ']');
	if (end == NULL)
		return "this section has no closing \"]\"";
	if (end == s + 1)
		return "this section has no name";
	if (end - s - 1 > NAME_MAX_BYTES)
		return "the name of this section is longer than 49 characters";
	end++;
	return comment_or_blank(end + strspn(end, " \t")) ? NULL :
	    "put what stands after \"]\" on a line of its own";
}

static const char *
pair_fault(const char *s)
{
	size_t len = strcspn(s, "=:");
	for (size_t i = 1; i < len; i++)
		if (s[i] == ';' && (s[i - 1] == ' ' || s[i - 1] == '\t'))
			return "there is no \"=\" on this line before the comment: write name = value";
	if (s[len] == '\0')
		return "there is no \"=\" on this line: write name = value";
	if (s[len] == ':')
		return "\":\" where \"=\" was expected: write name = value";
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	if (len == 0)
		return "there is no name before \"=\"";
	return len > NAME_MAX_BYTES ? "the name before \"=\" is longer than 49 characters" : NULL;
}

/* An indented "name = value" or "[section]" would silently become a part of
 * the value above. */
static const char *
continuation_fault(const char *s)
{
	size_t word = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");
	size_t blank = strspn(s + word, " \t");
	if (word > 0 && blank > 0 && s[word + blank] == '=')
		return "an indented line goes on the value above: start this key at the left margin";
	if (s[0] == '[' && s[strcspn(s, "]=/")] == ']')
		return "an indented line goes on the value above: start this section at the left margin";
	return NULL;
}

/* ---- entries */

static struct inifile_entry *
add_entry(struct parse *p, const char *section, const char *name, const char *value)
{
	struct inifile *f = p->file;
	if (f->n == ENTRIES_MAX) {
		report_problem(p->report, here(p), "more than 1000 keys: split this file");
		p->next = p->end;
		return NULL;
	}
	f->list = xrealloc(f->list, f->n + 1, sizeof *f->list);
	f->list[f->n] = (struct inifile_entry){ xstrdup(section), xstrdup(name), xstrdup(value), here(p) };
	return &f->list[f->n++];
}

static void
add_section(struct parse *p, const char *s)
{
	char *name = xstrndup(s + 1, strcspn(s + 1, "]"));
	if (inifile_find(p->file, name, NULL) == NULL)
		(void)add_entry(p, name, NULL, NULL);
	free(name);
}

static void
go_on(struct inifile_entry *e, const char *value)
{
	struct buf joined = BUF_INIT;
	buf_str(&joined, e->value);
	buf_char(&joined, '\n');
	buf_str(&joined, value);
	free(e->value);
	e->value = buf_take(&joined);
}

static int
take_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct parse *p = arg;
	if (p->continues) {
		go_on(&p->file->list[p->file->n - 1], value);
		return 1;
	}
	const struct inifile_entry *twin = inifile_find(p->file, section, name);
	if (twin != NULL)
		report_problem(p->report, here(p), "\"%s\" is set twice in [%s], first on line %u", name,
		    section, twin->at.line);
	else if (add_entry(p, section, name, value) != NULL)
		p->above = ABOVE_VALUE;
	return 1;
}

/* ---- lines */

/* Cut an end-of-line comment: inih leaves it on indented lines. */
static void
cut_comment(char *s)
{
	for (size_t i = 1; s[i] != '\0'; i++)
		if (s[i] == ';' && (s[i - 1] == ' ' || s[i - 1] == '\t'))
			s[i] = '\0';
}

/* A line that goes on the value above, or on a line that was bad itself. */
static const char *
judge_continuation(struct parse *p, char *line)
{
	const char *fault = NULL;
	if (p->above == ABOVE_BAD) {
		line[0] = '\0';
	} else {
		cut_comment(line);
		fault = continuation_fault(line + strspn(line, " \t"));
		p->continues = true;
	}
	return fault;
}

static const char *
judge_section(struct parse *p, const char *s)
{
	const char *fault = section_fault(s);
	p->above = fault != NULL ? ABOVE_BAD_SECTION : ABOVE_NOTHING;
	if (fault == NULL)
		add_section(p, s);
	return fault;
}

static const char *
judge_pair(struct parse *p, const char *s)
{
	const char *fault = pair_fault(s);
	p->above = ABOVE_BAD;	/* until take_pair() has it */
	return fault;
}

/* Empties `line` if inih is not to see it. */
static void
judge(struct parse *p, char *line)
{
	size_t indent = strspn(line, " \t");
	char *s = line + indent;
	const char *fault = NULL;
	p->continues = false;
	if (comment_or_blank(s))
		return;
	if (p->above == ABOVE_BAD_SECTION && *s != '[') {
		line[0] = '\0';
	} else if (indent > 0 && (p->above == ABOVE_VALUE || p->above == ABOVE_BAD)) {
		fault = judge_continuation(p, line);
	} else {
		/* For inih, an indented line always continues. */
		memmove(line, s, strlen(s) + 1);
		fault = *line == '[' ? judge_section(p, line) : judge_pair(p, line);
	}
	if (fault != NULL) {
		report_problem(p->report, here(p), "%s", fault);
		line[0] = '\0';
	}
}

static char *
next_line(char *line, int size, void *arg)
{
	struct parse *p = arg;
	if (p->next == p->end)
		return NULL;
	const char *start = p->next, *newline = memchr(start, '\n', (size_t)(p->end - start));
	const char *end = newline != NULL ? newline : p->end;
	p->next = newline != NULL ? newline + 1 : p->end;
	p->line++;
	size_t len = (size_t)(end - start), max = (size_t)size - 2;
	if (len > 0 && end[-1] == '\r')
		len--;
	const char *fault = bytes_fault(start, len, max < LINE_MAX_BYTES ? max : LINE_MAX_BYTES);
	line[0] = '\0';
	if (fault == NULL) {
		memcpy(line, start, len);
		line[len] = '\0';
		judge(p, line);
		return line;
	}
	p->file->garbled = true;
	report_problem(p->report, here(p), "%s", fault);
	if (start[0] != ' ' && start[0] != '\t')
		p->above = ABOVE_BAD;
	return line;
}

int
inifile_read(struct inifile *f, const char *path, const struct report *r)
{
	static const char bom[] = "\xef\xbb\xbf";
	struct buf text = BUF_INIT;
	struct error err = ERROR_INIT;
	int ret = read_all(path, &text, &err);
	if (ret == -1) {
		report_problem(r, nowhere, "%s", err.text);
		goto out;
	}
	size_t skip = text.len >= 3 && memcmp(text.data, bom, 3) == 0 ? 3 : 0;
	struct parse p = { .file = f, .report = r, .next = text.data + skip, .end = text.data + text.len };
	int line = ini_parse_stream(next_line, &p, take_pair, &p);
	/* Cannot happen while next_line() knows inih's rules: a line must not be
	 * lost when it does. */
	if (line != 0)
		report_problem(r, (struct place){ NULL, line > 0 ? (unsigned)line : 0 }, "this line cannot be understood");
out:
	buf_done(&text);
	return ret;
}

static void
entry_done(struct inifile_entry *e)
{
	free(e->section);
	free(e->name);
	free(e->value);
}

void
inifile_done(struct inifile *f)
{
	for (size_t i = 0; i < f->n; i++)
		entry_done(&f->list[i]);
	free(f->list);
	f->list = NULL;
	f->n = 0;
}

const struct inifile_entry *
inifile_find(const struct inifile *f, const char *section, const char *name)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct inifile_entry *e = &f->list[i];
		if (strcmp(e->section, section) != 0 || (e->name == NULL) != (name == NULL))
			continue;
		if (name == NULL || strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

struct place
inifile_place(const struct inifile *f, const char *section, const char *name)
{
	const struct inifile_entry *e = name != NULL ? inifile_find(f, section, name) : NULL;
	if (e != NULL)
		return e->at;
	e = inifile_find(f, section, NULL);
	return e != NULL && e->at.file == NULL ? e->at : nowhere;
}

/* ---- one file under another */

/* Capitals make no difference in the name of a header. */
static bool
same_key(const struct inifile_entry *a, const struct inifile_entry *b)
{
	if (strcmp(a->section, b->section) != 0 || a->name == NULL || b->name == NULL)
		return strcmp(a->section, b->section) == 0 && a->name == b->name;
	return strcmp(a->name, b->name) == 0 || (strcasecmp(a->name, b->name) == 0 &&
	    strncmp(a->name, "header.", strlen("header.")) == 0);
}

static void
drop(struct inifile *f, size_t i)
{
	entry_done(&f->list[i]);
	f->n--;
	memmove(&f->list[i], &f->list[i + 1], (f->n - i) * sizeof *f->list);
}

void
inifile_drop_section(struct inifile *f, const char *section)
{
	for (size_t i = f->n; i-- > 0;)
		if (strcmp(f->list[i].section, section) == 0)
			drop(f, i);
}

/* Does one of the first `n` entries of `f` stand for `e`? */
static bool
has_own(struct inifile *f, size_t *n, const struct inifile_entry *e)
{
	for (size_t i = 0; i < *n; i++) {
		if (!same_key(&f->list[i], e))
			continue;
		if (e->name != NULL && f->list[i].value[0] == '\0') {
			drop(f, i);
			(*n)--;
		}
		return true;
	}
	return false;
}

void
inifile_underlay(struct inifile *f, struct inifile *under, const char *path)
{
	size_t own = f->n;
	for (size_t i = 0; i < under->n; i++) {
		struct inifile_entry *e = &under->list[i];
		if (has_own(f, &own, e)) {
			entry_done(e);
			continue;
		}
		f->list = xrealloc(f->list, f->n + 1, sizeof *f->list);
		f->list[f->n] = *e;
		f->list[f->n++].at.file = path;
	}
	free(under->list);
	*under = (struct inifile)INIFILE_INIT;
}
