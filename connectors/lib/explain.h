/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why an expression found nothing, for whoever tries a partner's file: what
 * stands where instead.
 *
 *	/location/lat: there is no "lat" in /location; it has latitude, longitude
 *	/price: this is an object, {"amount":5}; write /price/amount
 */
#ifndef VIGIE_LIB_EXPLAIN_H
#define VIGIE_LIB_EXPLAIN_H

#include "lib/expr.h"

/* One line, appended.  For an expression that had no value in this scope. */
void explain(const struct expr *e, const struct expr_scope *scope, struct buf *out);

/* What stands there in a document instead of what was wanted: names only, like
 * the next. */
void explain_wrong(const struct expr *e, const cJSON *root, struct buf *out);

/* Why there are no items where `pointer` (lib/frame.h) says, in a document.  Only
 * names are told, as this goes into the ledger and into letters. */
void explain_items(const char *pointer, const cJSON *root, struct buf *out);

#endif
