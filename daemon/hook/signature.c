/* SPDX-License-Identifier: Apache-2.0 */
#include "hook/signature.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

void
signature_put(struct buf *out, const struct signature_input *in, const unsigned char *key, size_t key_len)
{
	unsigned char sum[EVP_MAX_MD_SIZE], text[EVP_MAX_MD_SIZE * 2];
	unsigned sum_len = 0;
	struct buf content = BUF_INIT;
	buf_fmt(&content, "%s.%" PRId64 ".", in->id, in->at_s);
	buf_str(&content, in->body);
	if (HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)content.data, content.len, sum,
	    &sum_len) == NULL)
		abort();	/* it only fails without memory */
	buf_done(&content);
	int len = EVP_EncodeBlock(text, sum, (int)sum_len);
	buf_str(out, "v1,");
	buf_add(out, text, (size_t)len);
}
