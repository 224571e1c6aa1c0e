/* SPDX-License-Identifier: Apache-2.0 */
#include "config/listen.h"

#include <arpa/inet.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/buf.h"
#include "base/num.h"

static const char blanks[] = " \t";
static const char unix_prefix[] = "unix:";

static bool
is_loopback(const struct listen_address *a)
{
	static const unsigned char v6[16] = { [15] = 1 };
	return a->family == AF_INET ? a->address[0] == 127 : memcmp(a->address, v6, sizeof v6) == 0;
}

static int
read_address(struct listen_address *a, struct error *err)
{
	int64_t port;
	const char *colon = strrchr(a->text, ':');
	if (colon == NULL || num_int(colon + 1, strlen(colon + 1), 0, UINT16_MAX, &port) != 0)
		return error_set(err, ERROR_CONFIG, "\"%s\" is no address with a port, such as 127.0.0.1:8047", a->text);
	size_t len = (size_t)(colon - a->text);
	bool six = a->text[0] == '[' && len > 2 && a->text[len - 1] == ']';
	char *host = six ? xstrndup(a->text + 1, len - 2) : xstrndup(a->text, len);
	a->family = six ? AF_INET6 : AF_INET;
	a->port = (uint16_t)port;
	int rc = inet_pton(a->family, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, a->address);
	free(host);
	if (rc != 1)
		return error_set(err, ERROR_CONFIG, "\"%s\" is no address with a port, such as 127.0.0.1:8047", a->text);
	if (!is_loopback(a))
		return error_set(err, ERROR_CONFIG, "\"%s\" is not on this machine: listen on 127.0.0.1 and put a web server "
		    "in front of it, such as nginx, which knows HTTPS", a->text);
	return 0;
}

static int
read_path(struct listen_address *a, struct error *err)
{
	const char *path = a->text + sizeof unix_prefix - 1;
	if (*path != '/' || strlen(path) >= sizeof ((struct sockaddr_un *)NULL)->sun_path)
		return error_set(err, ERROR_CONFIG, "\"%s\": a Unix socket has a path that starts with / and has at most %zu bytes",
		    a->text, sizeof ((struct sockaddr_un *)NULL)->sun_path - 1);
	a->path = xstrdup(path);
	a->family = AF_UNIX;
	return 0;
}

int
listen_next(const char **at, struct listen_address *ret, struct error *err)
{
	struct listen_address a = { .text = NULL };
	*at += strspn(*at, blanks);
	size_t len = strcspn(*at, blanks);
	if (len == 0 || (len == 4 && memcmp(*at, "none", 4) == 0))
		return 0;
	a.text = xstrndup(*at, len);
	*at += len;
	int rc = strncmp(a.text, unix_prefix, sizeof unix_prefix - 1) == 0 ? read_path(&a, err) : read_address(&a, err);
	if (rc != 0) {
		listen_address_done(&a);
		return -1;
	}
	*ret = a;
	return 1;
}

void
listen_address_done(struct listen_address *a)
{
	free(a->text);
	free(a->path);
}

char *
listen_url(const char *url, const char *listen)
{
	struct buf out = BUF_INIT;
	struct listen_address a = { .text = NULL };
	if (url != NULL)
		buf_str(&out, url);
	else if (listen_next(&listen, &a, NULL) == 1 && a.family != AF_UNIX)
		buf_fmt(&out, "http://%s", a.text);
	else
		buf_str(&out, "http://localhost");
	listen_address_done(&a);
	while (out.data[out.len - 1] == '/')
		buf_cut(&out, out.len - 1);
	return buf_take(&out);
}
