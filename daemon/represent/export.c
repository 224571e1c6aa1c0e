/* SPDX-License-Identifier: Apache-2.0 */
#include "represent/export.h"

/* Rows that one question looks at, also when the format takes few of them. */
enum { PIECE_BYTES = 256 * 1024, PIECE_ROWS = 4096 };

int
export_piece(struct export *x, struct catalogue *c, struct buf *out, bool *ret_more, struct error *err)
{
	struct listing_row row;
	size_t start = out->len;
	int rc = 0;
	uint64_t rows = 0;
	if (!x->begun)
		represent_begin(x->format, out, &x->document);
	x->begun = true;
	x->filter.limit = PIECE_ROWS;
	struct reading *r = reading_open(c, &x->filter, x->tally, err);
	if (r == NULL)
		return -1;
	while (out->len - start < PIECE_BYTES && (rc = reading_next(r, &row, err)) == 1) {
		represent_item(x->format, out, &x->document, &row);
		x->filter.after_row = row.row;
		rows++;
	}
	reading_close(r);
	if (rc < 0)
		return -1;
	*ret_more = rc == 1 || rows == PIECE_ROWS;
	if (!*ret_more)
		represent_end(x->format, out, &x->document);
	return 0;
}
