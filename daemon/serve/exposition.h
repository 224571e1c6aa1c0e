/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurements as text: Prometheus' format 0.0.4, or OpenMetrics 1.0, in which
 * a counter's family lacks the _total of its samples and « # EOF » ends it all.
 */
#ifndef VIGIE_SERVE_EXPOSITION_H
#define VIGIE_SERVE_EXPOSITION_H

#include <stdbool.h>

#include "base/buf.h"

struct family {
	const char *name;	/* without _total */
	bool counter;		/* else a gauge */
	const char *help;	/* one sentence, without quotes and backslashes */
};

struct exposition {
	struct buf *out;	/* borrowed */
	bool openmetrics;
	const struct family *family;	/* the one under way */
};

/* All samples that follow are of this family. */
void exposition_family(struct exposition *e, const struct family *f);
/* `labels`: as exposition_label() wrote them; "" for none.  NAN: there is no sample. */
void exposition_sample(struct exposition *e, const char *labels, double value);
/* Appends name="value"; any text in UTF-8 may be a value. */
void exposition_label(struct buf *labels, const char *name, const char *value);
void exposition_end(struct exposition *e);

#endif
