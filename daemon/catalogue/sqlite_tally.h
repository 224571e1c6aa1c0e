/* SPDX-License-Identifier: Apache-2.0 */
/* What readings ask of the tally. */
#ifndef VIGIE_CATALOGUE_SQLITE_TALLY_H
#define VIGIE_CATALOGUE_SQLITE_TALLY_H

#include "catalogue/sqlite_catalogue.h"

#endif
