/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that describe the interface agree with each other, and the OpenAPI document says all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "normalise/listing.h"
#include "represent/represent.h"
#include "serve/openapi.h"
#include "serve/question.h"
#include "serve/routes.h"

static const struct collections two = { .list = { { "all", "All listings", 3, { 0, 0, 1, 1 } }, { "boat", "Boats", 3, { 0, 0, 1, 1 } } },
	.n = 2 };
static const struct openapi_options options = { "http://127.0.0.1:8047", "Office du Val", "mailto:val@example.org", NULL, &two };

static const cJSON *
member(const cJSON *object, const char *name)
{
	return cJSON_GetObjectItemCaseSensitive(object, name);
}

static void
listings_come_in_every_representation(void **state)
{
	(void)state;
	size_t variants = 0, formats = 0;
	for (const struct variant *v = items_routes[0].variants; v->name != NULL; v++)
		variants += strcmp(v->name, "html") != 0;
	for (const struct representation *f = representations; f->name != NULL; f++, formats++) {
		const struct variant *v = items_routes[0].variants;
		while (v->name != NULL && strcmp(v->name, f->name) != 0)
			v++;
		if (v->name == NULL || strcmp(v->type, f->type) != 0)
			fail_msg("items do not come as %s, %s", f->name, f->type);
	}
	assert_int_equal(variants, formats);
	assert_string_equal(items_routes[0].variants[0].name, representations[0].name);
}

static void
every_kind_can_be_asked_for(void **state)
{
	(void)state;
	struct buf kinds = BUF_INIT;
	for (const char *const *k = listing_kinds; *k != NULL; k++) {
		buf_fmt(&kinds, kinds.len > 0 ? " %s" : "%s", *k);
		if (strcmp(collection_title(*k), *k) == 0)
			fail_msg("there is no word for %s", *k);
	}
	assert_string_equal(kind_parameter.choices, kinds.data);
	buf_done(&kinds);
}

static const cJSON *
operation_of(const cJSON *api, const struct route *route)
{
	const cJSON *path = member(member(api, "paths"), route->path);
	return member(path, (route->methods & METHOD_POST) != 0 ? "post" : "get");
}

/* Everything that a person reads is there. */
static void
check_words(const cJSON *api, const cJSON *operation)
{
	const cJSON *p, *tag, *known = NULL;
	const char *id = cJSON_GetStringValue(member(operation, "operationId"));
	cJSON_ArrayForEach(p, member(operation, "parameters"))
		if (member(p, "description") == NULL)
			fail_msg("%s: nothing is said of %s", id, cJSON_GetStringValue(member(p, "name")));
	cJSON_ArrayForEach(tag, member(api, "tags"))
		if (cJSON_Compare(member(tag, "name"), cJSON_GetArrayItem(member(operation, "tags"), 0), true))
			known = tag;
	if (known == NULL || member(operation, "summary") == NULL)
		fail_msg("%s: its tag or its summary is missing", id);
}

static void
every_route_is_described(void **state)
{
	(void)state;
	cJSON *api = openapi_json(&options);
	size_t n = 0, said = 0;
	const cJSON *path;
	for (const struct route *const *table = serve_routes; *table != NULL; table++)
		for (const struct route *r = *table; r->path != NULL; r++) {
			if (r->id == NULL)
				continue;
			const cJSON *operation = operation_of(api, r);
			if (operation == NULL || strcmp(cJSON_GetStringValue(member(operation, "operationId")), r->id) != 0)
				fail_msg("%s is not described", r->path);
			assert_int_equal(member(operation, "security") != NULL, (r->flags & ROUTE_TOKEN) != 0);
			check_words(api, operation);
			n++;
		}
	cJSON_ArrayForEach(path, member(api, "paths"))
		said += (size_t)cJSON_GetArraySize(path);
	assert_int_equal(n, said);
	cJSON_Delete(api);
}

/* Returns how many there are. */
static size_t
check_references(const cJSON *api, const cJSON *value)
{
	static const char prefix[] = "#/components/schemas/";
	const cJSON *child, *reference = member(value, "$ref");
	size_t n = 0;
	if (reference != NULL) {
		const char *to = cJSON_GetStringValue(reference);
		if (strncmp(to, prefix, strlen(prefix)) != 0 ||
		    member(member(member(api, "components"), "schemas"), to + strlen(prefix)) == NULL)
			fail_msg("%s leads nowhere", to);
		n++;
	}
	cJSON_ArrayForEach(child, value)
		n += check_references(api, child);
	return n;
}

static void
references_lead_somewhere(void **state)
{
	(void)state;
	cJSON *api = openapi_json(&options);
	assert_true(check_references(api, api) > 20);
	cJSON_Delete(api);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(listings_come_in_every_representation),
		cmocka_unit_test(every_kind_can_be_asked_for),
		cmocka_unit_test(every_route_is_described),
		cmocka_unit_test(references_lead_somewhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
