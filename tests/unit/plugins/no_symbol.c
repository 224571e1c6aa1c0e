/* SPDX-License-Identifier: Apache-2.0 */
/* A shared object that is no connector. */
#include "vigie_connector.h"

extern VIGIE_EXPORT const int something_else;
const int something_else = 1;
