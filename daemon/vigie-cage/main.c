/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vigie-cage: the process in which vigied and vigie let a connector read what a
 * partner sends.  Nobody else starts it: it wants descriptors that only they
 * have made.
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cage/inside.h"

int
main(void)
{
	if (fcntl(INSIDE_RINGS, F_GETFD) != -1 && fcntl(INSIDE_BELL, F_GETFD) != -1)
		_exit(inside_run());
	(void)fprintf(stderr, "vigie-cage: vigied and vigie start it, to read what a partner sends\n");
	return 2;
}
