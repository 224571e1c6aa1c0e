/* SPDX-License-Identifier: Apache-2.0 */
#include "jsonld/identity.h"

#include <xxhash.h>

void
identity_drop_parts(struct graph *g)
{
	for (size_t i = 0; i < g->n; i++) {
		struct graph_node *a = &g->list[i];
		for (size_t k = 0; !a->titled && a->date == NULL && a->key != NULL && k < g->n && !a->dropped; k++) {
			const struct graph_node *b = &g->list[k];
			a->dropped = b->titled && b->key != NULL && strcmp(a->key, b->key) == 0;
		}
	}
}

static const char *
node_text(const struct graph *g, size_t i)
{
	return g->text.data + g->list[i].at;
}

/* Another listing of the page that calls itself the same, but is not. */
static bool
has_namesake(const struct graph *g, size_t i)
{
	const struct graph_node *a = &g->list[i];
	for (size_t k = 0; k < g->n; k++) {
		const struct graph_node *b = &g->list[k];
		bool same = a->key == NULL || b->key == NULL ? a->key == b->key : strcmp(a->key, b->key) == 0;
		if (k != i && !b->dropped && same && (a->len != b->len || memcmp(node_text(g, i), node_text(g, k), a->len) != 0))
			return true;
	}
	return false;
}

void
identity_key(const struct graph *g, size_t i, const char *page, struct buf *out)
{
	const struct graph_node *n = &g->list[i];
	buf_str(out, n->key ? n->key : page);
	if (!has_namesake(g, i))
		return;
	const char *more = n->date != NULL ? n->date : n->name;
	if (more != NULL)
		buf_fmt(out, "#%s", more);
}

enum claim {
	CLAIM_NONE,	/* it is shown among others like it */
	CLAIM_SHOWN,	/* alone, but another address is its own */
	CLAIM_OWN	/* this is its page */
};

static enum claim
claim_of(const struct graph *g, size_t i, const char *page)
{
	const struct graph_node *a = &g->list[i];
	if (a->url != NULL && strcmp(a->url, page) == 0)
		return CLAIM_OWN;
	for (size_t k = 0; k < g->n; k++) {
		const struct graph_node *b = &g->list[k];
		if (k != i && !b->dropped && a->type != NULL && b->type != NULL && strcmp(a->type, b->type) == 0)
			return CLAIM_NONE;
	}
	return a->url != NULL ? CLAIM_SHOWN : CLAIM_OWN;
}

bool
identity_contested(const struct graph *g, size_t i, const char *page, const char *language, struct hashes *claims)
{
	const struct graph_node *n = &g->list[i];
	struct buf text = BUF_INIT;
	enum claim claim = n->key != NULL && n->name != NULL ? claim_of(g, i, page) : CLAIM_NONE;
	if (claim == CLAIM_NONE || has_namesake(g, i))
		return false;
	uint32_t name = (uint32_t)XXH3_64bits(n->name, strlen(n->name)) | 1;
	buf_fmt(&text, "%s\n%s\n%d", n->key, language, (int)claim);
	uint32_t *owner = hashes_at(claims, buf_cstr(&text));
	*owner = *owner != 0 ? *owner : name;
	buf_done(&text);
	return *owner != name;
}
