/* SPDX-License-Identifier: Apache-2.0 */
/* What record_open.c makes of the settings and record.c reads items with;
 * nobody else. */
#ifndef VIGIE_LIB_RECORD_PRIVATE_H
#define VIGIE_LIB_RECORD_PRIVATE_H

#include "base/buf.h"
#include "lib/expr.h"
#include "lib/parse.h"
#include "lib/program.h"
#include "lib/record.h"

enum { RECORD_FIELDS_MAX = 64, RECORD_LANGUAGES_MAX = 8, RECORD_TOMBSTONE_VALUES_MAX = 8 };

/* A name that [map] knows. */
struct record_column {
	const char *name;
	enum vigie_key key;
	enum expr_shape shape;
};
extern const struct record_column record_columns[];
extern const size_t record_n_columns;

struct mapping {
	enum vigie_key key;
	enum expr_shape shape;
	const char *property;	/* borrowed from the setting */
	const char *name;	/* as [map] has it; NULL: of a default */
	struct expr *expr;
};

struct record {
	const struct vigie_host *host;
	struct vigie_run *run;
	const char *section;

	struct program *program;	/* of [jq], instead of [map]; NULL: none */
	struct expr *result_id;		/* of what it gives */

	struct json_parser parser;
	struct expr *id, *places, *place_id, *tombstone;
	char *tombstone_values[RECORD_TOMBSTONE_VALUES_MAX];
	size_t n_tombstone_values;
	const char *(*unfit)(const cJSON *item);	/* NULL: any object will do */
	char *language_list;
	const char *languages[RECORD_LANGUAGES_MAX + 1];
	struct mapping *map;
	size_t n_map;

	struct buf values, external_id, properties, checked, result;
};

#endif
