/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "watch/document.h"
#include "watch/notice.h"
#include "watch/registry.h"

#define COUNT(table) (sizeof (table) / sizeof (table)[0])
#define SIREN "000000018"

static void
assert_day(int64_t t_ms, const char *day)
{
	char text[TIME_TEXT_MAX];
	text[0] = '\0';
	(void)time_text(t_ms, text);
	text[10] = '\0';
	assert_string_equal(text, day);
}

/* ---- domain names */

static struct rdap_reading
rdap(const char *members)
{
	struct buf json = BUF_INIT;
	struct rdap_reading reading;
	struct error err = ERROR_INIT;
	buf_fmt(&json, "{\"objectClassName\":\"domain\",\"ldhName\":\"roulotte.example\",%s}", members);
	if (rdap_read(200, json.data, json.len, &reading, &err) != 0)
		fail_msg("%s: %s", members, err.text);
	buf_done(&json);
	return reading;
}

static void
test_rdap(void **state)
{
	(void)state;
	struct rdap_reading r = rdap("\"status\":[\"active\"],\"events\":["
	    "{\"eventAction\":\"registration\",\"eventDate\":\"2016-02-10T09:00:00Z\"},"
	    "{\"eventAction\":\"reregistration\",\"eventDate\":\"2021-03-11T09:00:00+01:00\"},"
	    "{\"eventAction\":\"expiration\",\"eventDate\":\"2027-02-10T09:00:00Z\"},"
	    "{\"eventAction\":\"last changed\",\"eventDate\":\"2030-01-01T00:00:00Z\"}],"
	    "\"nameservers\":[{\"ldhName\":\"ns1.hebergeur.example\"}]");
	assert_true(r.registered);
	assert_false(r.redemption || r.on_hold || r.parked);
	assert_day(r.registered_ms, "2021-03-11");
	assert_day(r.expires_ms, "2027-02-10");
	assert_string_equal(r.note, "active, expiration 2027-02-10");
	r = rdap("\"status\":[\"redemption period\",\"pending delete\"]");
	assert_true(r.redemption && r.registered);
	assert_string_equal(r.note, "redemption period, pending delete");
	assert_int_equal(r.expires_ms, TIME_NONE);
	assert_true(rdap("\"status\":[\"redemptionPeriod\"]").redemption);
	assert_true(rdap("\"status\":[\"client hold\",\"auto renew period\"]").on_hold);
	assert_true(rdap("\"status\":[\"serverHold\"]").on_hold);
	assert_false(rdap("\"status\":[\"client transfer prohibited\",\"on hold music\"]").on_hold);
	r = rdap("\"status\":[\"active\"],\"nameservers\":[{\"ldhName\":\"NS1.SedoParking.com.\"},{\"ldhName\":\"ns2.sedoparking.com\"}]");
	assert_true(r.parked);
	assert_string_equal(r.note, "active, NS1.SedoParking.com.");
	assert_false(rdap("\"nameservers\":[{\"ldhName\":\"ns1.notdan.com\"},{\"ldhName\":\"dan.com.example\"}]").parked);
	/* Of other types than they should be: nothing is told. */
	r = rdap("\"status\":\"redemption period\",\"events\":{},\"nameservers\":[1,null,\"x\"]");
	assert_true(r.registered);
	assert_false(r.redemption);
}

