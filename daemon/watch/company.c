/* SPDX-License-Identifier: Apache-2.0 */
/* Companies: recherche-entreprises.api.gouv.fr, which reads Sirene and RNE. */
#include "base/buf.h"
#include "base/clock.h"
#include "watch/document.h"
#include "watch/registry.h"

enum { SIREN_DIGITS = 9, NAME_SHOWN_MAX = 60 };

bool
siren_valid(const char *text)
{
	int sum = 0;
	if (strlen(text) != SIREN_DIGITS || strspn(text, "0123456789") != SIREN_DIGITS)
		return false;
	for (int i = 0; i < SIREN_DIGITS; i++) {
		int digit = text[i] - '0';
		if (i % 2 == 1 && (digit *= 2) > 9)
			digit -= 9;
		sum += digit;
	}
	return sum % 10 == 0;
}

static const cJSON *
find_company(const cJSON *results, const char *siren)
{
	const cJSON *company;
	cJSON_ArrayForEach(company, results)
		if (strcmp(document_text(company, "siren"), siren) == 0)
			return company;
	return NULL;
}

static bool
has_liquidator(const cJSON *company)
{
	const cJSON *person;
	cJSON_ArrayForEach(person, document_array(company, "dirigeants"))
		if (strcasestr(document_text(person, "qualite"), "liquidateur") != NULL)
			return true;
	return false;
}

static void
read_company(const cJSON *company, struct company_reading *ret)
{
	struct buf note = BUF_INIT;
	const char *state = document_text(company, "etat_administratif");
	document_quote(&note, document_text(company, "nom_complet"), NAME_SHOWN_MAX);
	if (strcmp(state, "C") == 0) {
		ret->reading = REGISTER_CEASED;
		ret->since_ms = document_date(company, "date_fermeture");
		buf_str(&note, " : cessée");
		document_day(&note, " le ", ret->since_ms);
	} else if (has_liquidator(company)) {
		ret->reading = REGISTER_LIQUIDATION;
		buf_str(&note, " : active, avec un liquidateur");
	} else {
		ret->reading = REGISTER_ACTIVE;
		buf_str(&note, " : active");
	}
	/* "[ND]", or nothing, where the company may not be shown. */
	ret->known = strcmp(state, "C") == 0 || strcmp(state, "A") == 0;
	document_note(ret->note, sizeof ret->note, &note);
	buf_done(&note);
}

int
company_read(const char *siren, const char *json, size_t len, struct company_reading *ret, struct error *err)
{
	struct company_reading reading = { .since_ms = TIME_NONE };
	cJSON *document = document_parse(json, len, err);
	if (document == NULL)
		return error_context(err, "company register");
	const cJSON *results = document_array(document, "results");
	if (results == NULL || document_number(document, "total_results") < 0) {
		cJSON_Delete(document);
		return error_set(err, ERROR_FORMAT, "company register: not the list that was expected");
	}
	const cJSON *company = find_company(results, siren);
	if (company != NULL)
		read_company(company, &reading);
	*ret = reading;
	cJSON_Delete(document);
	return 0;
}
