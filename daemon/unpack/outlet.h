/* SPDX-License-Identifier: Apache-2.0 */
/* Where unpacked bytes go out, and are counted. */
#ifndef VIGIE_UNPACK_OUTLET_H
#define VIGIE_UNPACK_OUTLET_H

#include "unpack/unpack.h"

struct outlet {
	struct unpack_sink sink;
	uint64_t max_bytes, bytes;	/* of one body */
};

/* Counts; gives them to the sink if they are `wanted`. */
static inline int
outlet_data(struct outlet *o, const char *s, size_t len, bool wanted, struct error *err)
{
	if (len > o->max_bytes - o->bytes)
		return error_set(err, ERROR_LIMIT, "the decompressed answer is larger than the %llu bytes that are allowed",
		    (unsigned long long)o->max_bytes);
	o->bytes += len;
	return wanted && len > 0 ? o->sink.data(o->sink.arg, s, len, err) : 0;
}

#endif
