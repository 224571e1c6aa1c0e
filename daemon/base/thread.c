/* SPDX-License-Identifier: Apache-2.0 */
#include "base/thread.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>

/* What a thread's own fault raises: blocked, it would end the process without a sanitizer's report. */
static const int FAULTS[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS };

int
thread_start(pthread_t *ret, void *(*run)(void *), void *arg, struct error *err)
{
	sigset_t blocked, before;
	(void)sigfillset(&blocked);
	for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
		(void)sigdelset(&blocked, FAULTS[i]);
	/* A thread inherits what is blocked. */
	(void)pthread_sigmask(SIG_SETMASK, &blocked, &before);
	errno = pthread_create(ret, NULL, run, arg);
	int rc = errno == 0 ? 0 : error_errno(err, ERROR_SYSTEM, "starting a thread");
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}
