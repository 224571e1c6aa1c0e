/* SPDX-License-Identifier: Apache-2.0 */
/* Types of schema.org that are offers, and which is a kind of which. */
#ifndef VIGIE_JSONLD_SCHEMA_H
#define VIGIE_JSONLD_SCHEMA_H

#include <stdbool.h>

#define SCHEMA_DEFAULT_TYPES "Event Place Product Offer Service Trip"

/* The name without "https://schema.org/", "schema:" and the like before it;
 * borrows. */
const char *schema_local(const char *name);

/* Is the type (a local name) one of `wanted`, separated by spaces, or a kind of one? */
bool schema_is_a(const char *type, const char *wanted);

#endif
