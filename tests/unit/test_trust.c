/* SPDX-License-Identifier: Apache-2.0 */
/* TLS end to end, with authorities and certificates made on the spot. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "net/fetch.h"
#include "net/trust.h"
#include "peer.h"

enum { HANG_MS = 20000, DAY_S = 86400 };

struct pair {
	EVP_PKEY *key;
	X509 *cert;
};

struct cert_options {
	const char *name;	/* common name */
	const char *alt;	/* subjectAltName; NULL: an authority */
	long from_s, until_s;	/* from now */
};

static void
add_extension(X509 *cert, const struct pair *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer ? issuer->cert : cert, cert, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* `issuer` NULL: signs itself. */
static struct pair
make_pair(const struct pair *issuer, const struct cert_options *options)
{
	static long serial;
	struct pair p = { EVP_EC_gen("P-256"), X509_new() };
	assert_non_null(p.key);
	X509_NAME *name = X509_get_subject_name(p.cert);
	(void)X509_set_version(p.cert, X509_VERSION_3);
	(void)ASN1_INTEGER_set(X509_get_serialNumber(p.cert), ++serial);
	(void)X509_gmtime_adj(X509_getm_notBefore(p.cert), options->from_s);
	(void)X509_gmtime_adj(X509_getm_notAfter(p.cert), options->until_s);
	(void)X509_set_pubkey(p.cert, p.key);
	(void)X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)options->name, -1, -1, 0);
	(void)X509_set_issuer_name(p.cert, issuer ? X509_get_subject_name(issuer->cert) : name);
	if (options->alt != NULL)
		add_extension(p.cert, issuer, NID_subject_alt_name, options->alt);
	else
		add_extension(p.cert, issuer, NID_basic_constraints, "critical,CA:TRUE");
	assert_true(X509_sign(p.cert, issuer ? issuer->key : p.key, EVP_sha256()) > 0);
	return p;
}

static void
pair_done(struct pair *p)
{
	X509_free(p->cert);
	EVP_PKEY_free(p->key);
}

static const struct cert_options authority = { "Test authority", NULL, -DAY_S, DAY_S };

/* A temporary file with the authority's certificate, or with nonsense. */
static void
write_bundle(char *path, const struct pair *ca)
{
	bool is_template = strstr(path, "XXXXXX") != NULL;
	FILE *f = is_template ? fdopen(mkstemp(path), "w") : fopen(path, "w");
	assert_non_null(f);
	if (ca != NULL)
		assert_int_equal(PEM_write_X509(f, ca->cert), 1);
	else
		(void)fputs("nonsense\n", f);
	assert_int_equal(fclose(f), 0);
}

static int
serve(struct peer_request *r)
{
	return peer_answer(r, "200 OK", "", "secure");
}

struct outcome {
	struct error error;
	bool expired, wrong_name;
};

struct seen {
	struct loop *loop;
	struct outcome outcome;
	struct buf body;
};

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct seen *s = arg;
	buf_add(&s->body, chunk, len);
	return 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct seen *s = arg;
	s->outcome = (struct outcome){ result->error, result->tls_expired, result->tls_wrong_name };
	loop_stop(s->loop);
}

static void
hang(void *arg)
{
	loop_stop(arg);
}

static struct outcome
get(struct loop *l, struct fetcher *f, uint16_t port)
{
	static const struct fetch_callbacks callbacks = { NULL, on_data, on_done };
	struct seen s = { .loop = l, .outcome.error = { ERROR_KINDS, "no end" } };
	struct timer *limit = timer_new(l, hang, l);
	char url[64];
	(void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
	struct fetch_request request = { .url = url, .allow_private = true };
	(void)fetch_start(f, &request, &callbacks, &s);
	timer_start(limit, HANG_MS);
	assert_int_equal(loop_run(l, NULL), 0);
	timer_free(limit);
	if (s.outcome.error.kind == ERROR_NONE)
		assert_string_equal(buf_cstr(&s.body), "secure");
	else
		assert_int_equal(s.body.len, 0);
	buf_done(&s.body);
	return s.outcome;
}

static SSL_CTX *
server_context(const struct pair *p)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	assert_int_equal(SSL_CTX_use_certificate(ctx, p->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, p->key), 1);
	return ctx;
}

