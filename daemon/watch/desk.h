/* SPDX-License-Identifier: Apache-2.0 */
/* Public registers as the watch remembers them: part of its insides (ward.h). */
#ifndef VIGIE_WATCH_DESK_H
#define VIGIE_WATCH_DESK_H

#include <stdbool.h>
#include <stdint.h>

/* What a register said, and when it is to be asked again.  Kept in a note. */
struct register_memory {
	int64_t due_ms;		/* TIME_NONE: never asked */
	int64_t value;		/* of its signal; -1: nothing is known */
	char *note;		/* its words; NULL */
	bool heard;		/* since the last judgement */
	bool unkept;		/* not yet in the catalogue */
};

enum register_key { REGISTER_DOMAIN, REGISTER_COMPANY, REGISTER_GAZETTE, REGISTERS };
extern const char *const register_names[REGISTERS];	/* of the notes */

struct desk {			/* a register, whichever partner it is asked about */
	unsigned asked;		/* answers that are waited for */
	int64_t not_before_ms;	/* it asked to wait; TIME_NONE */
};

#endif
