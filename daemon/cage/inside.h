/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a cage, inside: it is told which connector to load and how, loads
 * it, locks itself up, and then turns bytes into listings until the other side
 * goes away.
 */
#ifndef VIGIE_CAGE_INSIDE_H
#define VIGIE_CAGE_INSIDE_H

/* Where a cage finds what it was given. */
enum { INSIDE_BELL = 3, INSIDE_RINGS = 4, INSIDE_KNOWN = 5, INSIDE_DESCRIPTORS = 6 };

int inside_run(void);	/* the process's exit status */

#endif
