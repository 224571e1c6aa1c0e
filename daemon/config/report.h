/* SPDX-License-Identifier: Apache-2.0 */
/* Where the problems of one file are collected. */
#ifndef VIGIE_CONFIG_REPORT_H
#define VIGIE_CONFIG_REPORT_H

#include "config/config.h"

struct report {
	struct config_problems *problems;
	const char *file;
	const char *partner;	/* NULL: vigie.conf, or a hook's */
	const char *hook;	/* NULL: none of a hook */
};

/* Where something stands. */
struct place {
	const char *file;	/* borrowed; NULL: the file of the report */
	unsigned line;		/* 0: the file as a whole */
};

static const struct place nowhere = { NULL, 0 };

/* The text tells a person what to write instead; it never holds a secret. */
void report_problem(const struct report *r, struct place at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Sort the problems from number `first` on by line, those of other files last. */
void report_sort(const struct report *r, size_t first);

#endif
