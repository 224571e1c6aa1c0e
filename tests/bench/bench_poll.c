/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Polls many hosts, 127.1.x.y, on one port, and says how many polls a second
 * that makes.  The server is yours, for example nginx with
 *
 *	server { listen 0.0.0.0:18080; location / { return 304; } }
 *
 *	bench_poll PORT HOSTS ROUNDS [MAX_ACTIVE [IDLE_CONNECTIONS [PATH [SCHEME [CA_FILE]]]]]
 */
#include <sys/resource.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/num.h"
#include "net/fetch.h"

struct bench {
	struct loop *loop;
	struct fetcher *fetcher;
	const char *scheme, *path;
	unsigned port, hosts, rounds, left;
	unsigned failed;
	uint64_t bytes;
	struct error first;
};

static void start_round(struct bench *b);

static int
on_data(void *arg, const char *chunk, size_t len)
{
	struct bench *b = arg;
	(void)chunk;
	b->bytes += len;
	return 0;
}

static void
on_done(void *arg, const struct fetch_result *result)
{
	struct bench *b = arg;
	if (result->error.kind != ERROR_NONE && b->failed++ == 0)
		b->first = result->error;
	if (--b->left > 0)
		return;
	if (--b->rounds > 0)
		start_round(b);
	else
		loop_stop(b->loop);
}

static void
start_round(struct bench *b)
{
	static const struct fetch_callbacks callbacks = { NULL, on_data, on_done };
	b->left = b->hosts;
	for (unsigned i = 0; i < b->hosts; i++) {
		char url[128];
		(void)snprintf(url, sizeof url, "%s://127.1.%u.%u:%u%s", b->scheme, i / 250, i % 250 + 1, b->port, b->path);
		struct fetch_request request = { .url = url, .etag = "\"e\"", .allow_private = true,
		    .max_redirects = 3, .max_body_bytes = UINT64_C(1) << 40, .max_wire_bytes = UINT64_C(1) << 40 };
		(void)fetch_start(b->fetcher, &request, &callbacks, b);
	}
}

static unsigned
number(int argc, char **argv, int i, unsigned otherwise)
{
	int64_t value;
	if (i >= argc || num_int(argv[i], strlen(argv[i]), 0, 1000000, &value) != 0)
		return otherwise;
	return (unsigned)value;
}

int
main(int argc, char **argv)
{
	struct error err = ERROR_INIT;
	struct bench b = { .port = number(argc, argv, 1, 18080), .hosts = number(argc, argv, 2, 1000),
	    .rounds = number(argc, argv, 3, 3), .path = argc > 6 ? argv[6] : "/",
	    .scheme = argc > 7 ? argv[7] : "http" };
	struct fetcher_options options = { .max_active = number(argc, argv, 4, 256),
	    .idle_connections = number(argc, argv, 5, 20000), .ca_file = argc > 8 ? argv[8] : NULL };
	unsigned polls = b.hosts * b.rounds;
	b.loop = loop_new(&err);
	b.fetcher = b.loop ? fetcher_new(b.loop, &options, &err) : NULL;
	if (b.fetcher == NULL) {
		(void)fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	int64_t started_ms = monotonic_ms();
	start_round(&b);
	(void)loop_run(b.loop, &err);
	double s = (double)(monotonic_ms() - started_ms) / 1000;
	struct rusage use;
	(void)getrusage(RUSAGE_SELF, &use);
	double user_s = (double)use.ru_utime.tv_sec + (double)use.ru_utime.tv_usec / 1e6;
	double system_s = (double)use.ru_stime.tv_sec + (double)use.ru_stime.tv_usec / 1e6;
	(void)printf("%.0f polls/s, %.1f MB/s, %u failed%s%s, %.2f s user, %.2f s system, %ld kB\n",
	    polls / s, (double)b.bytes / s / 1e6, b.failed, b.failed ? ": " : "", b.first.text,
	    user_s, system_s, use.ru_maxrss);
	fetcher_free(b.fetcher);
	loop_free(b.loop);
	return b.failed ? 1 : 0;
}
