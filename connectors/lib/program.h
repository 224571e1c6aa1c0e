/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program in jq (libjq 1.5 and later) that is run on one item after the
 * other.
 *
 * It is part of the partner's file, so it is trusted as far as that is; but it
 * sees the item and nothing else: the environment, other inputs, modules, the
 * clock and what ends a process are errors.  (libjq itself reads ~/.jq, which
 * belongs to whoever runs us.)  Numbers are doubles in there, of which 15 digits
 * are sure.  A program that never ends cannot be stopped: only how many results it
 * may give has a limit.
 */
#ifndef VIGIE_LIB_PROGRAM_H
#define VIGIE_LIB_PROGRAM_H

#include "base/buf.h"

enum { PROGRAM_RESULTS_MAX = 1000 };	/* of one item */
/* In one item: an array or object takes libjq 500 bytes, however small. */
enum { PROGRAM_VALUES_MAX = 200000 };

struct program;

/* NULL with `problem` filled in: libjq's own words. */
struct program *program_new(const char *text, char *problem, size_t problem_size);
void program_free(struct program *p);	/* takes NULL */

/* The next item: JSON text that base/json_check.h let pass.  What is left of the one
 * before is forgotten. */
void program_start(struct program *p, const char *json, size_t len);
/* 1 and *ret holds the text of the next result; 0: that was all; -1: *ret says
 * what is wrong, and there are no more. */
int program_next(struct program *p, struct buf *ret);

#endif
