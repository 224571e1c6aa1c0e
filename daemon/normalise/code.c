/* SPDX-License-Identifier: Apache-2.0 */
#include "normalise/code.h"

#include "base/buf.h"
#include "normalise/text.h"

static const struct {
	const char *name, *code;
} countries[] = {
	{ "france", "FR" }, { "fra", "FR" }, { "belgique", "BE" }, { "belgium", "BE" }, { "bel", "BE" },
	{ "suisse", "CH" }, { "switzerland", "CH" }, { "che", "CH" }, { "luxembourg", "LU" }, { "lux", "LU" },
	{ "espagne", "ES" }, { "spain", "ES" }, { "españa", "ES" }, { "esp", "ES" }, { "italie", "IT" },
	{ "italy", "IT" }, { "italia", "IT" }, { "ita", "IT" }, { "allemagne", "DE" }, { "germany", "DE" },
	{ "deutschland", "DE" }, { "deu", "DE" }, { "pays-bas", "NL" }, { "netherlands", "NL" },
	{ "nederland", "NL" }, { "nld", "NL" }, { "portugal", "PT" }, { "prt", "PT" }, { "royaume-uni", "GB" },
	{ "united kingdom", "GB" }, { "gbr", "GB" }, { "uk", "GB" }, { "monaco", "MC" }, { "andorre", "AD" },
};

static bool
is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

bool
code_language(const char *s, size_t len, char ret[3])
{
	if (len > 0 && s[0] == '@') {	/* as in RDF */
		s++;
		len--;
	}
	if (len < 2 || !is_letter(s[0]) || !is_letter(s[1]) || (len > 2 && s[2] != '-' && s[2] != '_'))
		return false;
	ret[0] = s[0];
	ret[1] = s[1];
	ret[2] = '\0';
	return true;
}

bool
code_country(const char *s, size_t len, char ret[3])
{
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
		if (text_is(s, len, countries[i].name)) {
			memcpy(ret, countries[i].code, 3);
			return true;
		}
	if (len != 2 || !is_letter(s[0]) || !is_letter(s[1]))
		return false;
	ret[0] = (char)(s[0] - 'a' + 'A');
	ret[1] = (char)(s[1] - 'a' + 'A');
	ret[2] = '\0';
	return true;
}
