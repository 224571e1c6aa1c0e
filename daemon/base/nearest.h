/* SPDX-License-Identifier: Apache-2.0 */
/* « Did you mean … ? » */
#ifndef VIGIE_BASE_NEAREST_H
#define VIGIE_BASE_NEAREST_H

/* The nearest of `names` (NULL-terminated) to `typed`, or NULL if none is near:
 * Damerau-Levenshtein distance without regard to case, at most a third of the
 * letters of the longer one.  The first of equals wins.  If none is near, the first
 * that begins with it, of three letters and more.  Borrowed. */
const char *nearest_name(const char *typed, const char *const *names);

#endif
