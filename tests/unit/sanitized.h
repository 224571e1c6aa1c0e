/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether this is a build with sanitizers: its pace and its memory are not the
 * real ones, so rounds that repeat one thing with other numbers are a quarter.
 */
#ifndef VIGIE_TESTS_SANITIZED_H
#define VIGIE_TESTS_SANITIZED_H

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = 1 };
#elif defined __has_feature
enum { SANITIZED = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) };
#else
enum { SANITIZED = 0 };
#endif

#define ROUNDS_OF(n) (SANITIZED ? (n) / 8 : (n))

#endif
