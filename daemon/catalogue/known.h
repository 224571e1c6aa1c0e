/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read before: a table in memory from the hash of an item's raw
 * bytes to the rows it became, loaded when a run starts.  An item found here
 * is neither parsed nor written.  Several rows may have one hash (an item
 * with several places), and each remembers whether this run has seen it.
 * Items in quarantine are known too: they are not parsed again either.
 *
 * Whatever the hashes are, with many alike or chosen to do harm, making the table,
 * looking up all of them and marking all of them take time as the rows are many.
 *
 * First everything is added, then marked: known_add after a known_mark is a
 * bug.  16 bytes a row and two to four for the table: a million listings in 18 MB.
 */
#ifndef VIGIE_CATALOGUE_KNOWN_H
#define VIGIE_CATALOGUE_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* XXH3 128 bits of the raw bytes, seeded with what decides how they are read
 * (mapping, normaliser, territory): after a change of those nothing is known. */
struct raw_hash {
	uint64_t low, high;
};
struct raw_hash raw_hash(const char *raw, size_t len, uint64_t seed);

struct known;

struct known *known_new(size_t expected);		/* entries; more may come */
void known_free(struct known *k);
void known_add(struct known *k, struct raw_hash hash, uint32_t row);
/* Makes the table; the first known_mark does so too, but the loader can better
 * spare the time for a million rows than the loop. */
void known_seal(struct known *k);
/* Before known_mark of these hashes: fetches what it will look at, so that they
 * wait for memory together and not one after another. */
void known_fetch(const struct known *k, const struct raw_hash *hashes, size_t n);
/* Marks every row of that hash as seen; are there any? */
bool known_mark(struct known *k, struct raw_hash hash);
/*
 * The table for another process, which looks up and cannot write: known_write()
 * puts it into a file of known_file(), which nobody can write then and which
 * known_map() reads (NULL: it is none; kept until known_free).  What that process
 * finds it tells by place: known_found() is that of the last one that known_mark()
 * found, known_mark_span() marks the rows of the hashes that stand there, and says
 * false to places that there are not: there are known_places() of them.
 */
int known_file(struct error *err);	/* -1 */
int known_write(const struct known *k, int fd, size_t *ret_bytes, struct error *err);
struct known *known_map(int fd, size_t bytes);
size_t known_places(const struct known *k);
uint32_t known_found(const struct known *k);
bool known_mark_span(struct known *k, uint32_t place, uint32_t n);
size_t known_count(const struct known *k);		/* rows */
size_t known_seen(const struct known *k);		/* rows that were marked */
size_t known_again(const struct known *k);		/* marks of what was marked already; of twins, none */

/* An item in quarantine, by its number there.  It is marked like any other,
 * but counted by none of the two above. */
void known_add_bad(struct known *k, struct raw_hash hash, uint32_t number);

/* Rows and numbers are below this. */
#define KNOWN_ROW_END UINT32_C(0x80000000)

struct known_item {
	uint32_t row;		/* or the number in quarantine */
	bool bad;		/* it is in quarantine */
	bool seen;
};
/* Walks over everything as it was added: start with *pos 0; false at the end. */
bool known_next(const struct known *k, size_t *pos, struct known_item *ret);

#endif
