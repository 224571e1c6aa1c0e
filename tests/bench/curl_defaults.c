/* SPDX-License-Identifier: Apache-2.0 */
/*
 * curl_defaults SECONDS PARALLEL CA_FILE ETAG URL-WITH-%u HOSTS
 *
 * What a program reaches that uses libcurl's multi interface as Debian ships
 * it: conditional requests to HOSTS hosts in turn, PARALLEL at once, for so
 * many seconds.  Prints how many were answered 304, and the seconds.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct load {
	CURLM *multi;
	struct curl_slist *headers;
	const char *ca_file, *url;
	unsigned hosts, next;
	unsigned long answered, failed;
};

static double
now(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t
ignore(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"	/* the URL is the operator's */
static void
start(struct load *l)
{
	char url[256];
	CURL *easy = curl_easy_init();
	if (easy == NULL)
		abort();
	(void)snprintf(url, sizeof url, l->url, l->next++ % l->hosts);
	(void)curl_easy_setopt(easy, CURLOPT_URL, url);
	(void)curl_easy_setopt(easy, CURLOPT_CAINFO, l->ca_file);
	(void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, l->headers);
	(void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
	(void)curl_multi_add_handle(l->multi, easy);
}

static void
finish(struct load *l, CURL *easy, CURLcode code)
{
	long status = 0;
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status == 304)
		l->answered++;
	else if (l->failed++ == 0)
		(void)fprintf(stderr, "curl_defaults: %s, status %ld\n", curl_easy_strerror(code), status);
	(void)curl_multi_remove_handle(l->multi, easy);
	curl_easy_cleanup(easy);
}

static void
run(struct load *l, double until)
{
	CURLMsg *msg;
	int running, left;
	do {
		(void)curl_multi_perform(l->multi, &running);
		while ((msg = curl_multi_info_read(l->multi, &left)) != NULL) {
			if (msg->msg == CURLMSG_DONE) {
				finish(l, msg->easy_handle, msg->data.result);
				start(l);
			}
		}
		(void)curl_multi_poll(l->multi, NULL, 0, 100, NULL);
	} while (now() < until);
}

int
main(int argc, char **argv)
{
	char header[256];
	if (argc != 7)
		return EXIT_FAILURE;
	struct load l = { .ca_file = argv[3], .url = argv[5], .hosts = (unsigned)strtoul(argv[6], NULL, 10) };
	(void)curl_global_init(CURL_GLOBAL_ALL);
	(void)snprintf(header, sizeof header, "If-None-Match: %s", argv[4]);
	l.headers = curl_slist_append(NULL, header);
	l.multi = curl_multi_init();
	for (unsigned long parallel = strtoul(argv[2], NULL, 10); parallel > 0; parallel--)
		start(&l);
	double begin = now();
	run(&l, begin + strtod(argv[1], NULL));
	(void)printf("%lu %.3f\n", l.answered, now() - begin);
	return l.failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
