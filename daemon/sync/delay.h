/* SPDX-License-Identifier: Apache-2.0 */
/* What a run loses by our doing: the partner sends, or has sent, and nobody takes it; or it was not even asked, for its
 * host's turn had not come.  What is late then is not the partner. */
#ifndef VIGIE_SYNC_DELAY_H
#define VIGIE_SYNC_DELAY_H

#include "sync/run_private.h"

void delay_begin(struct run *r);	/* nobody takes what comes, or has come */
void delay_end(struct run *r);
/* READING: `then` goes on with the cage's answer. */
void delay_await(struct run *r, void (*then)(struct run *r));
void delay_mark(struct run *r);		/* a page is asked for */
void delay_turn(struct run *r, int64_t ms);	/* the page was so long in the queue of its host */
/* *why may be a timeout: says whose it is, if it is ours. */
void delay_explain_page(struct run *r, struct error *why);
void delay_explain_run(struct run *r, struct error *why);

#endif