static void
test_rdap_errors(void **state)
{
	static const char *const broken[] = { "", "{", "[]", "null", "<html>", "{}", "{\"objectClassName\":\"entity\"}",
	    "{\"errorCode\":429}" };
	struct rdap_reading r = { .registered = true };
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct error err = ERROR_INIT;
		assert_int_equal(rdap_read(200, broken[i], strlen(broken[i]), &r, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_true(r.registered);
	}
	struct error err = ERROR_INIT;
	assert_int_equal(rdap_read(503, "{}", 2, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_HTTP);
	assert_int_equal(rdap_read(404, "<html>", 6, &r, NULL), 0);
	assert_false(r.registered);
	assert_int_equal(r.expires_ms, TIME_NONE);
}

static void
test_bootstrap(void **state)
{
	static const char list[] = "{\"version\":\"1.0\",\"services\":["
	    "[[\"fr\",\"re\"],[\"http://old.example/\",\"https://rdap.nic.example/fr\"]],"
	    "[[\"co.uk\"],[\"https://rdap.couk.example/\"]],[[\"uk\"],[\"https://rdap.uk.example/\"]],"
	    "[[\"bad\"],[\"ftp://x/\",\"https://a b/\",7]],[\"odd\",\"row\"],[],7]}";
	static const struct { const char *domain, *url; } cases[] = {
		{ "roulotte.fr", "https://rdap.nic.example/fr/" },
		{ "ROULOTTE.RE.", "https://rdap.nic.example/fr/" },
		{ "a.b.co.uk", "https://rdap.couk.example/" },
		{ "b.uk", "https://rdap.uk.example/" },
		{ "roulotte.bad", NULL },
		{ "roulottefr", NULL },
		{ "roulotte.example", NULL },
		{ "", NULL },
	};
	char out[64];
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct error err = ERROR_INIT;
		int rc = rdap_bootstrap(list, sizeof list - 1, cases[i].domain, out, sizeof out, &err);
		assert_int_equal(rc, cases[i].url != NULL ? 0 : -1);
		if (rc == 0)
			assert_string_equal(out, cases[i].url);
		else
			assert_int_equal(err.kind, ERROR_NOT_FOUND);
	}
	struct error err = ERROR_INIT;
	assert_int_equal(rdap_bootstrap(list, sizeof list - 1, "a.fr", out, 10, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	error_clear(&err);
	assert_int_equal(rdap_bootstrap("{}", 2, "a.fr", out, sizeof out, &err), -1);
	assert_int_equal(err.kind, ERROR_FORMAT);
}

/* ---- companies */

static struct company_reading
company(const char *siren, const char *members)
{
	struct buf json = BUF_INIT;
	struct company_reading reading;
	struct error err = ERROR_INIT;
	buf_fmt(&json, "{\"results\":[{\"siren\":\"000000026\",\"etat_administratif\":\"C\",\"nom_complet\":\"UNE AUTRE\"},"
	    "{\"siren\":\"%s\",\"nom_complet\":\"ROULOTTE INVENTEE\",%s}],\"total_results\":2}", siren, members);
	if (company_read(SIREN, json.data, json.len, &reading, &err) != 0)
		fail_msg("%s: %s", members, err.text);
	buf_done(&json);
	return reading;
}

static void
test_company(void **state)
{
	(void)state;
	struct company_reading r = company(SIREN, "\"etat_administratif\":\"A\",\"date_fermeture\":null,"
	    "\"dirigeants\":[{\"qualite\":\"Président de SAS\"}]");
	assert_true(r.known);
	assert_int_equal(r.reading, REGISTER_ACTIVE);
	assert_string_equal(r.note, "ROULOTTE INVENTEE : active");
	assert_int_equal(r.since_ms, TIME_NONE);
	r = company(SIREN, "\"etat_administratif\":\"C\",\"date_fermeture\":\"2026-05-31\",\"dirigeants\":[{\"qualite\":\"Liquidateur\"}]");
	assert_int_equal(r.reading, REGISTER_CEASED);
	assert_day(r.since_ms, "2026-05-31");
	assert_string_equal(r.note, "ROULOTTE INVENTEE : cessée le 2026-05-31");
	r = company(SIREN, "\"etat_administratif\":\"A\",\"dirigeants\":[{\"qualite\":null},{\"qualite\":\"Liquidateur amiable\"}]");
	assert_int_equal(r.reading, REGISTER_LIQUIDATION);
	/* An establishment that is closed, another company, one that may not be shown. */
	r = company(SIREN, "\"etat_administratif\":\"A\",\"siege\":{\"etat_administratif\":\"F\"}");
	assert_int_equal(r.reading, REGISTER_ACTIVE);
	assert_false(company("000000034", "\"etat_administratif\":\"C\"").known);
	assert_false(company(SIREN, "\"etat_administratif\":null").known);
}

static void
test_company_errors(void **state)
{
	static const char none[] = "{\"results\":[],\"total_results\":0,\"page\":1}";
	static const char *const broken[] = { "", "{\"erreur\":\"non\"}", "{\"results\":{},\"total_results\":1}",
	    "{\"results\":[]}", "{\"results\":[],\"total_results\":\"x\"}", "[[[", "\"x\"" };
	struct company_reading r = { .known = true };
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct error err = ERROR_INIT;
		assert_int_equal(company_read(SIREN, broken[i], strlen(broken[i]), &r, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
		assert_true(r.known);
	}
	assert_int_equal(company_read(SIREN, none, sizeof none - 1, &r, NULL), 0);
	assert_false(r.known);
}

static void
test_siren(void **state)
{
	(void)state;
	assert_true(siren_valid(SIREN));
	assert_true(siren_valid("000000026"));
	assert_true(siren_valid("732829320"));
	assert_false(siren_valid("732829321"));
	assert_false(siren_valid("73282932"));
	assert_false(siren_valid("7328293200"));
	assert_false(siren_valid("73282932x"));
	assert_false(siren_valid(""));
}

/* ---- the legal gazette */

/* One notice: number within issue 2026NNNN of part B, day, and the rest. */
#define NOTICE(kind, family, number, day, rest) \
	"{\"id\":\"B2026" number "\",\"publicationavis\":\"B\",\"parution\":\"2026" number "\",\"dateparution\":\"2026-" day "\"," \
	"\"numeroannonce\":" number ",\"typeavis\":\"" kind "\",\"familleavis\":\"" family "\"," \
	"\"registre\":[\"000 000 018\",\"000000018\"]" rest "}"
#define JUDGEMENT(nature, day) ",\"jugement\":\"{\\\"type\\\":\\\"initial\\\",\\\"nature\\\":\\\"" nature \
	"\\\",\\\"date\\\":\\\"2026-" day "\\\",\\\"complementJugement\\\":\\\"\\\"}\""
#define NAMES(number) ",\"parutionavisprecedent\":\"{\\\"nomPublication\\\":\\\"BODACC B\\\",\\\"numeroParution\\\":\\\"2026" \
	number "\\\",\\\"dateParution\\\":\\\"08/07/2026\\\",\\\"numeroAnnonce\\\":\\\"" number "\\\"}\""
#define STRIKE ",\"radiationaurcs\":\"{\\\"radiationPM\\\":\\\"O\\\"}\""

#define LIQUIDATION "Jugement d'ouverture de liquidation judiciaire"
#define RESCUE "Jugement d'ouverture d'une procédure de redressement judiciaire"

static struct company_reading
gazette(const char *notices)
{
	struct buf json = BUF_INIT;
	struct company_reading reading;
	struct error err = ERROR_INIT;
	buf_fmt(&json, "{\"total_count\":9,\"results\":[%s]}", notices);
	if (gazette_read(SIREN, json.data, json.len, &reading, &err) != 0)
		fail_msg("%s: %s", notices, err.text);
	buf_done(&json);
	return reading;
}

static void
test_judgements(void **state)
{
	static const struct { const char *nature; enum register_reading reading; } cases[] = {
		{ LIQUIDATION, REGISTER_LIQUIDATION },
		{ "Jugement de conversion en liquidation judiciaire de la procédure de redressement judiciaire", REGISTER_LIQUIDATION },
		{ "Jugement prononçant la résolution du plan de redressement et la liquidation judiciaire", REGISTER_LIQUIDATION },
		{ RESCUE, REGISTER_RESCUE },
		{ "Jugement d'ouverture d'une procédure de sauvegarde", REGISTER_RESCUE },
		{ "Jugement arrêtant le plan de redressement", REGISTER_RESCUE },
		{ "Jugement de plan de cession", REGISTER_RESCUE },
		{ "Arrêt de la cour d'appel infirmant la liquidation judiciaire", REGISTER_RESCUE },
		{ "Jugement de clôture pour insuffisance d'actif", REGISTER_CEASED },
		{ "JUGEMENT DE CLÔTURE POUR INSUFFISANCE D’ACTIF", REGISTER_CEASED },
		{ "Jugement mettant fin à la procédure de redressement judiciaire", REGISTER_ACTIVE },
		{ "Jugement de clôture pour extinction du passif", REGISTER_ACTIVE },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct buf notice = BUF_INIT;
		buf_fmt(&notice, "{\"id\":\"A20260001\",\"dateparution\":\"2026-06-23\",\"typeavis\":\"annonce\",\"familleavis\":\"collective\","
		    "\"registre\":\"000 000 018,000000018\",\"jugement\":{\"nature\":\"%s\",\"date\":\"2026-06-12\"}}", cases[i].nature);
		struct company_reading r = gazette(notice.data);
		if (!r.known || r.reading != cases[i].reading)
			fail_msg("%s: %d", cases[i].nature, (int)r.reading);
		buf_done(&notice);
	}
	assert_false(gazette(NOTICE("annonce", "collective", "0101", "06-23", JUDGEMENT("Jugement de faillite personnelle", "06-01"))).known);
}

static void
test_gazette(void **state)
{
	(void)state;
	struct company_reading r = gazette(NOTICE("annonce", "collective", "0120", "06-23", JUDGEMENT(LIQUIDATION, "06-12")));
	assert_true(r.known);
	assert_day(r.since_ms, "2026-06-12");
	assert_string_equal(r.note, LIQUIDATION ", 2026-06-12 (BODACC B20260120)");
	r = gazette(NOTICE("annonce", "radiation", "0130", "07-08", STRIKE));
	assert_int_equal(r.reading, REGISTER_CEASED);
	assert_day(r.since_ms, "2026-07-08");
	r = gazette(NOTICE("annonce", "radiation", "0130", "07-08",
	    ",\"radiationaurcs\":\"{\\\"radiationPP\\\":{\\\"dateCessationActivitePP\\\":\\\"2026-06-30\\\"}}\""));
	assert_day(r.since_ms, "2026-06-30");
	r = gazette(NOTICE("annonce", "dpc", "0150", "08-05", ",\"jugement\":null"));
	assert_true(r.known);
	assert_int_equal(r.reading, REGISTER_ACTIVE);
	assert_int_equal(r.since_ms, TIME_NONE);
	r = gazette(NOTICE("annonce", "modification", "0150", "08-05",
	    ",\"modificationsgenerales\":\"{\\\"descriptif\\\":\\\"Dissolution de la société, nomination du liquidateur\\\"}\""));
	assert_int_equal(r.reading, REGISTER_LIQUIDATION);
	assert_false(gazette(NOTICE("annonce", "vente", "0150", "08-05", "")).known);
	assert_false(gazette("").known);
	/* Of somebody else. */
	assert_false(gazette("{\"familleavis\":\"radiation\",\"registre\":[\"000 000 026\"]},"
	    "{\"familleavis\":\"radiation\",\"registre\":\"1000000018, 0000000181\"},{\"familleavis\":\"radiation\"},7").known);
}

/* The order of the answer does not matter. */
static void
test_gazette_order(void **state)
{
	(void)state;
	struct company_reading r = gazette(
	    NOTICE("annonce", "dpc", "0160", "09-01", "") ","
	    NOTICE("annonce", "collective", "0150", "08-01", JUDGEMENT(LIQUIDATION, "07-20")) ","
	    NOTICE("annonce", "collective", "0050", "03-01", JUDGEMENT(RESCUE, "02-20")));
	assert_int_equal(r.reading, REGISTER_LIQUIDATION);
	r = gazette(NOTICE("annonce", "collective", "0050", "03-01", JUDGEMENT(LIQUIDATION, "02-20")) ","
	    NOTICE("annonce", "collective", "0150", "08-01", JUDGEMENT(RESCUE, "07-20")));
	assert_int_equal(r.reading, REGISTER_RESCUE);
	r = gazette(NOTICE("annonce", "immatriculation", "0170", "10-01", "") "," NOTICE("annonce", "radiation", "0130", "07-08", STRIKE));
	assert_int_equal(r.reading, REGISTER_ACTIVE);
	r = gazette(NOTICE("annonce", "collective", "0140", "08-01", JUDGEMENT("Clôture pour extinction du passif", "07-20")) ","
	    NOTICE("annonce", "collective", "0130", "07-08", JUDGEMENT(LIQUIDATION, "07-01")));
	assert_int_equal(r.reading, REGISTER_LIQUIDATION);
}

static void
test_gazette_corrections(void **state)
{
	(void)state;
	struct company_reading r = gazette(
	    NOTICE("annulation", "radiation", "0131", "07-09", STRIKE NAMES("0130")) ","
	    NOTICE("annonce", "radiation", "0130", "07-08", STRIKE));
	assert_true(r.known);
	assert_int_equal(r.reading, REGISTER_ACTIVE);
	assert_string_equal(r.note, "Avis annulé le 2026-07-09");
	/* What was there before stays; another notice is not cancelled. */
	r = gazette(NOTICE("annulation", "radiation", "0131", "07-09", STRIKE NAMES("0130")) ","
	    NOTICE("annonce", "radiation", "0130", "07-08", STRIKE) ","
	    NOTICE("annonce", "collective", "0120", "06-23", JUDGEMENT(RESCUE, "06-12")));
	assert_int_equal(r.reading, REGISTER_RESCUE);
	r = gazette(NOTICE("annulation", "radiation", "0131", "07-09", STRIKE NAMES("0129")) ","
	    NOTICE("annonce", "radiation", "0130", "07-08", STRIKE));
	assert_int_equal(r.reading, REGISTER_CEASED);
	assert_false(gazette(NOTICE("annulation", "radiation", "0131", "07-09", STRIKE NAMES("0129"))).known);
	/* A correction stands where the first one stood: before the rescue. */
	r = gazette(NOTICE("rectificatif", "collective", "0131", "07-09", JUDGEMENT(LIQUIDATION, "02-10") NAMES("0030")) ","
	    NOTICE("annonce", "collective", "0120", "06-23", JUDGEMENT(RESCUE, "06-12")) ","
	    NOTICE("annonce", "collective", "0030", "02-20", JUDGEMENT(RESCUE, "02-10")));
	assert_int_equal(r.reading, REGISTER_RESCUE);
	r = gazette(NOTICE("rectificatif", "collective", "0131", "07-09", JUDGEMENT(RESCUE, "02-10") NAMES("0130")) ","
	    NOTICE("annonce", "collective", "0130", "07-08", JUDGEMENT(LIQUIDATION, "02-10")));
	assert_int_equal(r.reading, REGISTER_RESCUE);
	/* And is itself cancelled, by either name. */
	r = gazette(NOTICE("annulation", "collective", "0140", "07-20", NAMES("0130")) ","
	    NOTICE("rectificatif", "collective", "0131", "07-09", JUDGEMENT(LIQUIDATION, "02-10") NAMES("0130")) ","
	    NOTICE("annonce", "collective", "0130", "07-08", JUDGEMENT(LIQUIDATION, "02-11")));
	assert_int_equal(r.reading, REGISTER_ACTIVE);
}

static void
test_gazette_errors(void **state)
{
	static const char *const broken[] = { "", "{\"error_code\":\"ODSQLError\"}", "{\"results\":7}", "<html>", "[]" };
	struct company_reading r = { .known = true };
	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++) {
		struct error err = ERROR_INIT;
		assert_int_equal(gazette_read(SIREN, broken[i], strlen(broken[i]), &r, &err), -1);
		assert_int_equal(err.kind, ERROR_FORMAT);
	}
	/* JSON inside strings that is none. */
	assert_false(gazette(NOTICE("annonce", "collective", "0120", "06-23", ",\"jugement\":\"{oups\"")).known);
	assert_false(gazette(NOTICE("annulation", "collective", "0120", "06-23", ",\"parutionavisprecedent\":\"[]\"")).known);
	assert_int_equal(gazette(NOTICE("annonce", "radiation", "0120", "06-23", ",\"radiationaurcs\":5")).reading, REGISTER_CEASED);
}

static void
test_limits(void **state)
{
	struct buf deep = BUF_INIT, large = BUF_INIT;
	struct error err = ERROR_INIT;
	struct company_reading r;
	(void)state;
	buf_str(&deep, "{\"results\":");
	for (int i = 0; i < 100000; i++)
		buf_char(&deep, '[');
	assert_int_equal(gazette_read(SIREN, deep.data, deep.len, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	error_clear(&err);
	while (large.len <= DOCUMENT_BYTES_MAX)
		buf_str(&large, "{\"results\":[],\"total_results\":0}                                ");
	assert_int_equal(company_read(SIREN, large.data, large.len, &r, &err), -1);
	assert_int_equal(err.kind, ERROR_LIMIT);
	error_clear(&err);
	/* Brackets in a string are no depth; more notices than are read. */
	buf_clear(&large);
	buf_str(&large, "{\"results\":[{\"x\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}");
	for (int i = 0; i < 200; i++)
		buf_str(&large, "," NOTICE("annonce", "dpc", "0160", "09-01", ""));
	buf_str(&large, "]}");
	assert_int_equal(gazette_read(SIREN, large.data, large.len, &r, &err), 0);
	assert_true(r.known);
	buf_done(&deep);
	buf_done(&large);
}

/* ---- headers that give notice */

static void
test_notice(void **state)
{
	static const struct { const char *sunset, *deprecation; const char *sunset_day; bool deprecated; const char *since; } cases[] = {
		{ "", "", "", false, "" },
		{ "Tue, 30 Jun 2026 23:59:59 GMT", "@1767225600", "2026-06-30", true, "2026-01-01" },
		{ "Tuesday, 30-Jun-26 23:59:59 GMT", "true", "2026-06-30", true, "" },
		{ "Tue Jun 30 23:59:59 2026", " ?1", "2026-06-30", true, "" },
		{ "", "Thu, 01 Jan 2026 00:00:00 GMT", "", true, "2026-01-01" },
		{ "soon", "false", "", false, "" },
		{ "@1767225600", "@1767225600;x=1", "", true, "2026-01-01" },
		{ "", "@", "", false, "" },
		{ "", "@99999999999999999999", "", false, "" },
		{ "", "@-1", "", false, "" },
		{ "", "?0", "", false, "" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct notice n;
		notice_read(cases[i].sunset, cases[i].deprecation, &n);
		assert_day(n.sunset_ms, cases[i].sunset_day);
		assert_int_equal(n.deprecated, cases[i].deprecated);
		assert_day(n.deprecated_ms, cases[i].since);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rdap),
		cmocka_unit_test(test_rdap_errors),
		cmocka_unit_test(test_bootstrap),
		cmocka_unit_test(test_company),
		cmocka_unit_test(test_company_errors),
		cmocka_unit_test(test_siren),
		cmocka_unit_test(test_judgements),
		cmocka_unit_test(test_gazette),
		cmocka_unit_test(test_gazette_order),
		cmocka_unit_test(test_gazette_corrections),
		cmocka_unit_test(test_gazette_errors),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_notice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
