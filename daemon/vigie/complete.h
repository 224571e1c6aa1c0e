/* SPDX-License-Identifier: Apache-2.0 */
/* What may come next on a command line: for the shell, see completion/vigie. */
#ifndef VIGIE_VIGIE_COMPLETE_H
#define VIGIE_VIGIE_COMPLETE_H

/*
 * `words` is what was typed after "vigie"; the last of them is begun, or empty.
 * Prints a line for each word that it may become, and COMPLETE_FILES where a file
 * is wanted.  Says nothing of what is wrong.
 */
void complete(int n, char *const *words, const char *config_file);

#define COMPLETE_FILES "/files"

#endif
