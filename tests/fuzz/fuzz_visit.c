/* SPDX-License-Identifier: Apache-2.0 */
/* What a visitor sends: five lines are path, query, Accept, Accept-Language and Accept-Encoding, asked of every route. */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "serve/route.h"

enum { LINES = 5, LINE_MAX_BYTES = 16 << 10 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct route *route, char *lines[LINES])
{
	struct request r = { .route = route };
	struct error err = ERROR_INIT;
	struct buf url = BUF_INIT;
	buf_fmt(&url, "http://h%s?%s", lines[0], lines[1]);
	r.url = buf_cstr(&url)[0] != '\0' ? url.data : NULL;
	const char *code = route_query(route, lines[1], &r, &err);
	assert(code == NULL || err.text[0] != '\0');
	for (size_t i = 0; i < r.n_query; i++) {
		const char *value = r.query[i].value;
		int64_t integer = 0;
		assert(utf8_valid(value, strlen(value)) && value[strcspn(value, "\r\n\t")] == '\0');
		(void)request_integer(&r, r.query[i].parameter->name, &integer, NULL);
		char *next = request_url_with(&r, r.query[i].parameter->name, value);
		free(next);
	}
	(void)route_negotiate(route, request_query(&r, "f"), lines[2]);
	for (size_t i = 0; i < r.n_query; i++)
		free(r.query[i].value);
	buf_done(&url);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *values[PATH_VALUES] = { NULL }, *lines[LINES];
	if (size > LINE_MAX_BYTES)
		return 0;
	char *copy = xstrndup((const char *)data, size), *at = copy;
	for (size_t i = 0; i < LINES; i++) {
		size_t len = strcspn(at, "\n");
		lines[i] = xstrndup(at, len);
		at += len + (at[len] == '\n');
	}
	(void)route_find(lines[0], values);
	for (const struct route *const *table = serve_routes; *table != NULL; table++)
		for (const struct route *r = *table; r->path != NULL; r++)
			ask(r, lines);
	(void)route_language(lines[3]);
	(void)accept_takes(lines[4], "gzip");
	for (size_t i = 0; i < PATH_VALUES; i++)
		free(values[i]);
	for (size_t i = 0; i < LINES; i++)
		free(lines[i]);
	free(copy);
	return 0;
}
