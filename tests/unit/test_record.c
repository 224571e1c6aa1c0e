/* SPDX-License-Identifier: Apache-2.0 */
/* lib/record: from an item to what the host is told of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "record_rig.h"

static const struct record_default defaults[] = {
	{ "id", "/guid | /link" },
	{ "title", "/summary" },
	{ "description", "/text" },
	{ "properties.organiser", "/organiser" },
	{ NULL, NULL },
};

static const char item[] =
    "{\"guid\":\"7\",\"key\":\"k7\",\"summary\":\"Titre\",\"text\":\"Texte\",\"organiser\":\"Nous\",\"other\":\"Autre\"}";

static void
columns_have_defaults(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, &rig_host, NULL, 0, defaults);
	assert_non_null(r.record);
	assert_string_equal(rig_read(&r, item), "listing title=Titre description=Texte organiser=Nous id=7\n");
	assert_string_equal(rig_read(&r, "{\"link\":\"l\",\"summary\":\"T\"}"), "listing title=T id=l\n");
	rig_close(&r);
}

static void
the_partners_file_comes_first(void **state)
{
	(void)state;
	static const struct vigie_setting settings[] = {
		{ "test", "id", "/key" }, { "map", "title", "/other" }, { "map", "description", "-" },
		{ "map", "properties.organiser", "-" }, { "map", "locality", "-" },
	};
	struct rig r;
	rig_open(&r, &rig_host, settings, sizeof settings / sizeof *settings, defaults);
	assert_non_null(r.record);
	assert_string_equal(rig_read(&r, item), "listing title=Autre id=k7\n");
	rig_close(&r);
}

static void
an_identifier_is_needed(void **state)
{
	(void)state;
	struct rig r;
	rig_open(&r, &rig_host, NULL, 0, NULL);
	assert_null(r.record);
	assert_string_equal(r.complaint.name, "id");
	assert_string_equal(r.complaint.text, "it is required");
	rig_close(&r);
}

/* ---- [jq] */

static const struct program_case {
	const char *program, *item, *said;
} programs[] = {
	{ "{title: .nom, price: .prix, properties: {mots: .mots, n: 3, rien: null}}",
	    "{\"id\":7,\"nom\":\"Été\",\"prix\":[5,7.5],\"mots\":[\"a\",\"b\"]}",
	    "listing title=Été price=5, 7.5 mots=[\"a\",\"b\"] n=3 id=7\n" },
	{ ".lieux[] | {id: \"x\\(.n)\", title: .t}", "{\"id\":7,\"lieux\":[{\"n\":1,\"t\":\"un\"},{\"n\":2,\"t\":\"deux\"}]}",
	    "listing title=un id=x1\nlisting title=deux id=x2\n" },
	{ "{id, title: \"t\"}", "{\"id\":12345678901234567890}", "listing title=t id=12345678901234567890\n" },
	{ "{id, title: \"t\"}", "{\"id\":123456789012345}", "listing title=t id=123456789012345\n" },
	{ "{id: .code}", "{\"code\":\"c1\"}", "listing id=c1\n" },
	{ "{title: {en: \"House\", fr: \"Maison\"}}", "{\"id\":1}", "listing title=Maison id=1\n" },
	{ "select(.actif)", "{\"id\":1,\"actif\":false}", "" },
	{ "empty", "{\"id\":1,\"etat\":\"supprime\"}", "withdrawn 1\n" },
	{ "{title: .t} | # un commentaire\n {title}", "{\"id\":1,\"t\":\"T\"}", "listing title=T id=1\n" },
	{ "debug | {title: .t}", "{\"id\":1,\"t\":\"T\"}", "listing title=T id=1\n" },
	{ "{titel: 1}", "{\"id\":1}", "rejected 1: jq: the catalogue has no column \"titel\": did you mean \"title\"?: "
	    "what has none goes into properties\n" },
	{ "{qqqqqq: 1}", "{\"id\":1}", "rejected 1: jq: the catalogue has no column \"qqqqqq\": "
	    "what has none goes into properties\n" },
	{ ".t", "{\"id\":1,\"t\":\"T\"}", "rejected 1: jq: the program gives something that is no object\n" },
	{ ".t.u | {}", "{\"id\":1,\"t\":\"T\"}", "rejected 1: jq: Cannot index string with string \"u\"\n" },
	{ "{title: .t}", "{\"t\":\"T\"}", "rejected : the item has no identifier\n" },
	{ "{id: null}", "{\"id\":1}", "rejected : jq: the listing's \"id\" is empty\n" },
	{ "{}, {title: \"b\"}", "{\"id\":1}", "listing id=1\n"
	    "rejected 1: jq: several listings of one item, and this one has no \"id\" of its own\n" },
	{ "range(1001) | {id: .} | select(.id == 1000)", "{\"id\":1}", "listing id=1000\n" },
	{ "[range(1001)] | map({id: \"\"}) | .[0]", "{\"id\":1}", "rejected : jq: the listing's \"id\" is empty\n" },
	{ "{properties: ([range(70)] | map({key: \"p\\(.)\", value: .}) | from_entries)}", "{\"id\":1}",
	    "rejected 1: jq: a listing has more than 64 values\n" },
	{ "{title: env.HOME}", "{\"id\":1}", "rejected 1: jq: env is not for a partner's file\n" },
	{ "{title: $ENV.HOME}", "{\"id\":1}", "listing id=1\n" },
	{ ".) | {title: (env | tostring)} | (.", "{\"id\":1}", "rejected 1: jq: env is not for a partner's file\n" },
	{ "halt", "{\"id\":1}", "rejected 1: jq: halt is not for a partner's file\n" },
	{ "\"a\" | halt_error(3)", "{\"id\":1}", "rejected 1: jq: halt_error is not for a partner's file\n" },
	{ "[inputs]", "{\"id\":1}", "rejected 1: jq: inputs is not for a partner's file\n" },
	{ "error(\"e\" * 300)", "{\"id\":1}", NULL },
};

