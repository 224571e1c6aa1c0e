/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV: as RFC 4180 has it, and as Excel in French opens it by a double click
 * (semicolons, a mark that says UTF-8, decimal commas, dates without letters).
 *
 * A spreadsheet takes text that begins with = + - @ for a formula, and what a
 * partner sends may be one: such text gets an apostrophe before it.  Numbers
 * stay numbers.
 */
#ifndef VIGIE_REPRESENT_CSV_H
#define VIGIE_REPRESENT_CSV_H

#include "represent/represent.h"

void csv_begin(struct buf *out, const struct represent *r);
void csv_item(struct buf *out, const struct represent *r, const struct listing_row *row);
void csv_excel_begin(struct buf *out, const struct represent *r);
void csv_excel_item(struct buf *out, const struct represent *r, const struct listing_row *row);

#endif
