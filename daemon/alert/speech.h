/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Another language than that of letters, on one thread.  Letters have one for
 * the whole process (letter_language()); a page speaks that of whoever
 * reads it, on a thread that reads for others next.
 */
#ifndef VIGIE_ALERT_SPEECH_H
#define VIGIE_ALERT_SPEECH_H

#include <locale.h>

struct speech {
	locale_t own, before;
};

/* _(), n_() and all the words of letter_words.h are in `language` ("fr", "en") on this thread, until
 * speech_end() on the same one.  letter_language() was called before. */
void speech_begin(struct speech *s, const char *language);
void speech_end(struct speech *s);

/* The locale in which gettext gives that language. */
const char *speech_locale(const char *language);

#endif
