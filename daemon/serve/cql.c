/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text becomes a tree in an array, each node after those below it; what
 * GDAL calls <>, NOT LIKE, BETWEEN and IN is made of simpler nodes.
 */
#include "serve/cql.h"

#include <ctype.h>
#include <math.h>
#include <strings.h>

#include "base/buf.h"
#include "base/num.h"
#include "base/utf8.h"
#include "normalise/text.h"
#include "represent/column.h"
#include "represent/when.h"
#include "serve/span.h"

enum op { OP_AND, OP_OR, OP_NOT, OP_NULL, OP_EQUAL, OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL, OP_LIKE, OP_ILIKE };

enum class { CLASS_TEXT, CLASS_NUMBER, CLASS_TIME };

struct node {
	enum op op;
	int left, right;		/* AND, OR, NOT (left only) */
	const struct column *column;	/* all others, with a value */
	char *text;
	double number;
	int64_t ms;
};

struct cql {
	struct node nodes[CQL_NODES_MAX];
	int n, root;
};

static enum class
class_of(const struct column *c)
{
	switch (c->type) {
	case COLUMN_INTEGER:
	case COLUMN_REAL:
	case COLUMN_DEGREES:
	case COLUMN_PRICE:
		return CLASS_NUMBER;
	case COLUMN_TIME:
	case COLUMN_WHEN:
		return CLASS_TIME;
	case COLUMN_TEXT:
	case COLUMN_UID:
	case COLUMN_JSON:
		return CLASS_TEXT;
	}
	return CLASS_TEXT;
}

/* ---- words */

enum kind { END, WORD, NAME, STRING, NUMBER, SIGN };

struct parser {
	struct cql *q;
	const char *at;			/* behind the token */
	enum kind kind;
	const char *start;		/* of the token */
	struct buf token;		/* what it says: a string without quotes */
	int depth;
	struct error *err;
};

static int
wrong(struct parser *p, const char *wanted)
{
	if (p->kind == END)
		return error_set(p->err, ERROR_USAGE, "\"filter\" ends where %s is wanted", wanted);
	return error_set(p->err, ERROR_USAGE, "\"filter\" has \"%.40s\" where %s is wanted", p->start, wanted);
}

/* A quote within a quoted text is written twice. */
static bool
read_quoted(struct parser *p)
{
	char quote = *p->at++;
	for (;; p->at++) {
		if (*p->at == '\0')
			return false;
		if (*p->at == quote && *++p->at != quote)
			return true;
		buf_char(&p->token, *p->at);
	}
}

static void
read_while(struct parser *p, const char *also)
{
	while (*p->at != '\0' && (isalnum((unsigned char)*p->at) || strchr(also, *p->at) != NULL))
		buf_char(&p->token, *p->at++);
}

static int
next(struct parser *p)
{
	static const char *const signs[] = { "<>", "<=", ">=", "<", ">", "=", "(", ")", "," };
	p->at += strspn(p->at, " \t");
	p->start = p->at;
	buf_clear(&p->token);
	if (*p->at == '\0') {
		p->kind = END;
	} else if (*p->at == '\'' || *p->at == '"') {
		p->kind = *p->at == '\'' ? STRING : NAME;
		if (!read_quoted(p))
			return error_set(p->err, ERROR_USAGE, "\"filter\" has a quote without its end: %.40s", p->start);
	} else if (isalpha((unsigned char)*p->at) || *p->at == '_') {
		p->kind = WORD;
		read_while(p, "_");
	} else if (isdigit((unsigned char)*p->at) || *p->at == '-' || *p->at == '.') {
		p->kind = NUMBER;
		read_while(p, "+-.");
	} else {
		p->kind = SIGN;
		for (size_t i = 0; i < sizeof signs / sizeof signs[0] && p->token.len == 0; i++)
			if (strncmp(p->at, signs[i], strlen(signs[i])) == 0)
				buf_str(&p->token, signs[i]);
		if (p->token.len == 0)
			return error_set(p->err, ERROR_USAGE, "\"filter\" has \"%.40s\", which is not understood", p->start);
		p->at += p->token.len;
	}
	return 0;
}

static bool
is(const struct parser *p, enum kind kind, const char *text)
{
	return p->kind == kind && strcasecmp(buf_cstr(&p->token), text) == 0;
}