/* One request to a server with this certificate, trusting this file. */
static struct outcome
get_from(const struct pair *server, const char *ca_file)
{
	struct peer peer;
	struct fetcher_options options = { .ca_file = ca_file };
	SSL_CTX *ctx = server_context(server);
	struct loop *l = loop_new(NULL);
	struct fetcher *f = fetcher_new(l, &options, NULL);
	peer_start(&peer, serve, ctx);
	struct outcome outcome = get(l, f, peer.port);
	fetcher_free(f);
	peer_stop(&peer);
	loop_free(l);
	SSL_CTX_free(ctx);
	return outcome;
}

static void
test_certificates(void **state)
{
	static const struct {
		struct cert_options cert;
		bool other_authority;
		const char *text;	/* NULL: accepted */
		bool expired, wrong_name;
	} cases[] = {
		{ { "good", "IP:127.0.0.1", -DAY_S, DAY_S }, false, NULL, false, false },
		{ { "127.0.0.1", "DNS:elsewhere.example", -DAY_S, DAY_S }, false, "no alternative certificate subject name", false, true },
		{ { "old", "IP:127.0.0.1", -DAY_S, -60 }, false, "certificate has expired", true, false },
		{ { "early", "IP:127.0.0.1", 3600, DAY_S }, false, "certificate is not yet valid", false, false },
		{ { "unknown", "IP:127.0.0.1", -DAY_S, DAY_S }, true, "unable to get local issuer certificate", false, false },
	};
	char path[] = "/tmp/vigie-test-ca-XXXXXX";
	struct pair ca = make_pair(NULL, &authority);
	struct cert_options stranger = authority;
	stranger.name = "Somebody else";
	struct pair other = make_pair(NULL, &stranger);
	(void)state;
	write_bundle(path, &ca);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct pair server = make_pair(cases[i].other_authority ? &other : &ca, &cases[i].cert);
		struct outcome outcome = get_from(&server, path);
		pair_done(&server);
		assert_int_equal(outcome.error.kind, cases[i].text ? ERROR_TLS : ERROR_NONE);
		if (cases[i].text != NULL && strstr(outcome.error.text, cases[i].text) == NULL)
			fail_msg("%s: %s", cases[i].cert.name, outcome.error.text);
		assert_int_equal(outcome.expired, cases[i].expired);
		assert_int_equal(outcome.wrong_name, cases[i].wrong_name);
	}
	/* Nobody whom Debian trusts has signed it either. */
	struct pair server = make_pair(&ca, &cases[0].cert);
	assert_int_equal(get_from(&server, NULL).error.kind, ERROR_TLS);
	pair_done(&server);
	pair_done(&ca);
	pair_done(&other);
	(void)unlink(path);
}

static void
test_bad_bundles(void **state)
{
	char path[] = "/tmp/vigie-test-ca-XXXXXX";
	struct cert_options good = { "good", "IP:127.0.0.1", -DAY_S, DAY_S };
	struct pair server = make_pair(NULL, &good);
	(void)state;
	write_bundle(path, NULL);
	struct error err = get_from(&server, path).error;
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "holds no certificates that can be read"));
	(void)unlink(path);
	err = get_from(&server, path).error;
	assert_int_equal(err.kind, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "cannot be read"));
	assert_non_null(strstr(err.text, "No such file"));
	pair_done(&server);
}

/* Changed while in use: the new one counts; a broken or missing one does not. */
static void
test_updates(void **state)
{
	char path[] = "/tmp/vigie-test-ca-XXXXXX", next[] = "/tmp/vigie-test-ca-XXXXXX";
	struct error err = ERROR_INIT;
	struct pair ca = make_pair(NULL, &authority), second = make_pair(NULL, &authority);
	(void)state;
	write_bundle(path, &ca);
	struct trust *t = trust_new(path);
	X509_STORE *first = trust_store(t, &err);
	assert_non_null(first);
	assert_ptr_equal(trust_store(t, &err), first);
	(void)X509_STORE_up_ref(first);	/* so that its address is not used again */

	write_bundle(next, &second);
	assert_int_equal(rename(next, path), 0);
	X509_STORE *changed = trust_store(t, &err);
	assert_non_null(changed);
	assert_ptr_not_equal(changed, first);
	X509_STORE_free(first);

	write_bundle(path, NULL);
	assert_ptr_equal(trust_store(t, &err), changed);
	(void)unlink(path);
	assert_ptr_equal(trust_store(t, &err), changed);
	assert_int_equal(err.kind, ERROR_NONE);
	trust_free(t);
	trust_free(NULL);
	pair_done(&ca);
	pair_done(&second);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_bad_bundles),
		cmocka_unit_test(test_updates),
	};
	(void)signal(SIGPIPE, SIG_IGN);	/* a refused handshake closes while we write */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
