/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and replies of the DNS (RFC 1035) on the wire.  Pure; replies are hostile. */
#ifndef VIGIE_NET_DNS_PACKET_H
#define VIGIE_NET_DNS_PACKET_H

#include <arpa/inet.h>
#include <stddef.h>
#include <stdint.h>

enum { DNS_NAME_MAX = 253, DNS_QUERY_MAX = 12 + DNS_NAME_MAX + 2 + 4 };

/* The question for the addresses (A) of `name`, recursion desired.  Returns
 * its length; 0: this is no name (a dot may end it). */
size_t dns_query(const char *name, uint16_t id, uint8_t packet[DNS_QUERY_MAX]);

enum dns_reply {
	REPLY_NONE,		/* not a reply to this question: wait for another */
	REPLY_EXISTS,		/* also without any address, and as an alias of what does not exist */
	REPLY_NO_NAME,		/* NXDOMAIN */
	REPLY_FAILS,		/* SERVFAIL, refused, and whatever else is no answer */
	DNS_REPLIES
};
/* The first address into ret_address; "" if there is none. */
enum dns_reply dns_reply_read(const uint8_t *packet, size_t len, const char *name, uint16_t id,
    char ret_address[INET_ADDRSTRLEN]);

#endif
