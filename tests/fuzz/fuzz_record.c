/* SPDX-License-Identifier: Apache-2.0 */
/* lib/record on any item: [map] with every form of expression, what is said of
 * those that find nothing, and a program in jq. */
#include <assert.h>
#include <stdint.h>

#include "../unit/record_rig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vigie_setting mapped[] = {
	{ "test", "id", "/id | /@id" }, { "test", "places", "/p" }, { "test", "place_id", "@/id" },
	{ "test", "tombstone", "/state = x, y" },
	{ "map", "title", "/a | /b/*/c | /t/[l=fr]/x | /t/[l/m=fr]/x" },
	{ "map", "description", "join(\" - \", /a, b.c[0].d, /e/*)" },
	{ "map", "url", "\"https://x.fr/{/id}/{@/id}\"" }, { "map", "price", "/price" },
	{ "map", "capacity", "/l/#" }, { "map", "locality", "/s/[split=#]/*/[split=|]/1" },
	{ "map", "properties.all", "/o" },
};
static const struct vigie_setting programmed[] = {
	{ "test", "id", "/id" },
	{ "jq", "program", ".l[]? // . | {id: .id, title: (.a? // .), price: (.p? | tostring), properties: (.o? // {})}" },
};

static struct rig rigs[2];	/* for all inputs: starting jq takes longer than an item */

static void
close_rigs(void)
{
	rig_close(&rigs[0]);
	rig_close(&rigs[1]);
	scratch_done();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (rigs[0].record == NULL) {
		scratch_init();
		rig_open(&rigs[0], &rig_curious_host, mapped, sizeof mapped / sizeof *mapped, NULL);
		rig_open(&rigs[1], &rig_curious_host, programmed, sizeof programmed / sizeof *programmed, NULL);
		assert(rigs[0].record != NULL && rigs[1].record != NULL);
		(void)atexit(close_rigs);
	}
	if (size < 2)
		return 0;
	struct rig *r = &rigs[data[0] & 1];
	char *copy = xmalloc(size - 1);	/* of its own size, so that a read past it is found */
	memcpy(copy, data + 1, size - 1);
	buf_clear(&r->run.said);
	record_item(r->record, copy, size - 1);
	free(copy);
	return 0;
}
