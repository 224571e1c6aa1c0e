/* SPDX-License-Identifier: Apache-2.0 */
#include "serve/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "config/listen.h"

enum { BACKLOG = 512 };

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un un;
	struct sockaddr_storage room;
};

static void
describe(int fd, struct buf *out)
{
	union address a = { .any.sa_family = AF_UNSPEC };
	socklen_t len = sizeof a;
	char text[INET6_ADDRSTRLEN] = "";
	if (out->len > 0 || getsockname(fd, &a.any, &len) != 0)
		return;
	if (a.any.sa_family == AF_INET && inet_ntop(AF_INET, &a.v4.sin_addr, text, sizeof text) != NULL)
		buf_fmt(out, "http://%s:%d", text, ntohs(a.v4.sin_port));
	else if (a.any.sa_family == AF_INET6 && inet_ntop(AF_INET6, &a.v6.sin6_addr, text, sizeof text) != NULL)
		buf_fmt(out, "http://[%s]:%d", text, ntohs(a.v6.sin6_port));
	else if (a.any.sa_family == AF_UNIX)
		buf_fmt(out, "unix:%s", a.un.sun_path);
}

/* What a process that ended left behind goes; a socket that somebody answers on stays. */
static void
clear_stale(const union address *a, socklen_t len)
{
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (lstat(a->un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) && connect(fd, &a->any, len) != 0 &&
	    errno == ECONNREFUSED)
		(void)unlink(a->un.sun_path);
	(void)close(fd);
}

static int
open_one(const struct listen_address *where, int *ret, struct error *err)
{
	const int yes = 1;
	union address a = { .any.sa_family = AF_UNSPEC };
	socklen_t len;
	if (where->path != NULL) {
		a.un.sun_family = AF_UNIX;
		(void)snprintf(a.un.sun_path, sizeof a.un.sun_path, "%s", where->path);
		len = sizeof a.un;
		clear_stale(&a, len);
	} else if (where->family == AF_INET) {
		a.v4 = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(where->port) };
		memcpy(&a.v4.sin_addr, where->address, sizeof a.v4.sin_addr);
		len = sizeof a.v4;
	} else {
		a.v6 = (struct sockaddr_in6){ .sin6_family = AF_INET6, .sin6_port = htons(where->port) };
		memcpy(&a.v6.sin6_addr, where->address, sizeof a.v6.sin6_addr);
		len = sizeof a.v6;
	}
	int fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	if (fd < 0 || bind(fd, &a.any, len) != 0 || listen(fd, BACKLOG) != 0) {
		(void)error_errno(err, ERROR_SYSTEM, "cannot listen on %s", where->text);
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	if (where->path != NULL)
		(void)chmod(where->path, 0660);
	*ret = fd;
	return 0;
}

int
listen_open(const char *listen, int ret[LISTEN_MAX], size_t *ret_n, struct buf *address, struct error *err)
{
	struct listen_address where;
	int given = sd_listen_fds(1);
	*ret_n = 0;
	for (int i = 0; i < given && *ret_n < LISTEN_MAX; i++)
		ret[(*ret_n)++] = SD_LISTEN_FDS_START + i;
	for (const char *at = listen; given <= 0 && listen_next(&at, &where, err) == 1;) {
		if (*ret_n == LISTEN_MAX)
			(void)error_set(err, ERROR_CONFIG, "more than %d addresses to listen on", LISTEN_MAX);
		else if (open_one(&where, &ret[*ret_n], err) == 0)
			++*ret_n;
		listen_address_done(&where);
		if (err->kind != ERROR_NONE)
			break;
	}
	if (err->kind != ERROR_NONE) {
		while (*ret_n > 0)
			(void)close(ret[--*ret_n]);
		return -1;
	}
	for (size_t i = 0; i < *ret_n; i++)
		describe(ret[i], address);
	return 0;
}
