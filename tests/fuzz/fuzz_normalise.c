/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes to fields to a listing.  Each field is a key, a type, two bytes of
 * length and the value; a property takes its first eight bytes as its name.
 * What must hold for any input is asserted; the rest is the sanitizers' work.
 */
#include <assert.h>
#include <math.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "normalise/normalise.h"
#include "sync/intake.h"

enum { FIELDS_MAX = 24, NAME_LEN = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	struct vigie_field field[FIELDS_MAX];
	char name[FIELDS_MAX][NAME_LEN + 1];
	char *value[FIELDS_MAX];	/* each of its own size, so that reading past the end is seen */
	size_t n;
};

static void
read_input(struct input *in, const uint8_t *data, size_t size)
{
	in->n = 0;
	while (size >= 4 && in->n < FIELDS_MAX) {
		struct vigie_field *f = &in->field[in->n];
		size_t len = (size_t)(data[2] << 8 | data[3]);
		f->key = (enum vigie_key)(data[0] % VIGIE_KEYS);
		f->type = (enum vigie_value_type)(data[1] % 4);
		data += 4;
		size -= 4;
		len = len > size ? size : len;
		size_t name = f->key != VIGIE_PROPERTY ? 0 : len < NAME_LEN ? len : NAME_LEN;
		memcpy(in->name[in->n], data, name);
		in->name[in->n][name] = '\0';
		f->name = in->name[in->n];
		in->value[in->n] = xmalloc(len - name);
		memcpy(in->value[in->n], data + name, len - name);
		f->value = in->value[in->n];
		f->value_len = len - name;
		data += len;
		size -= len;
		in->n++;
	}
}

static void
check_listing(const struct listing *l)
{
	for (int i = 0; i < LISTING_TEXTS; i++)
		assert(l->text[i].s == NULL || (l->text[i].len > 0 && utf8_valid(l->text[i].s, l->text[i].len)));
	assert(isnan(l->real[LISTING_LATITUDE]) == isnan(l->real[LISTING_LONGITUDE]));
	assert(!(fabs(l->real[LISTING_LATITUDE]) > 90) && !(l->real[LISTING_RATING] > 5));
	assert(l->integer[LISTING_PRICE_MINOR] == LISTING_NO_INTEGER || l->integer[LISTING_PRICE_MINOR] >= 0);
	cJSON *json = cJSON_ParseWithLength(l->text[LISTING_PROPERTIES].s, l->text[LISTING_PROPERTIES].len);
	assert(cJSON_IsObject(json));
	cJSON_Delete(json);
}

static void
check_flat(const struct listing *l)
{
	struct buf flat = BUF_INIT, again = BUF_INIT;
	struct listing m;
	listing_flatten(l, &flat);
	assert(listing_unflatten(flat.data, flat.len, &m) == 0);
	listing_flatten(&m, &again);
	assert(flat.len == again.len && memcmp(flat.data, again.data, flat.len) == 0);
	buf_done(&flat);
	buf_done(&again);
}

/* What is made in a cage is believed outside of it. */
static void
check_intake(const struct listing *l)
{
	static const struct raw_hash hash = { 1, 2 };
	struct buf message = BUF_INIT;
	struct intake intake;
	intake_init(&intake);
	intake.stage = stage_new("/tmp");
	wire_put(&message, &hash, sizeof hash);
	listing_flatten(l, &message);
	assert(intake_hear(&intake, WIRE_LISTING, message.data, message.len) == 0);
	stage_free(intake.stage);
	intake_done(&intake);
	buf_done(&message);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct normalise_options options = { .kind = "place", .currency = "EUR", .price_unit = "par\tnuit",
		.base_url = "https://exemple.fr/api/", .strip_params = "date" };
	struct input in;
	struct listing l;
	struct normaliser *n = normaliser_new(&options);
	read_input(&in, data, size);
	if (normalise(n, in.field, in.n, &l, NULL) == 0) {
		check_listing(&l);
		check_flat(&l);
		check_intake(&l);
	}
	if (listing_unflatten((const char *)data, size, &l) == 0)
		check_flat(&l);
	for (size_t i = 0; i < in.n; i++)
		free(in.value[i]);
	normaliser_free(n);
	return 0;
}
