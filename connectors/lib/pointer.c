/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/pointer.h"

#include "base/buf.h"

char *
pointer_unescape(const char *s, size_t len)
{
	char *out = xmalloc(len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '~' && i + 1 < len && (s[i + 1] == '0' || s[i + 1] == '1'))
			out[n++] = s[++i] == '0' ? '~' : '/';
		else
			out[n++] = s[i];
	}
	out[n] = '\0';
	return out;
}
