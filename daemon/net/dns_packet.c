/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dns_packet.h"

#include <stdbool.h>

#include "base/poison.h"

enum {
	HEADER_BYTES = 12,
	LABEL_MAX = 63,
	TYPE_A = 1,
	TYPE_CNAME = 5,
	CLASS_IN = 1,
	RECURSION_DESIRED = 0x01,
	IS_REPLY = 0x80,
	OPCODE = 0x78,
	RCODE = 0x0f,
	RCODE_NXDOMAIN = 3,
	POINTER = 0xc0,
	RECORD_BYTES = 10,	/* after its name: type, class, lifetime, length */
	ADDRESS_BYTES = 4,
};

static size_t
put16(uint8_t *packet, size_t at, unsigned value)
{
	packet[at] = (uint8_t)(value >> 8);
	packet[at + 1] = (uint8_t)value;
	return at + 2;
}

static unsigned
get16(const uint8_t *packet, size_t at)
{
	return (unsigned)packet[at] << 8 | packet[at + 1];
}

size_t
dns_query(const char *name, uint16_t id, uint8_t packet[DNS_QUERY_MAX])
{
	size_t len = strlen(name), at = HEADER_BYTES;
	len -= len > 0 && name[len - 1] == '.';
	if (len == 0 || len > DNS_NAME_MAX)
		return 0;
	memset(packet, 0, HEADER_BYTES);
	(void)put16(packet, 0, id);
	packet[2] = RECURSION_DESIRED;
	packet[5] = 1;		/* one question */
	for (const char *label = name, *end = name + len; label <= end;) {
		const char *dot = memchr(label, '.', (size_t)(end - label));
		size_t n = (size_t)((dot != NULL ? dot : end) - label);
		if (n == 0 || n > LABEL_MAX)
			return 0;
		packet[at++] = (uint8_t)n;
		memcpy(packet + at, label, n);
		at += n;
		label += n + 1;
	}
	packet[at++] = 0;
	at = put16(packet, at, TYPE_A);
	return put16(packet, at, CLASS_IN);
}

/* Past the name at `at`; 0 if it runs out of the packet. */
static size_t
skip_name(const uint8_t *packet, size_t len, size_t at)
{
	while (at < len && packet[at] != 0) {
		if (packet[at] >= POINTER)
			return at + 2 <= len ? at + 2 : 0;
		at += 1u + packet[at];
	}
	return at < len ? at + 1 : 0;
}

/* Is it our question, whatever the case?  Lengths are no letters: below 64. */
static bool
repeats(const uint8_t *packet, const uint8_t *query, size_t query_len)
{
	for (size_t i = HEADER_BYTES; i < query_len; i++) {
		unsigned a = packet[i], b = query[i];
		a += a >= 'A' && a <= 'Z' ? 0x20 : 0;
		b += b >= 'A' && b <= 'Z' ? 0x20 : 0;
		if (a != b)
			return false;
	}
	return true;
}

/* The first address; true if there is an alias, that is, if the name exists. */
static bool
read_records(const uint8_t *packet, size_t len, size_t at, char ret_address[INET_ADDRSTRLEN])
{
	bool alias = false;
	for (unsigned n = get16(packet, 6); n > 0 && ret_address[0] == '\0'; n--) {
		at = skip_name(packet, len, at);
		if (at == 0 || at + RECORD_BYTES > len)
			break;
		unsigned type = get16(packet, at), size = get16(packet, at + 8);
		at += RECORD_BYTES;
		if (at + size > len)
			break;
		alias |= type == TYPE_CNAME;
		if (type == TYPE_A && size == ADDRESS_BYTES)
			(void)inet_ntop(AF_INET, packet + at, ret_address, INET_ADDRSTRLEN);
		at += size;
	}
	return alias;
}

enum dns_reply
dns_reply_read(const uint8_t *packet, size_t len, const char *name, uint16_t id, char ret_address[INET_ADDRSTRLEN])
{
	uint8_t query[DNS_QUERY_MAX];
	size_t query_len = dns_query(name, id, query);
	ret_address[0] = '\0';
	if (len < HEADER_BYTES || get16(packet, 0) != id || (packet[2] & (IS_REPLY | OPCODE)) != IS_REPLY)
		return REPLY_NONE;
	unsigned rcode = packet[3] & RCODE;
	/* What is in trouble may answer with the header alone. */
	if (get16(packet, 4) == 0 && rcode != 0 && rcode != RCODE_NXDOMAIN)
		return REPLY_FAILS;
	if (get16(packet, 4) != 1 || len < query_len || !repeats(packet, query, query_len))
		return REPLY_NONE;
	if (rcode != 0 && rcode != RCODE_NXDOMAIN)
		return REPLY_FAILS;
	bool alias = read_records(packet, len, query_len, ret_address);
	return rcode == 0 || alias ? REPLY_EXISTS : REPLY_NO_NAME;
}
