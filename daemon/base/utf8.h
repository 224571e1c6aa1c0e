/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, at most U+10FFFF. */
#ifndef VIGIE_BASE_UTF8_H
#define VIGIE_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes (1 to 4) of the valid sequence at `s`, 0 if there is none. */
size_t utf8_sequence(const char *s, size_t len);
bool utf8_valid(const char *s, size_t len);
bool utf8_text(const char *s, size_t len);	/* and of the bytes below U+0020 it holds line feeds only */
/* Columns that a terminal needs for it, whatever the locale: East Asian
 * characters and emoji take 2, combining marks none. */
size_t utf8_width(const char *s, size_t len);
/* Bytes of what fits in that many columns. */
size_t utf8_prefix(const char *s, size_t len, size_t columns);
/* Bytes of its longest beginning of at most `max` bytes that ends between two characters. */
size_t utf8_cut(const char *s, size_t len, size_t max);

/* Writes U+0000 to U+10FFFF, but surrogates; returns its bytes (1 to 4). */
size_t utf8_encode(uint32_t code, char ret[4]);
/* What a byte from 0x80 on means to most who send text that is not UTF-8; 0: nothing. */
uint32_t windows_1252(unsigned char byte);

#endif
