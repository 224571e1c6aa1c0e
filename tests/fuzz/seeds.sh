#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Seeds for the fuzz target of a connector: each document of tests/corpus/NAME behind the two bytes that choose settings
# and the size of chunks (connector.c).  tests/fuzz/seeds.sh fuzz_NAME FOLDER
set -eu
mkdir -p "$2"
for file in "tests/corpus/${1#fuzz_}"/*; do
	[ -f "$file" ] || continue
	for choice in 000 001 002 003 004 007; do
		{ printf "\\$choice\\077"; cat "$file"; } > "$2/seed-$choice-$(basename "$file")"
	done
done
