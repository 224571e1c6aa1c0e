/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layer's table is filled first, its R-tree at the end, from the table:
 * that is several times faster than a row at a time.  The triggers that keep
 * the R-tree are for those who change the file later: we write none of it
 * through them.
 */
#include "catalogue/geopackage.h"

#include <math.h>
#include <sqlite3.h>

#include "base/buf.h"

#define LAYER "listings"
#define TREE "rtree_" LAYER "_geom"
#define BOX "NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)"
#define PLACED "(NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom))"
#define NOT_PLACED "(NEW.geom ISNULL OR ST_IsEmpty(NEW.geom))"

enum { SRS = 4326, FIRST_VALUE = 2 };

struct geopackage {
	sqlite3 *db;
	sqlite3_stmt *add;
	const struct geopackage_layer *layer;
	bool placed;		/* some of it is somewhere */
	double west, south, east, north;
};

/* The tables are what the standard's annex C says, letter by letter. */
static const char *const tables[] = {
	"PRAGMA application_id = 1196444487",	/* "GPKG" */
	"PRAGMA user_version = 10200",
	/* Nobody reads a file that is not whole: it needs no journal. */
	"PRAGMA journal_mode = OFF",
	"PRAGMA synchronous = OFF",
	"BEGIN",
	"CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,"
	" organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)",
	"INSERT INTO gpkg_spatial_ref_sys VALUES"
	" ('Undefined Cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined Cartesian coordinate reference system'),"
	" ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),"
	" ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS[\"WGS 84\",DATUM[\"WGS_1984\",SPHEROID[\"WGS 84\",6378137,"
	"298.257223563,AUTHORITY[\"EPSG\",\"7030\"]],AUTHORITY[\"EPSG\",\"6326\"]],PRIMEM[\"Greenwich\",0,"
	"AUTHORITY[\"EPSG\",\"8901\"]],UNIT[\"degree\",0.0174532925199433,AUTHORITY[\"EPSG\",\"9122\"]],"
	"AXIS[\"Latitude\",NORTH],AXIS[\"Longitude\",EAST],AUTHORITY[\"EPSG\",\"4326\"]]',"
	" 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid')",
	"CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,"
	" description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),"
	" min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,"
	" CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))",
	"CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,"
	" geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,"
	" CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),"
	" CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),"
	" CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id))",
	"CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,"
	" definition TEXT NOT NULL, scope TEXT NOT NULL, CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))",
	"INSERT INTO gpkg_extensions VALUES ('" LAYER "', 'geom', 'gpkg_rtree_index',"
	" 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
	NULL
};

static const char *const index_of_space[] = {
	"CREATE VIRTUAL TABLE " TREE " USING rtree (id, minx, maxx, miny, maxy)",
	"INSERT INTO " TREE " SELECT fid, longitude, longitude, latitude, latitude FROM " LAYER " WHERE geom NOTNULL",
	"CREATE TRIGGER " TREE "_insert AFTER INSERT ON " LAYER " WHEN " PLACED
	" BEGIN INSERT OR REPLACE INTO " TREE " VALUES (" BOX "); END",
	"CREATE TRIGGER " TREE "_update1 AFTER UPDATE OF geom ON " LAYER " WHEN OLD.fid = NEW.fid AND " PLACED
	" BEGIN INSERT OR REPLACE INTO " TREE " VALUES (" BOX "); END",
	"CREATE TRIGGER " TREE "_update2 AFTER UPDATE OF geom ON " LAYER " WHEN OLD.fid = NEW.fid AND " NOT_PLACED
	" BEGIN DELETE FROM " TREE " WHERE id = OLD.fid; END",
	"CREATE TRIGGER " TREE "_update3 AFTER UPDATE ON " LAYER " WHEN OLD.fid != NEW.fid AND " PLACED
	" BEGIN DELETE FROM " TREE " WHERE id = OLD.fid; INSERT OR REPLACE INTO " TREE " VALUES (" BOX "); END",
	"CREATE TRIGGER " TREE "_update4 AFTER UPDATE ON " LAYER " WHEN OLD.fid != NEW.fid AND " NOT_PLACED
	" BEGIN DELETE FROM " TREE " WHERE id IN (OLD.fid, NEW.fid); END",
	"CREATE TRIGGER " TREE "_delete AFTER DELETE ON " LAYER " WHEN OLD.geom NOTNULL"
	" BEGIN DELETE FROM " TREE " WHERE id = OLD.fid; END",
	"COMMIT",
	NULL
};

static int
fail(struct geopackage *g, struct error *err)
{
	return error_set(err, ERROR_SYSTEM, "the GeoPackage could not be written: %s", sqlite3_errmsg(g->db));
}

static int
exec_all(struct geopackage *g, const char *const *list, struct error *err)
{
	for (; *list != NULL; list++)
		if (sqlite3_exec(g->db, *list, NULL, NULL, NULL) != SQLITE_OK)
			return fail(g, err);
	return 0;
}