static void
programs_make_listings(void **state)
{
	(void)state;
	struct vigie_setting settings[] = { { "test", "id", "/id" }, { "jq", "program", NULL },
		{ "test", "tombstone", "/etat = supprime" } };
	for (size_t i = 0; i < sizeof programs / sizeof *programs; i++) {
		struct rig r;
		settings[1].value = programs[i].program;
		rig_open(&r, &rig_host, settings, 3, defaults);
		assert_string_equal(r.complaint.text, "");
		for (int again = 0; again < 2; again++) {
			const char *said = rig_read(&r, programs[i].item);
			if (programs[i].said != NULL)
				assert_string_equal(said, programs[i].said);
			else
				assert_true(strlen(said) < 250);
		}
		rig_close(&r);
	}
}

static void
results_are_limited(void **state)
{
	(void)state;
	static const struct vigie_setting settings[] = { { "test", "id", "/id" }, { "jq", "program", "repeat({id: 1})" } };
	struct rig r;
	rig_open(&r, &rig_host, settings, 2, NULL);
	const char *last = strstr(rig_read(&r, "{\"id\":1}"), "rejected");
	assert_non_null(last);
	assert_string_equal(last, "rejected 1: jq: the program gives more than 1000 results\n");
	rig_close(&r);
}

static void
wrong_programs_are_refused(void **state)
{
	(void)state;
	static const struct { struct vigie_setting more; const char *program, *text; } cases[] = {
		{ { "test", "x", "" }, "{title: .t", "syntax error, unexpected $end, expecting '}'" },
		{ { "test", "x", "" }, ".a)", "syntax error, unexpected INVALID_CHARACTER" },
		{ { "test", "x", "" }, "", "syntax error" },
		{ { "test", "x", "" }, "titre", "titre/0 is not defined" },
		{ { "test", "x", "" }, ".a |\n titre", "titre/0 is not defined (line 2)" },
		{ { "test", "x", "" }, "$__prog_args", "$__prog_args is not defined" },
		{ { "test", "x", "" }, "import \"a\" as a; .", "a program cannot import or include others" },
		{ { "map", "title", "/t" }, ".", "[jq] says already what the columns are: take it out here, or take out [jq]" },
		{ { "test", "places", "/p" }, ".", "[jq] makes the listings: write .NAME[] in its program instead" },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct vigie_setting settings[] = { { "test", "id", "/id" }, { "jq", "program", cases[i].program },
			cases[i].more };
		struct rig r;
		rig_open(&r, &rig_host, settings, 3, NULL);
		assert_null(r.record);
		if (strncmp(r.complaint.text, cases[i].text, strlen(cases[i].text)) != 0)
			fail_msg("\"%s\" for \"%s\"", r.complaint.text, cases[i].program);
		rig_close(&r);
	}
}

/* ---- remarks */

static const char rich[] = "{\"id\":7,\"location\":{\"latitude\":44.5,\"longitude\":0.2,\"address\":null},"
    "\"price\":{\"amount\":5},\"empty\":\"\",\"list\":[],\"images\":[{\"url\":\"u\"}],\"nom\":\"Gîte\","
    "\"texts\":[{\"locale\":\"de\",\"t\":\"x\"},{\"locale\":\"en\",\"t\":\"y\"}],\"days\":\"a#b\"}";

