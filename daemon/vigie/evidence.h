/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Evidence files: CSV (RFC 4180 without quotes), header
 * « t,group,partner,signal,value », sorted by t.  Read as it comes: memory is
 * that of one line.
 */
#ifndef VIGIE_VIGIE_EVIDENCE_H
#define VIGIE_VIGIE_EVIDENCE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "health/signal.h"

struct evidence {
	const char *path;	/* borrowed from the caller */
	FILE *in;
	char *line;
	size_t line_size;
	unsigned long line_no;
	int64_t t_ms;		/* of the last row */
};

struct evidence_row {
	int64_t t_ms;
	const char *group, *partner;	/* borrowed until the next row */
	bool end;		/* the partner's last row; no signal, no value */
	enum signal signal;
	int64_t value;
};

/* Opens the file and reads its header; close it also after a failure. */
int evidence_open(struct evidence *e, const char *path, struct error *err);
/* 1: *ret is a row; 0: the end; -1: `err` names file and line (ERROR_USAGE). */
int evidence_next(struct evidence *e, struct evidence_row *ret, struct error *err);
/* Puts file and line before what is wrong with the last row.  Always -1. */
int evidence_fail(const struct evidence *e, struct error *err, const char *what, const char *text);
void evidence_close(struct evidence *e);

#endif
