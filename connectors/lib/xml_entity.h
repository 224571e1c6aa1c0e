/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the references of one XML document stand for.
 *
 * Known are numbers (&#233;), the five names of XML, which cannot be declared
 * anew, the internal entities that the document declares, and the names that
 * HTML has (&eacute;), as feeds use them.  An entity that holds another, is
 * long, or stands for markup is never used, those that are elsewhere (SYSTEM)
 * are never known, and all together put XML_ENTITIES_MAX_BYTES into a document
 * at most: « billion laughs » and quadratic blow-up are refused.
 */
#ifndef VIGIE_LIB_XML_ENTITY_H
#define VIGIE_LIB_XML_ENTITY_H

#include <stdbool.h>

#include "base/buf.h"

enum {
	XML_REFERENCE_MAX_BYTES = 40,		/* between "&" and ";" */
	XML_ENTITY_MAX_BYTES = 256,		/* that one stands for */
	XML_ENTITIES_MAX = 256,
	XML_ENTITIES_MAX_BYTES = 1 << 20
};

struct xml_entities;

struct xml_entities *xml_entities_new(void);
void xml_entities_free(struct xml_entities *x);		/* takes NULL */
void xml_entities_clear(struct xml_entities *x);	/* a new document */

/* Past the ">" that ends a document type, which began before `s`; NULL: it is
 * not there. */
const char *xml_doctype_end(const char *s, const char *end);
/* Reads the declarations of a document type. */
void xml_entities_declare(struct xml_entities *x, const char *s, const char *end);

/* Could this byte stand in a reference? */
bool xml_name_byte(char c);
/* Appends what the name between "&" and ";", of XML_REFERENCE_MAX_BYTES at
 * most, stands for, as markup without entities.  Characters that XML does not
 * have become nothing.  False: nobody knows it. */
bool xml_entities_add(struct xml_entities *x, const char *s, size_t len, struct buf *out);

/* NULL, or which limit was passed (a constant). */
const char *xml_entities_problem(const struct xml_entities *x);

#endif
