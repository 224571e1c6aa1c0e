/* SPDX-License-Identifier: Apache-2.0 */
/* What a status that is no answer says, in words. */
#include "base/log.h"
#include "net/failure.h"
#include "sync/fill.h"
#include "sync/run_private.h"

/* 404 from a system that says it of a query that it does not understand. */
static void
describe_refusal(struct run *r, struct error *why)
{
	struct buf said = BUF_INIT;
	if (r->said.len > 0)
		fill_cover(r->partner, r->said.data);
	text_escape(&said, buf_cstr(&r->said), r->said.len, SAID_MAX);
	(void)error_set(why, ERROR_CONFIG, "page %zu: the partner answered with status %d: it does not know what the "
	    "[request] of its file asks for%s%s", r->page + 1, r->status, said.len > 0 ? "; it says: " : "", buf_cstr(&said));
	buf_done(&said);
}

void
refusal_describe(struct run *r, bool without_secrets, struct error *why)
{
	if (r->partner->missing_is_ours && (r->status == 404 || r->status == 410)) {
		describe_refusal(r, why);
		return;
	}
	enum error_kind kind = r->status == 401 || r->status == 403 || r->status == 407 ? ERROR_AUTH :
	    r->status == 429 ? ERROR_THROTTLED : ERROR_HTTP;
	(void)error_set(why, kind, "page %zu: the partner answered with status %d%s%s", r->page + 1, r->status,
	    failure_of_status(r->status), kind == ERROR_AUTH && without_secrets ?
	    "; it led to another host than that of its url, which gets no credential" : "");
}
