/* SPDX-License-Identifier: Apache-2.0 */
#include "config/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "config/check.h"

enum { WORD_MAX = 32, NAME_LETTERS_MAX = 255 };

static const char marker[] = "credential:";
/* LoadCredential=vigie:FOLDER puts this before the names of its files. */
#define PREFIX "vigie_"

bool
credential_named(const char *text)
{
	return strstr(text, marker) != NULL;
}

void
credential_free(char *secret)
{
	if (secret != NULL)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

static bool
valid_name(const char *name)
{
	size_t len = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-");
	return len > 0 && len <= NAME_LETTERS_MAX && name[len] == '\0' && name[0] != '.';
}

/* ---- reading */

/* Others may not read a file of ours; what systemd hands over it protects itself. */
static int
check_mode(int fd, const char *path, struct error *err)
{
	struct stat st;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))
		return error_set(err, ERROR_SYSTEM, "%s is not a file", path);
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return error_set(err, ERROR_SYSTEM, "others can read %s: chmod 600 %s", path, path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return error_set(err, ERROR_SYSTEM, "%s belongs to somebody else: chown root %s", path, path);
	return 0;
}

/* Some editors put a byte order mark before it, which nobody sees. */
static void
drop_bom(struct buf *b)
{
	static const char bom[] = "\xef\xbb\xbf";
	size_t len = sizeof bom - 1;
	if (b->len < len || memcmp(b->data, bom, len) != 0)
		return;
	memmove(b->data, b->data + len, b->len - len);
	explicit_bzero(b->data + b->len - len, len);
	buf_cut(b, b->len - len);
}

static int
check_secret(struct buf *b, const char *path, struct error *err)
{
	drop_bom(b);
	if (b->len > 0 && b->data[b->len - 1] == '\n')
		buf_cut(b, b->len - 1);
	if (b->len > 0 && b->data[b->len - 1] == '\r')
		buf_cut(b, b->len - 1);
	if (b->len > CREDENTIAL_BYTES_MAX)
		return error_set(err, ERROR_SYSTEM, "%s holds more than 4096 bytes: a secret alone is expected", path);
	if (b->len == 0)
		return error_set(err, ERROR_SYSTEM, "%s is empty: write the secret into it", path);
	for (size_t i = 0; i < b->len; i++)
		if ((unsigned char)b->data[i] < 0x20 || b->data[i] == 0x7f)
			return error_set(err, ERROR_SYSTEM, "%s has a control character or a second line in it: "
			    "the secret must be alone, on one line", path);
	return 0;
}

static int
read_secret(int fd, const char *path, struct buf *out, struct error *err)
{
	/* A mark, a secret, its line end, and one byte that is too many. */
	char data[CREDENTIAL_BYTES_MAX + 6];
	size_t len = 0;
	for (ssize_t n = 1; n > 0 && len < sizeof data; len += (size_t)n) {
		n = read(fd, data + len, sizeof data - len);
		if (n == -1)
			return error_errno(err, ERROR_SYSTEM, "cannot read %s", path);
	}
	buf_reserve(out, len);	/* so that no copy is left behind by growing */
	buf_add(out, data, len);
	explicit_bzero(data, sizeof data);
	return check_secret(out, path, err);
}

/* 1: read, 0: there is no such file, -1: error. */
/* A core would hold it.  A limit of one byte, and not none: then Linux hands none to a program either (core(5)). */
static void
forbid_cores(void)
{
	const struct rlimit none = { 1, 1 };
	(void)setrlimit(RLIMIT_CORE, &none);
}

static int
try_file(const char *path, bool ours, struct buf *out, struct error *err)
{
	forbid_cores();
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd == -1 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd == -1 && errno == EACCES && getenv("CREDENTIALS_DIRECTORY") != NULL)
		return error_set(err, ERROR_SYSTEM, "systemd did not hand over %s: if it exists now, "
		    "systemctl restart vigied", path);
	if (fd == -1)
		return error_errno(err, ERROR_SYSTEM, "cannot read %s", path);
	int ret = 1;
	if ((ours && check_mode(fd, path, err) == -1) || read_secret(fd, path, out, err) == -1)
		ret = -1;
	(void)close(fd);
	return ret;
}

static const char *
set_path(struct buf *path, const char *folder, const char *between, const char *name)
{
	buf_clear(path);
	buf_str(path, folder);
	buf_str(path, between);
	buf_str(path, name);
	return buf_cstr(path);
}

