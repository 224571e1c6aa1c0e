/* SPDX-License-Identifier: Apache-2.0 */
#include "cage/scratch.h"

#include <assert.h>
#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { AREA_BYTES = 1 << 18, ALIGNMENT = 16 };

struct overflow {		/* of an item that did not fit into the area */
	struct overflow *next;
	char pad[ALIGNMENT - sizeof(struct overflow *)];
};

static _Thread_local struct {
	char *area;
	size_t used;
	bool active;
	struct overflow *overflow;
} scratch;

static void *
scratch_alloc(size_t size)
{
	if (!scratch.active)
		return malloc(size);
	if (size <= AREA_BYTES - ALIGNMENT && scratch.used <= AREA_BYTES - ALIGNMENT - size) {
		void *p = scratch.area + scratch.used;
		scratch.used += (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
		return p;
	}
	struct overflow *o = xmalloc(sizeof *o + size);
	o->next = scratch.overflow;
	scratch.overflow = o;
	return o + 1;
}

static void
scratch_free(void *p)
{
	if (!scratch.active)
		free(p);
}

void
scratch_init(void)
{
	cJSON_Hooks hooks = { scratch_alloc, scratch_free };
	scratch.area = xmalloc(AREA_BYTES);
	cJSON_InitHooks(&hooks);
}

void
scratch_begin(void)
{
	assert(!scratch.active);
	scratch.active = true;
}

void
scratch_end(void)
{
	assert(scratch.active);
	scratch.active = false;
	scratch.used = 0;
	while (scratch.overflow != NULL) {
		struct overflow *o = scratch.overflow;
		scratch.overflow = o->next;
		free(o);
	}
}

void
scratch_done(void)
{
	cJSON_InitHooks(NULL);
	free(scratch.area);
	scratch.area = NULL;
}
