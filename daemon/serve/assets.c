/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pages are made with: our style sheet and scripts (folder `www` of the
 * settings) and Leaflet (folder `leaflet`).  Only files of this table are
 * ever opened, whatever a path says.
 */
#include <errno.h>
#include <stdio.h>

#include "config/config.h"
#include "serve/route.h"

enum { ASSET_MAX = 4 << 20, PIECE = 64 << 10, ASSET_AGE_S = 3600 };

static const char css[] = "text/css; charset=utf-8", js[] = "text/javascript; charset=utf-8";

static const struct asset {
	const char *name;
	bool leaflet;		/* in its folder */
	const char *file, *type;
} assets[] = {
	{ "vigie.css", false, "vigie.css", css },
	{ "vigie.svg", false, "vigie.svg", "image/svg+xml" },
	{ "map.js", false, "map.js", js },
	{ "page.js", false, "page.js", js },
	{ "leaflet.css", true, "leaflet.css", css },
	{ "leaflet.js", true, "leaflet.min.js", js },
};

static const struct asset *
find(const char *name)
{
	for (size_t i = 0; i < sizeof assets / sizeof *assets; i++)
		if (strcmp(assets[i].name, name) == 0)
			return &assets[i];
	return NULL;
}

/* -1: it is not there, or cannot be read. */
static int
read_file(const char *path, struct buf *out)
{
	FILE *in = fopen(path, "re");
	if (in == NULL)
		return -1;
	size_t n;
	do {
		buf_reserve(out, PIECE);
		n = fread(out->data + out->len, 1, PIECE, in);
		out->len += n;
		out->data[out->len] = '\0';
	} while (n > 0 && out->len <= ASSET_MAX);
	int rc = ferror(in) || out->len > ASSET_MAX ? -1 : 0;
	(void)fclose(in);
	return rc;
}

static int
handle_asset(struct exchange *x, const struct request *r, struct answer *a, struct error *err)
{
	(void)err;
	struct buf path = BUF_INIT;
	const struct asset *asset = find(r->path[0]);
	if (asset != NULL)
		buf_fmt(&path, "%s/%s", asset->leaflet ? x->config->serve.leaflet_dir : x->config->www_dir, asset->file);
	int rc = asset != NULL ? read_file(path.data, &a->body) : -1;
	buf_done(&path);
	if (rc != 0)
		return answer_problem(a, 404, "not-found", "There is no file %s here.", r->path[0]);
	a->type = asset->type;
	return 0;
}

static const struct variant variants[] = { { "file", "application/octet-stream", NULL }, { NULL, NULL, NULL } };
static const struct parameter *const none[] = { NULL };

const struct route assets_routes[] = {
	{ .path = "/assets/{file}", .methods = METHOD_GET, .handle = handle_asset, .parameters = none,
	    .variants = variants, .flags = ROUTE_NO_CATALOGUE, .max_age_s = ASSET_AGE_S },
	{ .path = NULL },
};
