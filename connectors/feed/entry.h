/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry of a feed, whatever the feed's format is, as one JSON object:
 *
 *	id title link summary content published updated language categories image
 *	enclosure latitude longitude starts ends place
 *
 * Those without a value are absent.  title, summary and content are HTML: plain
 * text has its "<" and "&" escaped.  categories is an array; the rest is text.
 * Who wrote it is left out.
 */
#ifndef VIGIE_FEED_ENTRY_H
#define VIGIE_FEED_ENTRY_H

#include <cjson/cJSON.h>

#include "lib/xml_stream.h"

/* The prefixes under which entry_write_xml knows names. */
extern const struct xml_namespace entry_namespaces[];

/* RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0 with the modules dc, dcterms, content,
 * media, geo, georss, itunes and event.  Links are put behind xml:base if there
 * is one.  Appends. */
void entry_write_xml(const struct xml_tree *item, const struct xml_tree *envelope, struct buf *out);

/* JSON Feed 1.0 and 1.1.  Appends. */
void entry_write_json(const cJSON *item, struct buf *out);

#endif
