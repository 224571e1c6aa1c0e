/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of Standard Webhooks 1.0: the receiver knows that a message is ours, whole and of now. */
#ifndef VIGIE_HOOK_SIGNATURE_H
#define VIGIE_HOOK_SIGNATURE_H

#include <stdint.h>

#include "base/buf.h"

struct signature_input {
	const char *id;		/* webhook-id */
	int64_t at_s;		/* webhook-timestamp, seconds since 1970 */
	const char *body;
};

/* Appends « v1, » and the base64 of the HMAC-SHA256 over « id.timestamp.body ». */
void signature_put(struct buf *out, const struct signature_input *in, const unsigned char *key, size_t key_len);

#endif
