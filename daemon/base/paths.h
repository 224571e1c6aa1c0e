/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are unless they are told otherwise; `make` may say it. */
#ifndef VIGIE_BASE_PATHS_H
#define VIGIE_BASE_PATHS_H

#ifndef VIGIE_CONFIG_FILE
#define VIGIE_CONFIG_FILE "/etc/vigie/vigie.conf"
#endif

#endif
