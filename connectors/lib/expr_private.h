/* SPDX-License-Identifier: Apache-2.0 */
/* What an expression is made of: expr_compile.c makes it, expr.c reads with it,
 * explain.c says why it found nothing; nobody else. */
#ifndef VIGIE_LIB_EXPR_PRIVATE_H
#define VIGIE_LIB_EXPR_PRIVATE_H

#include "lib/expr.h"
#include "lib/split.h"

enum { SEGMENTS_MAX = 12, ALTERNATIVES_MAX = 8 };
enum { INDEX_NONE = -1, INDEX_LAST = -2 };

enum segment_kind { SEGMENT_NAME, SEGMENT_WHERE, SEGMENT_ALL, SEGMENT_COUNT, SEGMENT_SPLIT };

struct segment {
	enum segment_kind kind;
	char *name;		/* member, or for WHERE its name */
	char *value;		/* for WHERE */
	int index;		/* of an array, when the name is a number; INDEX_NONE, INDEX_LAST */
	struct pointer *where;	/* for WHERE, when the member lies deeper: [type/id=205] */
	struct split *split;	/* the rest of the pointer, as text */
};

struct pointer {
	bool of_place;
	struct segment *segments;
	size_t n;
};

struct piece {			/* of quoted text */
	char *text;		/* NULL: the pointer */
	struct pointer pointer;
};

struct alternative {
	struct piece *pieces;	/* of quoted text or of a join; NULL: a plain pointer */
	char *separator;	/* of a join; NULL: none */
	size_t n_pieces;
	struct pointer pointer;
};

struct expr {
	struct alternative *list;
	size_t n;
};

/* One step of a pointer; NULL: nothing is there, or the segment stands for many. */
const cJSON *expr_child(const cJSON *node, const struct segment *seg);

#endif
