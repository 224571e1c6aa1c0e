/* SPDX-License-Identifier: Apache-2.0 */
/* Threads beside the first one, which alone is sent signals: no system call of theirs is interrupted. */
#ifndef VIGIE_BASE_THREAD_H
#define VIGIE_BASE_THREAD_H

#include <pthread.h>

#include "base/error.h"

/* As pthread_create().  What `run` returns is for pthread_join(). */
int thread_start(pthread_t *ret, void *(*run)(void *), void *arg, struct error *err);

#endif
