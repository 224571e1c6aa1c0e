/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quantities with their unit: "5m", "64M".  A number alone is refused, and a
 * unit that people write in another way is told how it is written here.
 */
#ifndef VIGIE_CONFIG_UNIT_H
#define VIGIE_CONFIG_UNIT_H

#include <stdint.h>

#include "base/error.h"

/* s, m, h, d; milliseconds. */
int duration_parse(const char *text, int64_t min_ms, int64_t max_ms, int64_t *ret_ms, struct error *err);
/* K, M, G: powers of 1024. */
int bytes_parse(const char *text, int64_t min, int64_t max, int64_t *ret, struct error *err);

#endif
