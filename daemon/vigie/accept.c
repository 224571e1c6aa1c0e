/* SPDX-License-Identifier: Apache-2.0 */
/* vigie accept: the removals on hold are right. */
#include <inttypes.h>

#include "base/buf.h"
#include "vigie/reader.h"

static void
print_removed(struct reader *r, const char *partner, uint64_t removed, bool json)
{
	if (json) {
		json_open(&r->json, NULL, '{');
		json_text(&r->json, "partner", partner);
		json_integer(&r->json, "removed", (int64_t)removed);
		json_close(&r->json, '}');
	} else if (removed == 0) {
		(void)printf("%s: nothing is on hold, nothing was removed\n", partner);
	} else {
		(void)printf("%s: %" PRIu64 " %s removed; what the partner offers again comes back by itself\n", partner,
		    removed, removed == 1 ? "listing was" : "listings were");
	}
}

int
command_accept(const struct invocation *in)
{
	struct reader r;
	struct error err = ERROR_INIT;
	uint64_t removed = 0;
	const char *partner = in->argv[0];
	int rc = 0, status = reader_open_to_write(&r, in);
	if (status == EXIT_GOOD)
		status = reader_check_partner(&r, partner);
	if (status == EXIT_GOOD) {
		rc = catalogue_accept(r.catalogue, partner, r.now_ms, &removed, &err);
		/* One that was never asked has nothing on hold. */
		if (rc != 0 && err.kind == ERROR_NOT_FOUND)
			rc = 0;
	}
	if (rc != 0)
		status = command_fail(&err);
	else if (status == EXIT_GOOD)
		print_removed(&r, partner, removed, in->json);
	reader_close(&r);
	return status;
}
