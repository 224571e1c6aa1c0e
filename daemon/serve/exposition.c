/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/exposition.h"

#include <math.h>

#include "base/num.h"

static void
add_name(struct exposition *e, bool of_sample)
{
	buf_str(e->out, e->family->name);
	if (e->family->counter && (of_sample || !e->openmetrics))
		buf_str(e->out, "_total");
}

static void
add_remark(struct exposition *e, const char *word, const char *text)
{
	buf_str(e->out, word);
	add_name(e, false);
	buf_char(e->out, ' ');
	buf_str(e->out, text);
	buf_char(e->out, '\n');
}

void
exposition_family(struct exposition *e, const struct family *f)
{
	e->family = f;
	add_remark(e, "# HELP ", f->help);
	add_remark(e, "# TYPE ", f->counter ? "counter" : "gauge");
}

/* No printf: a thousand partners make some thirty thousand of them. */
void
exposition_sample(struct exposition *e, const char *labels, double value)
{
	char number[NUM_TEXT_MAX];
	if (isnan(value))
		return;
	add_name(e, true);
	if (*labels != '\0') {
		buf_char(e->out, '{');
		buf_str(e->out, labels);
		buf_char(e->out, '}');
	}
	buf_char(e->out, ' ');
	buf_add(e->out, number, num_text(value, number));
	buf_char(e->out, '\n');
}

void
exposition_label(struct buf *labels, const char *name, const char *value)
{
	if (labels->len > 0)
		buf_char(labels, ',');
	buf_str(labels, name);
	buf_str(labels, "=\"");
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			buf_str(labels, "\\n");
		else if (*value == '"' || *value == '\\')
			buf_add(labels, (const char[]){ '\\', *value }, 2);
		else
			buf_char(labels, *value);
	}
	buf_char(labels, '"');
}

void
exposition_end(struct exposition *e)
{
	if (e->openmetrics)
		buf_str(e->out, "# EOF\n");
}