/* The layer's table, and the statement that adds a row. */
static int
make_layer(struct geopackage *g, struct error *err)
{
	struct buf create = BUF_INIT, add = BUF_INIT;
	buf_str(&create, "CREATE TABLE " LAYER " (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT");
	buf_str(&add, "INSERT INTO " LAYER " VALUES (NULL, ?");
	for (const struct geopackage_column *c = g->layer->columns; c->name != NULL; c++) {
		buf_fmt(&create, ", %s %s", c->name, c->type);
		buf_str(&add, ", ?");
	}
	buf_char(&create, ')');
	buf_char(&add, ')');
	bool good = sqlite3_exec(g->db, buf_cstr(&create), NULL, NULL, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(g->db, buf_cstr(&add), -1, &g->add, NULL) == SQLITE_OK;
	buf_done(&create);
	buf_done(&add);
	return good ? 0 : fail(g, err);
}

struct geopackage *
geopackage_new(const char *path, const struct geopackage_layer *layer, struct error *err)
{
	struct geopackage *g = xcalloc(1, sizeof *g);
	g->layer = layer;
	int rc = sqlite3_open_v2(path, &g->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
	rc = rc == SQLITE_OK ? exec_all(g, tables, err) : fail(g, err);
	if (rc == 0 && make_layer(g, err) == 0)
		return g;
	geopackage_free(g);
	return NULL;
}

void
geopackage_free(struct geopackage *g)
{
	if (g == NULL)
		return;
	(void)sqlite3_finalize(g->add);
	(void)sqlite3_close(g->db);
	free(g);
}

/* The standard's header without an envelope, then well-known binary, all of it in little-endian order. */
struct point {
	unsigned char bytes[29];
};

static void
put_double(unsigned char *to, double value)
{
	uint64_t bits;
	memcpy(&bits, &value, sizeof bits);
	for (int i = 0; i < 8; i++)
		to[i] = (unsigned char)(bits >> 8 * i);
}

static struct point
point_of(double lat, double lon)
{
	struct point p = { { 'G', 'P', 0, 1, SRS & 0xff, SRS >> 8, 0, 0, 1, 1, 0, 0, 0 } };
	put_double(p.bytes + 13, lon);
	put_double(p.bytes + 21, lat);
	return p;
}

static void
extend(struct geopackage *g, double lat, double lon)
{
	g->west = g->placed ? fmin(g->west, lon) : lon;
	g->east = g->placed ? fmax(g->east, lon) : lon;
	g->south = g->placed ? fmin(g->south, lat) : lat;
	g->north = g->placed ? fmax(g->north, lat) : lat;
	g->placed = true;
}

int
geopackage_add(struct geopackage *g, double lat, double lon, const struct text *values, struct error *err)
{
	bool placed = !isnan(lat) && !isnan(lon);
	struct point p = point_of(lat, lon);
	int rc = placed ? sqlite3_bind_blob(g->add, 1, p.bytes, sizeof p.bytes, SQLITE_STATIC)
	    : sqlite3_bind_null(g->add, 1);
	/* The type of the column makes a number of a text that is one. */
	for (int i = 0; rc == SQLITE_OK && g->layer->columns[i].name != NULL; i++)
		rc = sqlite3_bind_text64(g->add, i + FIRST_VALUE, values[i].s, values[i].len, SQLITE_STATIC, SQLITE_UTF8);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(g->add);
	if (rc == SQLITE_DONE)
		rc = sqlite3_reset(g->add);
	if (rc != SQLITE_OK)
		return fail(g, err);
	if (placed)
		extend(g, lat, lon);
	return 0;
}

static int
describe(struct geopackage *g, int64_t now_ms, struct error *err)
{
	static const char sql[] = "INSERT INTO gpkg_contents VALUES ('" LAYER "', 'features', ?, '',"
	    " strftime('%Y-%m-%dT%H:%M:%fZ', ? / 1000.0, 'unixepoch'), ?, ?, ?, ?, 4326)";
	sqlite3_stmt *st = NULL;
	const double extent[] = { g->west, g->south, g->east, g->north };
	int rc = sqlite3_prepare_v2(g->db, sql, -1, &st, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 1, g->layer->title, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(st, 2, now_ms);
	for (int i = 0; rc == SQLITE_OK && g->placed && i < 4; i++)
		rc = sqlite3_bind_double(st, i + 3, extent[i]);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_DONE)
		rc = sqlite3_exec(g->db, "INSERT INTO gpkg_geometry_columns VALUES ('" LAYER "', 'geom', 'POINT', 4326, 0, 0)",
		    NULL, NULL, NULL);
	(void)sqlite3_finalize(st);
	return rc == SQLITE_OK ? 0 : fail(g, err);
}

int
geopackage_finish(struct geopackage *g, int64_t now_ms, struct error *err)
{
	if (describe(g, now_ms, err) != 0)
		return -1;
	return exec_all(g, index_of_space, err);
}
