/* SPDX-License-Identifier: Apache-2.0 */
/* Public registers as the watch remembers them: part of its insides (ward.h). */
#ifndef VIGIE_WATCH_DESK_H
#define VIGIE_WATCH_DESK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* What a register said, and when it is to be asked again. */
struct register_memory {
	int64_t due_ms;		/* TIME_NONE: never asked */
	int64_t value;		/* of its signal; -1: nothing is known */
	char *note;		/* its words; NULL */
	char *about;		/* the domain or the SIREN; NULL: nobody, or not known */
	bool heard;		/* since the last judgement */
	bool unkept;		/* not yet in the catalogue */
};

/* Nobody was asked about; what it held is freed. */
void memory_done(struct register_memory *m);
/* What was said of another domain or company is forgotten; `about` NULL: nobody is to be asked about. */
void memory_settle(struct register_memory *m, const char *about);
/* As it is kept in a note, "DUE VALUE WORDS", and whom it is about; a text that is none changes nothing. */
void memory_write(const struct register_memory *m, struct buf *ret);
void memory_read(struct register_memory *m, const char *text);

enum register_key { REGISTER_DOMAIN, REGISTER_COMPANY, REGISTER_GAZETTE, REGISTERS };
extern const char *const register_names[REGISTERS];	/* of the notes */

struct desk {			/* a register, whichever partner it is asked about */
	unsigned asked;		/* answers that are waited for */
	int64_t not_before_ms;	/* it asked to wait; TIME_NONE */
};

#endif
