/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every locale but "C" and "C.UTF-8" may be missing here.  In "C" gettext
 * translates nothing: English, the language of the sources.  In any other one
 * LANGUAGE says what to translate to, which letter_language() has set.
 */
#include "alert/speech.h"

#include <stdlib.h>
#include <string.h>

#include "base/poison.h"

const char *
speech_locale(const char *language)
{
	return strcmp(language, "en") == 0 ? "C" : "C.UTF-8";
}

void
speech_begin(struct speech *s, const char *language)
{
	s->own = newlocale(LC_MESSAGES_MASK, speech_locale(language), (locale_t)0);
	if (s->own == (locale_t)0)	/* letter_language() has seen that it is there */
		abort();
	s->before = uselocale(s->own);
}

void
speech_end(struct speech *s)
{
	(void)uselocale(s->before);
	freelocale(s->own);
}
