/* SPDX-License-Identifier: Apache-2.0 */
#include <sys/stat.h>

#include <stdbool.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "net/trust.h"

static const char default_file[] = "/etc/ssl/certs/ca-certificates.crt";

struct trust {
	char *file;
	X509_STORE *store;	/* NULL: not read yet */
	struct timespec changed;/* of the file, when it was read */
	off_t size;
	ino_t inode;
};

struct trust *
trust_new(const char *ca_file)
{
	struct trust *t = xcalloc(1, sizeof *t);
	t->file = xstrdup(ca_file ? ca_file : default_file);
	return t;
}

void
trust_free(struct trust *t)
{
	if (t == NULL)
		return;
	X509_STORE_free(t->store);
	free(t->file);
	free(t);
}

static X509_STORE *
read_store(const char *file, struct error *err)
{
	X509_STORE *store = X509_STORE_new();
	if (store == NULL)
		abort();
	if (X509_STORE_load_file(store, file) != 1) {
		(void)error_set(err, ERROR_SYSTEM, "%s holds no certificates that can be read", file);
		ERR_clear_error();
		X509_STORE_free(store);
		return NULL;
	}
	/* As libcurl sets it: an intermediate in the file is trusted as it is. */
	(void)X509_STORE_set_flags(store, X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
	return store;
}

static bool
unchanged(const struct trust *t, const struct stat *st)
{
	return t->inode == st->st_ino && t->size == st->st_size &&
	    t->changed.tv_sec == st->st_mtim.tv_sec && t->changed.tv_nsec == st->st_mtim.tv_nsec;
}

X509_STORE *
trust_store(struct trust *t, struct error *err)
{
	struct stat st;
	if (stat(t->file, &st) != 0) {
		if (t->store == NULL)
			(void)error_errno(err, ERROR_SYSTEM, "the trusted certificates cannot be read: %s", t->file);
		return t->store;
	}
	if (t->store != NULL && unchanged(t, &st))
		return t->store;
	X509_STORE *store = read_store(t->file, t->store ? NULL : err);
	if (store != NULL) {
		X509_STORE_free(t->store);
		t->store = store;
	}
	/* Remembered even if it was bad: a broken file is not read for each request. */
	t->changed = st.st_mtim;
	t->size = st.st_size;
	t->inode = st.st_ino;
	return t->store;
}
