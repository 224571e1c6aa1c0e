#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs the Debian packages that are missing: tests/install-packages.sh [build] [demo] [test] [web] [ci] [package] [boot], all by default.
# Does nothing when all are there; uses sudo when it is not root.
set -eu

build="gcc make pkg-config gettext libc6-dev libcurl4-openssl-dev libevent-dev libcjson-dev libsqlite3-dev libinih-dev
	libpsl-dev liburiparser-dev libxxhash-dev libxml2-dev libcsv-dev libical-dev libjq-dev libsystemd-dev libssl-dev zlib1g-dev tzdata
	ca-certificates publicsuffix"
demo="python3 libjs-leaflet"
test="python3 python3-pytest python3-pytest-xdist libcmocka-dev openssl groff-base mandoc bash-completion python3-aiosmtpd python3-html5lib python3-feedparser python3-icalendar tidy iproute2 libjs-leaflet"
# Programs that read what Vigie gives to others; npm may be there without its Debian package.
web="curl gdal-bin python3-gdal csvkit python3-rdflib sqlite3 python3-jsonschema python3-owslib python3-qgis qgis-providers newsboat
	python3-prometheus-client chromium default-jre-headless"
command -v npm >/dev/null || web="$web nodejs npm"
ci="clang libclang-rt-14-dev lld"
package="build-essential debhelper lintian fakeroot systemd libcmocka-dev python3"
boot="debootstrap systemd-container python3"

wanted=
for group in ${*:-build demo test web ci package boot}; do
	case $group in
	build) wanted="$wanted $build" ;;
	demo) wanted="$wanted $demo" ;;
	test) wanted="$wanted $test" ;;
	web) wanted="$wanted $web" ;;
	ci) wanted="$wanted $ci" ;;
	boot) wanted="$wanted $boot" ;;
	package) wanted="$wanted $package" ;;
	*) echo "usage: $0 [build] [demo] [test] [web] [ci] [package] [boot]" >&2; exit 2 ;;
	esac
done

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" -ne 0 ]; then
	as_root=sudo
	command -v sudo >/dev/null || { echo "As root, please: apt-get install$missing" >&2; exit 1; }
fi
echo "installing:$missing"
install() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
install 2>/dev/null || { $as_root apt-get update -qq && install; }
