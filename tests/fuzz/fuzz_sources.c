/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What others than partners answer, on any bytes: web pages, registers of
 * names and companies, the legal gazette, name servers, headers.  The first
 * byte says which; what is told must be fit to show.
 */
#include <assert.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "net/dns_packet.h"
#include "watch/notice.h"
#include "watch/page.h"
#include "watch/registry.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char siren[] = "000000018";

static void
check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);
	assert(len < size && utf8_valid(text, len) && strpbrk(text, "\r\n\t") == NULL);
}

static void
fuzz_page(const char *text, size_t len, const char *type)
{
	struct page_reading page;
	page_read(text, len, type, &page);
	check_text(page.quote, sizeof page.quote);
	assert(page_alike(page.likeness, page.likeness));
	assert(page.kind <= PAGE_EMPTY && (page.cues > 0 || page.kind == PAGE_ORDINARY || page.kind == PAGE_EMPTY));
}

static void
fuzz_domain(const char *text, size_t len)
{
	struct rdap_reading rdap;
	struct error err = ERROR_INIT;
	char server[64];
	if (rdap_read(200, text, len, &rdap, &err) == 0)
		check_text(rdap.note, sizeof rdap.note);
	else
		assert(err.kind != ERROR_NONE);
	if (rdap_bootstrap(text, len, "roulotte.fr", server, sizeof server, NULL) == 0)
		assert(server[strlen(server) - 1] == '/');
}

static void
fuzz_companies(const char *text, size_t len)
{
	struct company_reading company;
	if (company_read(siren, text, len, &company, NULL) == 0)
		check_text(company.note, sizeof company.note);
	if (gazette_read(siren, text, len, &company, NULL) == 0)
		check_text(company.note, sizeof company.note);
}

static void
fuzz_names(const char *text, size_t len)
{
	char address[INET_ADDRSTRLEN];
	const uint8_t *packet = (const uint8_t *)text;
	uint16_t id = len > 1 ? (uint16_t)(packet[0] << 8 | packet[1]) : 0;
	(void)dns_reply_read(packet, len, "a.fr", id, address);
	check_text(address, sizeof address);
}

static void
fuzz_headers(const char *text)
{
	struct notice notice;
	notice_read(text, text, &notice);
	(void)siren_valid(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	size_t len = size - 1;
	char *text = xmalloc(len + 1), *exact = xmalloc(len + (len == 0));
	memcpy(text, data + 1, len);
	memcpy(exact, data + 1, len);	/* no terminator: a read past the end is found */
	text[len] = '\0';
	switch (data[0] % 6) {
	case 0:
		fuzz_page(exact, len, "text/html");
		break;
	case 1:
		fuzz_page(exact, len, "");
		break;
	case 2:
		fuzz_domain(exact, len);
		break;
	case 3:
		fuzz_companies(exact, len);
		break;
	case 4:
		fuzz_names(exact, len);
		break;
	default:
		fuzz_headers(text);
	}
	free(text);
	free(exact);
	return 0;
}