/* 1 and goes on when the token is that one, 0, -1. */
static int
take(struct parser *p, enum kind kind, const char *text)
{
	if (!is(p, kind, text))
		return 0;
	return next(p) == 0 ? 1 : -1;
}

static int
need(struct parser *p, enum kind kind, const char *text)
{
	int rc = take(p, kind, text);
	return rc == 0 ? wrong(p, text) : rc;
}

/* ---- nodes */

/* The index of a new node, -1. */
static int
add(struct parser *p, struct node node)
{
	if (p->q->n == CQL_NODES_MAX)
		return error_set(p->err, ERROR_USAGE, "\"filter\" has more than %d conditions", CQL_NODES_MAX);
	p->q->nodes[p->q->n] = node;
	return p->q->n++;
}

static int
join(struct parser *p, enum op op, int left, int right)
{
	return left < 0 || right < 0 ? -1 : add(p, (struct node){ .op = op, .left = left, .right = right });
}

static int
negated(struct parser *p, bool negate, int node)
{
	return negate ? join(p, OP_NOT, node, 0) : node;
}

static int
wrong_value(struct parser *p, const struct column *c, const char *wanted)
{
	return error_set(p->err, ERROR_USAGE, "\"filter\" compares %s, which is %s, with %.40s", c->name, wanted, p->start);
}

/* DATE('…') and TIMESTAMP('…') are what stands in them. */
static int
unwrap_time(struct parser *p)
{
	if (!is(p, WORD, "DATE") && !is(p, WORD, "TIMESTAMP"))
		return 0;
	return next(p) != 0 || need(p, SIGN, "(") != 1 ? -1 : 1;
}

/* A comparison of `c` with the value that comes next. */
static int
compare(struct parser *p, const struct column *c, enum op op)
{
	static const struct zone utc = { .offset_s = 0 };	/* as the columns are written */
	struct node node = { .op = op, .column = c };
	int64_t last;
	int wrapped = unwrap_time(p);
	if (wrapped == -1)
		return -1;
	if (p->kind != STRING && p->kind != NUMBER)
		return wrong(p, "a value");
	if (p->token.len > CQL_VALUE_MAX)
		return error_set(p->err, ERROR_USAGE, "\"filter\" has a value of more than %d bytes", CQL_VALUE_MAX);
	switch (op == OP_LIKE || op == OP_ILIKE ? CLASS_TEXT : class_of(c)) {
	case CLASS_NUMBER:
		if (num_double(buf_cstr(&p->token), p->token.len, &node.number) != 0)
			return wrong_value(p, c, "a number");
		break;
	case CLASS_TIME:
		if (strchr(buf_cstr(&p->token), '/') != NULL || interval_read(buf_cstr(&p->token), &utc, &node.ms, &last, NULL) != 0)
			return wrong_value(p, c, "a day or an instant");
		break;
	case CLASS_TEXT:
		if (class_of(c) != CLASS_TEXT || p->kind != STRING)
			return wrong_value(p, c, class_of(c) == CLASS_TEXT ? "a text" : "no text");
		break;
	}
	int made = add(p, node);
	if (made < 0)
		return -1;
	p->q->nodes[made].text = xstrdup(buf_cstr(&p->token));
	if (op == OP_ILIKE)
		text_lower(p->q->nodes[made].text, p->token.len);
	if (next(p) != 0 || (wrapped == 1 && need(p, SIGN, ")") != 1))
		return -1;
	return made;
}

/* ---- predicates */

static int
between(struct parser *p, const struct column *c)
{
	int low = compare(p, c, OP_GREATER_EQUAL);
	if (low < 0 || need(p, WORD, "AND") != 1)
		return -1;
	return join(p, OP_AND, low, compare(p, c, OP_LESS_EQUAL));
}

static int
one_of(struct parser *p, const struct column *c)
{
	if (need(p, SIGN, "(") != 1)
		return -1;
	int node = compare(p, c, OP_EQUAL), comma;
	while (node >= 0 && (comma = take(p, SIGN, ",")) != 0)
		node = comma < 0 ? -1 : join(p, OP_OR, node, compare(p, c, OP_EQUAL));
	return node < 0 || need(p, SIGN, ")") != 1 ? -1 : node;
}

