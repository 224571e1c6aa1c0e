/* SPDX-License-Identifier: Apache-2.0 */
#include "gbfs/status.h"

#include "lib/expr.h"
#include "lib/json_text.h"

void
gbfs_status_clear(struct gbfs_status *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->rows[i].id);
		free(s->rows[i].json);
	}
	free(s->rows);
	*s = (struct gbfs_status){ .n = 0 };
}

/* A number or a text; the caller frees; NULL: it has none. */
static char *
id_of(const cJSON *station)
{
	struct buf text = BUF_INIT;
	enum vigie_value_type type;
	const cJSON *id = cJSON_GetObjectItemCaseSensitive(station, "station_id");
	if (id != NULL && expr_scalar(id, &text, &type) && text.len > 0)
		return buf_take(&text);
	buf_done(&text);
	return NULL;
}

/* Two spellings of one thing: before version 3, and since. */
static char *
json_of(const cJSON *station)
{
	static const char *const names[][2] = {
		{ "is_installed", "is_installed" }, { "is_renting", "is_renting" }, { "is_returning", "is_returning" },
		{ "num_bikes_available", "vehicles" }, { "num_vehicles_available", "vehicles" }, { "num_docks_available", "docks" },
	};
	struct buf out = BUF_INIT, text = BUF_INIT;
	buf_char(&out, '{');
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		enum vigie_value_type type;
		const cJSON *node = cJSON_GetObjectItemCaseSensitive(station, names[i][0]);
		buf_clear(&text);
		if (node == NULL || cJSON_IsString(node) || !expr_scalar(node, &text, &type))
			continue;
		json_name(&out, names[i][1], strlen(names[i][1]));
		buf_add(&out, text.data, text.len);
	}
	buf_char(&out, '}');
	buf_done(&text);
	return buf_take(&out);
}

int
gbfs_status_add(struct gbfs_status *s, const cJSON *station)
{
	char *id = id_of(station);
	if (id == NULL)
		return 0;
	if (s->n == GBFS_STATUS_MAX) {
		free(id);
		return -1;
	}
	if ((s->n & (s->n - 1)) == 0)
		s->rows = xrealloc(s->rows, s->n * 2 + 1, sizeof *s->rows);
	s->rows[s->n++] = (struct gbfs_status_row){ id, json_of(station) };
	return 0;
}

static int
compare_rows(const void *a, const void *b)
{
	const struct gbfs_status_row *x = a, *y = b;
	return strcmp(x->id, y->id);
}

void
gbfs_status_sort(struct gbfs_status *s)
{
	if (s->n > 1)
		qsort(s->rows, s->n, sizeof *s->rows, compare_rows);
}

const char *
gbfs_status_find(const struct gbfs_status *s, const cJSON *station)
{
	struct gbfs_status_row key = { .id = s->n > 0 ? id_of(station) : NULL };
	if (key.id == NULL)
		return NULL;
	const struct gbfs_status_row *row = bsearch(&key, s->rows, s->n, sizeof *s->rows, compare_rows);
	free(key.id);
	return row != NULL ? row->json : NULL;
}
