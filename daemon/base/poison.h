/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that have no place here; system headers must come first. */
#ifndef VIGIE_BASE_POISON_H
#define VIGIE_BASE_POISON_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A macro in the system headers when clang compiles with fortification. */
#undef sprintf
#undef vsprintf

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok atoi atol atof gets

#endif