/* What may stand behind a property besides signs. */
static int
worded(struct parser *p, const struct column *c)
{
	int not = take(p, WORD, "NOT"), rc;
	if (not < 0)
		return -1;
	if ((rc = take(p, WORD, "LIKE")) != 0)
		return rc < 0 ? -1 : negated(p, not, compare(p, c, OP_LIKE));
	if ((rc = take(p, WORD, "ILIKE")) != 0)
		return rc < 0 ? -1 : negated(p, not, compare(p, c, OP_ILIKE));
	if ((rc = take(p, WORD, "BETWEEN")) != 0)
		return rc < 0 ? -1 : negated(p, not, between(p, c));
	if ((rc = take(p, WORD, "IN")) != 0)
		return rc < 0 ? -1 : negated(p, not, one_of(p, c));
	if (not || need(p, WORD, "IS") != 1)
		return not ? wrong(p, "LIKE, BETWEEN or IN") : -1;
	not = take(p, WORD, "NOT");
	if (not < 0 || need(p, WORD, "NULL") != 1)
		return -1;
	return negated(p, not, add(p, (struct node){ .op = OP_NULL, .column = c }));
}

static int
predicate(struct parser *p)
{
	static const struct { const char *sign; enum op op; } signs[] = {
		{ "=", OP_EQUAL }, { "<>", OP_EQUAL }, { "<", OP_LESS }, { "<=", OP_LESS_EQUAL }, { ">", OP_GREATER },
		{ ">=", OP_GREATER_EQUAL },
	};
	if (p->kind != WORD && p->kind != NAME)
		return wrong(p, "a property");
	const struct column *c = column_find(buf_cstr(&p->token));
	if (c == NULL)
		return error_set(p->err, ERROR_USAGE, "\"filter\" has \"%.40s\", which is no property", buf_cstr(&p->token));
	if (next(p) != 0)
		return -1;
	for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
		if (is(p, SIGN, signs[i].sign))
			return next(p) != 0 ? -1 : negated(p, strcmp(signs[i].sign, "<>") == 0, compare(p, c, signs[i].op));
	if (p->kind != WORD)
		return wrong(p, "a comparison");
	return worded(p, c);
}

/* ---- AND, OR, NOT and brackets */

static int either(struct parser *p);

static int
primary(struct parser *p)
{
	int not = take(p, WORD, "NOT"), bracket = not < 0 ? -1 : take(p, SIGN, "("), node;
	if (bracket < 0)
		return -1;
	if (bracket == 0)
		return not ? negated(p, true, predicate(p)) : predicate(p);
	if (++p->depth > CQL_DEPTH_MAX)
		return error_set(p->err, ERROR_USAGE, "\"filter\" has more than %d brackets in each other", CQL_DEPTH_MAX);
	node = either(p);
	p->depth--;
	return node < 0 || need(p, SIGN, ")") != 1 ? -1 : negated(p, not, node);
}

static int
both(struct parser *p)
{
	int node = primary(p), more;
	while (node >= 0 && (more = take(p, WORD, "AND")) != 0)
		node = more < 0 ? -1 : join(p, OP_AND, node, primary(p));
	return node;
}

static int
either(struct parser *p)
{
	int node = both(p), more;
	while (node >= 0 && (more = take(p, WORD, "OR")) != 0)
		node = more < 0 ? -1 : join(p, OP_OR, node, both(p));
	return node;
}

struct cql *
cql_parse(const char *text, struct error *err)
{
	struct cql *q = xcalloc(1, sizeof *q);
	struct parser p = { .q = q, .at = text, .err = err };
	q->root = next(&p) == 0 ? either(&p) : -1;
	if (q->root >= 0 && p.kind != END)
		q->root = wrong(&p, "AND, OR or the end");
	buf_done(&p.token);
	if (q->root >= 0)
		return q;
	cql_free(q);
	return NULL;
}

void
cql_free(struct cql *q)
{
	for (int i = 0; q != NULL && i < q->n; i++)
		free(q->nodes[i].text);
	free(q);
}

const char *
cql_only(const struct cql *q, const char *property)
{
	int at = q->root;
	for (; q->nodes[at].op == OP_AND; at = q->nodes[at].left) {
		const struct node *right = &q->nodes[q->nodes[at].right];
		if (right->op == OP_EQUAL && strcmp(right->column->name, property) == 0)
			return right->text;
	}
	const struct node *last = &q->nodes[at];
	return last->op == OP_EQUAL && strcmp(last->column->name, property) == 0 ? last->text : NULL;
}

