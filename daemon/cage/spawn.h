/* SPDX-License-Identifier: Apache-2.0 */
/* The process of a cage: the program vigie-cage, with nothing of this one but the descriptors that it is given. */
#ifndef VIGIE_CAGE_SPAWN_H
#define VIGIE_CAGE_SPAWN_H

#include <sys/types.h>

#include "base/error.h"
#include "cage/inside.h"

/* It has `fds` from INSIDE_BELL on. */
int spawn_inside(const int fds[INSIDE_DESCRIPTORS - INSIDE_BELL], pid_t *ret, struct error *err);

#endif
