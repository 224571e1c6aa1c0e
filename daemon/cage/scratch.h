/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scratch area that cJSON allocates from while one item is read: a pointer
 * that moves, and one reset instead of a free per node.
 *
 * cJSON's hooks are one per process and have no argument, so this is the one
 * place with state of its own: the area belongs to the thread that called
 * scratch_init.  Between scratch_begin and scratch_end every cJSON allocation
 * of that thread comes from it, and every cJSON free is ignored; outside, and
 * in every other thread, cJSON uses malloc and free as ever.
 */
#ifndef VIGIE_CAGE_SCRATCH_H
#define VIGIE_CAGE_SCRATCH_H

void scratch_init(void);	/* once, before the first use of cJSON */
void scratch_begin(void);
void scratch_end(void);
void scratch_done(void);

#endif
