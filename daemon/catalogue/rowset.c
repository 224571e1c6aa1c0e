/* SPDX-License-Identifier: Apache-2.0 */
#include "catalogue/rowset.h"

#include "base/buf.h"

void
rowset_done(struct rowset *s)
{
	free(s->words);
	*s = (struct rowset)ROWSET_INIT;
}

void
rowset_add(struct rowset *s, uint32_t row)
{
	size_t word = row / 64;
	if (word >= s->n_words) {
		size_t n = s->n_words * 2 > word ? s->n_words * 2 : word + 64;
		s->words = xrealloc(s->words, n, sizeof *s->words);
		memset(s->words + s->n_words, 0, (n - s->n_words) * sizeof *s->words);
		s->n_words = n;
	}
	s->words[word] |= UINT64_C(1) << (row % 64);
}

void
rowset_copy(struct rowset *ret, const struct rowset *from)
{
	rowset_done(ret);
	if (from->n_words == 0)
		return;
	ret->words = xmalloc(from->n_words * sizeof *ret->words);
	memcpy(ret->words, from->words, from->n_words * sizeof *ret->words);
	ret->n_words = from->n_words;
}

bool
rowset_has(const struct rowset *s, uint32_t row)
{
	size_t word = row / 64;
	return word < s->n_words && (s->words[word] >> (row % 64) & 1) != 0;
}
