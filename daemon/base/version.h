/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIGIE_BASE_VERSION_H
#define VIGIE_BASE_VERSION_H

#define VIGIE_VERSION "0.1.0"

#endif
