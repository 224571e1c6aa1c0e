/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The expressions of a partner's [map]: where in an item a value is.
 *
 *	EXPRESSION  = ALTERNATIVE *( " | " ALTERNATIVE )	the first that has a value
 *	ALTERNATIVE = POINTER / QUOTED / JOIN
 *	POINTER     = [ "@" ] *( "/" SEGMENT )		RFC 6901; "@" starts at the place
 *	SEGMENT     = name / index / "[name=value]" / "*" / "#" / "[split=separator]"
 *	QUOTED      = '"' text with {POINTER} placeholders '"'	none if one of them has no value
 *	JOIN        = 'join("' separator '"' 1*( "," POINTER ) ")"	of those that have a value
 *
 * A pointer of at least two parts may also be written with dots, as other tools
 * do: « descriptions[locale=fr].title » is « /descriptions/[locale=fr]/title »,
 * « images[0].url » is « /images/0/url ».
 *
 * "[name=value]" is the first element whose member `name` (or, as in
 * [type/id=205], one inside of it) has that value, "*" all elements (texts
 * joined with ", "), "-1" the last of them, "#" their number; "[split=…]" takes a packed text apart
 * (lib/split.h) and is the last but for its parts.  An object or array
 * of languages gives the text in the first language of the list that it has.
 */
#ifndef VIGIE_LIB_EXPR_H
#define VIGIE_LIB_EXPR_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "vigie_connector.h"

struct expr;

struct expr_scope {
	const cJSON *item;
	const cJSON *place;		/* NULL: none */
	const char *const *languages;	/* NULL-terminated, best first */
};

/* NULL with `problem` filled in. */
struct expr *expr_new(const char *text, char *problem, size_t problem_size);
void expr_free(struct expr *e);

/* What the caller wants of a node that is an array or an object. */
enum expr_shape {
	EXPR_FIRST,	/* of an array, its first value */
	EXPR_LIST,	/* of an array, its values joined with ", " */
	EXPR_JSON	/* an array or object as it is */
};

/* False: no value (absent, null, or an empty text).  ret->value borrows from
 * the item, or from what was added to `scratch`; key and name are left alone. */
bool expr_field(const struct expr *e, const struct expr_scope *scope, enum expr_shape shape,
    struct buf *scratch, struct vigie_field *ret);
/* The same value as text, appended. */
bool expr_add(const struct expr *e, const struct expr_scope *scope, struct buf *out);

/* The value of a node that is there already; text, appended. */
bool expr_node_value(const cJSON *node, const char *const *languages, enum expr_shape shape, struct buf *out,
    enum vigie_value_type *ret_type);

/* The first node that any alternative reaches and that is not null, else the
 * first null; NULL: none. */
const cJSON *expr_node(const struct expr *e, const struct expr_scope *scope);

/* Text of a scalar node, appended; false for null, objects and arrays. */
bool expr_scalar(const cJSON *node, struct buf *out, enum vigie_value_type *ret_type);

#endif