static const struct { const char *expression, *remark; } remarks[] = {
	{ "/location/lattitude", "there is no \"lattitude\" in /location; it has latitude, longitude, address; "
	    "did you mean \"latitude\"?" },
	{ "location.lat", "there is no \"lat\" in /location; it has latitude, longitude, address; did you mean \"latitude\"?" },
	{ "/name", "there is no \"name\" in the item; it has id, location, price, empty, list, images, nom, texts, days" },
	{ "/price", "/price is an object, {\"amount\":5}; a value in it is /price/amount" },
	{ "/location/address", "/location/address is null" },
	{ "/location/address/street", "/location/address is null" },
	{ "/empty", "/empty is an empty text" },
	{ "/list/*", "/list is an array of 0" },
	{ "/images/3/url", "/images is an array of 1" },
	{ "/images/url", "/images is an array of 1: its first is /0, all of them are /*" },
	{ "/images/*/href", "there is no \"href\" in /images/*; it has url" },
	{ "/nom/fr", "/nom is a text, \"Gîte\"" },
	{ "/texts/[locale=fr]/t", "no element of /texts has locale = fr; there is \"de\", \"en\"" },
	{ "/texts/[lang=fr]/t", "no element of /texts has lang = fr; none has \"lang\"" },
	{ "/days/[split=#]/5", "/days has no such part: \"a#b\"" },
	{ "@/city", "there are no places in this item" },
	{ "/empty | /prise", "/empty is an empty text | there is no \"prise\" in the item; it has id, location, price, empty, "
	    "list, images, nom, texts, days; did you mean \"price\"?" },
	{ "\"https://x.fr/{/nom}/{/emty}\"", "there is no \"emty\" in the item; it has id, location, price, empty, list, "
	    "images, nom, texts, days; did you mean \"empty\"?" },
	{ "join(\", \", /empty, /list)", "/empty is an empty text" },
};

static void
what_finds_nothing_is_explained(void **state)
{
	(void)state;
	struct vigie_setting settings[] = { { "test", "id", "/id" }, { "map", "locality", NULL } };
	for (size_t i = 0; i < sizeof remarks / sizeof *remarks; i++) {
		struct rig r;
		struct buf want = BUF_INIT;
		settings[1].value = remarks[i].expression;
		rig_open(&r, &rig_curious_host, settings, 2, defaults);
		buf_fmt(&want, "listing id=7\nlocality: %s\n", remarks[i].remark);
		assert_string_equal(rig_read(&r, rich), buf_cstr(&want));
		buf_done(&want);
		rig_close(&r);
	}
}

static void
identifiers_and_places_are_explained(void **state)
{
	(void)state;
	static const struct vigie_setting settings[] = { { "test", "id", "/uid" }, { "test", "places", "/adresses" },
		{ "test", "place_id", "@/no" } };
	struct rig r;
	rig_open(&r, &rig_curious_host, settings, 3, NULL);
	assert_string_equal(rig_read(&r, "{\"id\":7}"), "id: there is no \"uid\" in the item; it has id; did you mean \"id\"?\n"
	    "rejected : the item has no identifier\n");
	assert_string_equal(rig_read(&r, "{\"uid\":7}"), "places: there is no \"adresses\" in the item; it has uid\nlisting id=7\n");
	assert_string_equal(rig_read(&r, "{\"uid\":7,\"adresses\":[{\"n\":1}]}"), "place_id: there is no \"no\" in the place; "
	    "it has n\nrejected 7: a place has no identifier\n");
	rig_close(&r);
}

static const struct {
	const char *places, *said;
} all_places[] = {
	{ "[{\"id\":5},{\"id\":6}]", "listing id=1/5\nlisting id=1/6\n" },
	{ "{\"id\":5}", "listing id=1/5\n" },
	{ "[]", "listing id=1\n" },
	{ "{}", "listing id=1\n" },
	{ "null", "listing id=1\n" },
	{ "false", "listing id=1\n" },
	{ "\"\"", "listing id=1\n" },
	{ "{\"5\":{},\"6\":{}}", "rejected 1: a place has no identifier\n" },
	{ "\"x\"", "rejected 1: a place has no identifier\n" },
	{ "3", "rejected 1: a place has no identifier\n" },
	{ "true", "rejected 1: a place has no identifier\n" },
	{ "[{\"id\":5},{}]", "listing id=1/5\nrejected 1: a place has no identifier\n" },
};

static void
one_place_is_a_list_too(void **state)
{
	(void)state;
	static const struct vigie_setting settings[] = { { "test", "id", "/id" }, { "test", "places", "/pl" },
		{ "test", "place_id", "@/id" } };
	struct rig r;
	rig_open(&r, &rig_host, settings, 3, NULL);
	for (size_t i = 0; i < sizeof all_places / sizeof *all_places; i++) {
		char text[128];
		(void)snprintf(text, sizeof text, "{\"id\":1,\"pl\":%s}", all_places[i].places);
		assert_string_equal(rig_read(&r, text), all_places[i].said);
	}
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_have_defaults),
		cmocka_unit_test(the_partners_file_comes_first),
		cmocka_unit_test(an_identifier_is_needed),
		cmocka_unit_test(programs_make_listings),
		cmocka_unit_test(results_are_limited),
		cmocka_unit_test(wrong_programs_are_refused),
		cmocka_unit_test(what_finds_nothing_is_explained),
		cmocka_unit_test(identifiers_and_places_are_explained),
		cmocka_unit_test(one_place_is_a_list_too),
	};
	scratch_init();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	scratch_done();
	return failed;
}
