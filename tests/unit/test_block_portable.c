/* SPDX-License-Identifier: Apache-2.0 */
/* The same for machines without SSE2. */
#undef __SSE2__
#include "test_block.c"