/* ---- listings */

enum truth { NO, YES, UNKNOWN };

/* % is any text, _ any character, a backslash takes their meaning away; no more work than the product of the lengths. */
static bool
like(const char *s, const char *s_end, const char *pattern)
{
	const char *again = NULL, *again_s = NULL;
	while (s < s_end) {
		size_t len = utf8_sequence(s, (size_t)(s_end - s));
		bool plain = *pattern == '\\' && pattern[1] != '\0';
		const char *want = plain ? pattern + 1 : pattern;
		if (!plain && *pattern == '%') {
			again = ++pattern;
			again_s = s;
		} else if (!plain && *pattern == '_') {
			pattern++;
			s += len > 0 ? len : 1;
		} else if (*want == *s) {
			pattern = want + 1;
			s++;
		} else if (again != NULL) {
			pattern = again;
			s = ++again_s;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "%")] == '\0';
}

static enum truth
ordered(enum op op, int sign)
{
	switch (op) {
	case OP_EQUAL:
		return sign == 0 ? YES : NO;
	case OP_LESS:
		return sign < 0 ? YES : NO;
	case OP_LESS_EQUAL:
		return sign <= 0 ? YES : NO;
	case OP_GREATER:
		return sign > 0 ? YES : NO;
	case OP_GREATER_EQUAL:
		return sign >= 0 ? YES : NO;
	case OP_AND:
	case OP_OR:
	case OP_NOT:
	case OP_NULL:
	case OP_LIKE:
	case OP_ILIKE:
		break;
	}
	return UNKNOWN;
}

static enum truth
text_truth(const struct node *node, struct buf *value)
{
	if (node->op == OP_ILIKE)
		text_lower(value->data, value->len);
	if (node->op == OP_LIKE || node->op == OP_ILIKE)
		return like(value->data, value->data + value->len, node->text) ? YES : NO;
	return ordered(node->op, strcmp(value->data, node->text));
}

static enum truth
number_truth(const struct node *node, const struct buf *value)
{
	double number;
	if (num_double(value->data, value->len, &number) != 0)
		return UNKNOWN;
	return ordered(node->op, (number > node->number) - (number < node->number));
}

static enum truth
time_truth(const struct node *node, const struct listing_row *row)
{
	struct when when = { .ms = TIME_NONE };
	if (node->column->type == COLUMN_TIME)
		when.ms = column_as_integer(node->column, row);
	else if (!when_read(column_as_text(node->column, row), node->column->name, &when))
		return UNKNOWN;
	return when.ms == TIME_NONE ? UNKNOWN : ordered(node->op, (when.ms > node->ms) - (when.ms < node->ms));
}

static enum truth
condition(const struct node *node, const struct listing_row *row)
{
	struct buf value = BUF_INIT;
	enum truth truth = UNKNOWN;
	column_put(&value, node->column, row, '.');
	if (node->op == OP_NULL)
		truth = value.len == 0 ? YES : NO;
	else if (value.len > 0)
		truth = class_of(node->column) == CLASS_TEXT ? text_truth(node, &value) :
		    class_of(node->column) == CLASS_NUMBER ? number_truth(node, &value) : time_truth(node, row);
	buf_done(&value);
	return truth;
}

/* Nodes stand behind those below them, so one pass over the array is enough. */
bool
cql_holds(const struct cql *q, const struct listing_row *row)
{
	enum truth truth[CQL_NODES_MAX];
	for (int i = 0; i < q->n; i++) {
		const struct node *node = &q->nodes[i];
		enum truth left = node->left < i ? truth[node->left] : UNKNOWN, right = node->right < i ? truth[node->right] : UNKNOWN;
		if (node->op == OP_NOT)
			truth[i] = left == UNKNOWN ? UNKNOWN : left == YES ? NO : YES;
		else if (node->op == OP_AND)
			truth[i] = left == NO || right == NO ? NO : left == YES && right == YES ? YES : UNKNOWN;
		else if (node->op == OP_OR)
			truth[i] = left == YES || right == YES ? YES : left == NO && right == NO ? NO : UNKNOWN;
		else
			truth[i] = condition(node, row);
	}
	return truth[q->root] == YES;
}