static int
find_secret(const char *name, const char *folder, struct buf *out, struct error *err)
{
	const char *given = getenv("CREDENTIALS_DIRECTORY");
	struct buf path = BUF_INIT;
	int ret = 0;
	if (given != NULL && given[0] != '\0') {
		ret = try_file(set_path(&path, given, "/", name), false, out, err);
		if (ret == 0)
			ret = try_file(set_path(&path, given, "/" PREFIX, name), false, out, err);
	}
	if (ret == 0)
		ret = try_file(set_path(&path, folder, "/credentials/", name), true, out, err);
	if (ret == 0)
		(void)error_set(err, ERROR_NOT_FOUND, "there is no credential \"%s\": write the secret into %s, "
		    "then chmod 600 %s", name, buf_cstr(&path), buf_cstr(&path));
	buf_done(&path);
	return ret == 1 ? 0 : -1;
}

/* Where the name of the credential ends; NULL: the text goes on where it may not. */
static const char *
name_end(const char *text, const char *at)
{
	const char *name = at + sizeof marker - 1;
	bool braces = at > text && at[-1] == '{';
	const char *end = braces ? strchr(name, '}') : name + strlen(name);
	return end != NULL && !credential_named(end) ? end : NULL;
}

/* The text from `start`, with the secret for what stands before `end`. */
static char *
insert(const char *text, const char *start, const struct buf *secret, const char *end)
{
	size_t before = (size_t)(start - text), after = strlen(end);
	char *ret = xmalloc(before + secret->len + after + 1);
	memcpy(ret, text, before);
	memcpy(ret + before, secret->data, secret->len);
	memcpy(ret + before + secret->len, end, after + 1);
	return ret;
}

char *
credential_expand(const char *text, const char *folder, char **ret_secret, struct error *err)
{
	const char *at = strstr(text, marker), *end = name_end(text, at);
	char *name = xstrndup(at + sizeof marker - 1, end ? (size_t)(end - at) - (sizeof marker - 1) : 0);
	struct buf secret = BUF_INIT;
	char *ret = NULL;
	if (!valid_name(name)) {
		(void)error_set(err, ERROR_CONFIG, "after \"credential:\" comes a file's name of letters, digits, "
		    "\"-\", \"_\" and \".\", and nothing after it");
	} else if (find_secret(name, folder, &secret, err) == 0) {
		bool braces = *end == '}';
		ret = insert(text, braces ? at - 1 : at, &secret, braces ? end + 1 : end);
		if (ret_secret != NULL)
			*ret_secret = xstrndup(secret.data, secret.len);
	}
	if (secret.data != NULL)
		explicit_bzero(secret.data, secret.len);
	buf_done(&secret);
	free(name);
	return ret;
}

/* ---- names that promise a secret */

static const char secret_words[] = "key apikey token apitoken accesstoken authtoken secret clientsecret password "
    "passwd pwd auth authorization authorisation bearer cookie session sessionid signature jwt";

static bool
is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

static bool
is_letter(char c)
{
	return is_upper(c) || (c >= 'a' && c <= 'z');
}

/* Words end at what is no letter and before a capital after a small one. */
static bool
has_secret_word(const char *name, size_t len)
{
	char word[WORD_MAX];
	size_t n = 0;
	for (size_t i = 0; i <= len; i++) {
		bool letter = i < len && is_letter(name[i]);
		bool hump = letter && i > 0 && is_upper(name[i]) && !is_upper(name[i - 1]);
		if (!letter || hump) {
			word[n] = '\0';
			if (n > 0 && choice_has(secret_words, word))
				return true;
			n = 0;
		}
		if (letter && n + 1 < sizeof word)
			word[n++] = is_upper(name[i]) ? (char)(name[i] + 32) : name[i];
	}
	return false;
}

bool
credential_expected(const char *name)
{
	return has_secret_word(name, strlen(name));
}

size_t
credential_in_url(const char *url, const char **ret_name)
{
	const char *s = strchr(url, '?');
	while (s != NULL && *s != '\0' && *s != '#') {
		s++;
		size_t pair = strcspn(s, "&#"), name = strcspn(s, "=&#");
		if (name + 1 < pair && s[name + 1] != '{' && has_secret_word(s, name)) {
			*ret_name = s;
			return name;
		}
		s += pair;
	}
	return 0;
}
