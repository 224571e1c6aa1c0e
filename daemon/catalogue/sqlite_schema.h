/* SPDX-License-Identifier: Apache-2.0 */
/* The schema as statements; each list ends with NULL. */
#ifndef VIGIE_CATALOGUE_SQLITE_SCHEMA_H
#define VIGIE_CATALOGUE_SQLITE_SCHEMA_H

extern const char *const schema_tables[];	/* schema number 1 */
extern const char *const schema_loading[];	/* from 1 to 2 */
extern const char *const schema_texts[];	/* from 2 to 3 */
extern const char *const schema_search[];	/* of the file of the full-text index, attached as `texts` */
extern const char *const schema_watch[];	/* from 3 to 4 */
extern const char *const schema_watermark[];	/* from 4 to 5 */
extern const char *const schema_hooks[];	/* from 5 to 6 */
extern const char *const schema_turn[];	/* from 6 to 7 */
extern const char *const schema_totals[];	/* from 7 to 8 */
extern const char *const schema_forgotten[];	/* from 8 to 9 */
extern const char *const schema_refused[];	/* from 9 to 10 */
extern const char *const schema_views[];	/* made anew whenever the number changes */

#endif
