# SPDX-License-Identifier: Apache-2.0
# make            build vigied, vigie and the connectors into build/
# make demo       install what is missing, build, run the main job and show it
# make check      install what tests need, build, pass every test
# make unit       unit tests only; make e2e: end-to-end tests only
# make check-real DATA=FOLDER   read real documents
# make check-detection DATA=FOLDER   score the detector on traces of evidence
# make rehearse   every end of a partner, with a fast clock, on a quiet machine
# make check-sanitized   the same tests under AddressSanitizer and UndefinedBehaviorSanitizer (clang)
# make check-threads   the tests that set several threads to work, under ThreadSanitizer
# make install    programs, settings, manuals and units; DESTDIR, prefix; make uninstall: what takes them away again
# make deb        Debian packages, into build/deb
# make torture    kills, a disk that fails, clocks that jump, broken answers: N=0.05 for a twentieth, WHAT=kill=50, SEED=1
# make check-boot   the packages from their installation to the purge, on a machine that systemd-nspawn boots (as root)
# make help       print this
#
# BUILD=FOLDER, CC=clang, SANITIZE=-fsanitize=address,undefined make another build.

CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
BUILD ?= build
SANITIZE ?=
PYTHON ?= /usr/bin/python3
OPT ?= -O2 -g
WERROR ?=

LIBS := libcurl libevent libcjson sqlite3 inih libpsl liburiparser libxxhash libxml-2.0 libsystemd libcrypto libssl zlib
WARN := -Wall -Wextra -Wconversion -Wshadow -Wswitch-enum -Wvla -Wformat=2 -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wundef $(WERROR)
# Unless the environment says how (dpkg-buildflags).
FORTIFY := $(if $(findstring FORTIFY,$(CPPFLAGS)),,-U_FORTIFY_SOURCE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2))
HARDEN := -fstack-protector-strong -fPIE $(FORTIFY)
VERSION := $(shell sed -n 's/^#define VIGIE_VERSION "\(.*\)"/\1/p' daemon/base/version.h)

# Where `make install` puts things; DESTDIR goes before all of them.
prefix ?= /usr/local
sysconfdir ?= /etc
localstatedir ?= /var
bindir ?= $(prefix)/bin
sbindir ?= $(prefix)/sbin
libdir ?= $(prefix)/lib
mandir ?= $(prefix)/share/man
localedir ?= $(prefix)/share/locale
completiondir ?= $(prefix)/share/bash-completion/completions
wwwdir ?= $(prefix)/share/vigie/www
includedir ?= $(prefix)/include
unitdir ?= $(prefix)/lib/systemd/system

CPPFLAGS += -D_GNU_SOURCE -Idaemon -Iconnectors
PATHS := -DVIGIE_CONFIG_FILE='"$(sysconfdir)/vigie/vigie.conf"' -DVIGIE_CAGE_FILE='"$(libdir)/vigie/vigie-cage"' \
	-DVIGIE_CONNECTORS_DIR='"$(libdir)/vigie/connectors"' -DVIGIE_LOCALE_DIR='"$(localedir)"' -DVIGIE_WWW_DIR='"$(wwwdir)"'
CFLAGS += -std=c17 $(OPT) $(WARN) $(HARDEN) $(SANITIZE) $(PKG_CFLAGS)
LDFLAGS += $(SANITIZE) -Wl,-z,relro,-z,now
PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS))
PKG_LIBS = $(shell pkg-config --libs $(LIBS)) -lm -lpthread -ldl

ROOMS := base health unpack plugin normalise config net catalogue cage sync show represent hook alert watch serve
ROOM_SRC := $(foreach r,$(ROOMS),$(wildcard daemon/$(r)/*.c))
DAEMON_SRC := $(wildcard daemon/vigied/*.c)
COMMAND_SRC := $(wildcard daemon/vigie/*.c)
CONNECTORS := json csv hello rpde xml gbfs watch feed jsonld ical
# What a kind of source always says: connectors/presets/NAME.conf, for connector = NAME.
PRESETS := $(patsubst connectors/presets/%.conf,%,$(wildcard connectors/presets/*.conf))
UNIT := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB := $(BUILD)/libvigie.a
BASE := $(BUILD)/libvigie-base.a
CONNECTOR_LIB := $(BUILD)/libvigie-connector.a

LANGUAGES := $(patsubst daemon/alert/po/%.po,%,$(wildcard daemon/alert/po/*.po))
LOCALES := $(LANGUAGES:%=$(BUILD)/locale/%/LC_MESSAGES/vigie.mo)

MANUALS := $(patsubst docs/%.in,%,$(wildcard docs/*.[1-8].in))
READERS := $(CONNECTORS:%=$(BUILD)/connectors/%.so) $(PRESETS:%=$(BUILD)/connectors/%.conf)

all: $(BUILD)/vigied $(BUILD)/vigie $(BUILD)/vigie-cage $(READERS) $(LOCALES) $(MANUALS:%=$(BUILD)/man/%)

$(LIB): $(call obj,$(ROOM_SRC))
	@rm -f $@
	ar rcs $@ $^

# What connectors are linked with: the base room, and what they share.
$(CONNECTOR_LIB): $(call obj,$(wildcard connectors/lib/*.c))
	@rm -f $@
	ar rcs $@ $^
$(BASE): $(call obj,$(wildcard daemon/base/*.c))
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/vigied: $(call obj,$(DAEMON_SRC)) $(LIB)
	$(CC) $(LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)
# It is linked with what a connector's process may have, and no more: not with the network, nor with the catalogue.
$(BUILD)/vigie-cage: $(call obj,daemon/vigie-cage/main.c) $(LIB)
	$(CC) $(LDFLAGS) -pie -o $@ $^ $(shell pkg-config --libs libcjson libxxhash zlib libxml-2.0 libpsl liburiparser) -lm -ldl
$(BUILD)/vigie: $(call obj,$(COMMAND_SRC)) $(LIB)
	$(CC) $(LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

# A connector is one file, or a folder's files beside it: connectors/json.c, connectors/json/*.c
connector_src = connectors/$(1).c $(wildcard connectors/$(1)/*.c)
# and what LIBS_NAME says beside cJSON; LDLIBS_NAME is for a library that pkg-config does not know.
LDLIBS_csv := -lcsv
LIBS_xml := libxml-2.0
LIBS_feed := libxml-2.0
LIBS_jsonld := libxml-2.0 libxxhash
LIBS_ical := libical libxxhash
# Those with [map] may have a program in jq instead.
connector_libs = $(shell pkg-config --libs libcjson $(LIBS_$(1))) $(LDLIBS_$(1)) \
	-Wl,--push-state,--as-needed -ljq -Wl,--pop-state -lm
$(BUILD)/connectors/%.conf: connectors/presets/%.conf
	@mkdir -p $(@D)
	cp $< $@
.SECONDEXPANSION:
$(BUILD)/connectors/%.so: $$(call obj,$$(call connector_src,$$*)) $(CONNECTOR_LIB) $(BASE)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -shared -o $@ $^ $(call connector_libs,$*)

$(BUILD)/obj/connectors/%.o: HARDEN := -fstack-protector-strong $(FORTIFY) -fPIC -fvisibility=hidden
$(BUILD)/obj/daemon/base/%.o: HARDEN += -fPIC

# What every listing goes through.
HOT := $(if $(filter file,$(origin OPT)),-O3)
$(BUILD)/obj/connectors/%.o: CFLAGS += $(HOT)
$(BUILD)/obj/daemon/base/%.o: CFLAGS += $(HOT)
$(BUILD)/obj/daemon/normalise/%.o: CFLAGS += $(HOT)
# And what every question about listings looks through.
$(BUILD)/obj/daemon/catalogue/sqlite_tally_seek.o: CFLAGS += $(HOT)

# Pages of the manual, with what the programs' tables say in them: see daemon/manual/main.c
$(BUILD)/manual: $(call obj,$(wildcard daemon/manual/*.c) $(filter-out daemon/vigie/main.c,$(COMMAND_SRC))) $(LIB)
	$(CC) $(LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)
$(BUILD)/man/%: docs/%.in $(BUILD)/manual $(READERS) $(BUILD)/paths daemon/base/version.h
	@mkdir -p $(@D)
	$(BUILD)/manual $< $(BUILD)/connectors > $@.tmp
	sed -e 's|@VERSION@|$(VERSION)|; s|@SYSCONFDIR@|$(sysconfdir)|; s|@DATADIR@|$(prefix)/share|; s|@LIBDIR@|$(libdir)|; s|@INCLUDEDIR@|$(includedir)|' $@.tmp > $@
	@rm $@.tmp

# Translations of letters, and of pages, which use the words of letters too.
# make po: bring daemon/ROOM/po/*.po up to date with the sources.
SPEAKING := alert serve
$(BUILD)/locale/%/LC_MESSAGES/vigie.mo: $(foreach r,$(SPEAKING),daemon/$(r)/po/%.po)
	@mkdir -p $(@D)
	msgcat --use-first $^ | msgfmt --check-format -o $@ -
XGETTEXT := xgettext --from-code=UTF-8 --add-comments=Translators -k_ -kN_ -kn_:1,2 --no-location --package-name=vigie
$(BUILD)/alert.pot: $(wildcard daemon/alert/*.c)
	@mkdir -p $(@D)
	$(XGETTEXT) -o $@ $^
$(BUILD)/serve.pot: $(wildcard daemon/serve/*.c) | $(BUILD)/alert.pot
	$(XGETTEXT) -x $(BUILD)/alert.pot -o $@ $^
po: $(SPEAKING:%=$(BUILD)/%.pot)
	for r in $(SPEAKING); do for l in $(LANGUAGES); do \
		msgmerge -q -w 100 --backup=none --update daemon/$$r/po/$$l.po $(BUILD)/$$r.pot || exit 1; done; done

# The few objects that know where things are installed are made again when that changes.
PATH_OBJS := $(call obj,daemon/config/keys.c daemon/cage/spawn.c daemon/alert/letter.c daemon/vigied/main.c daemon/vigie/main.c daemon/vigie/commands.c)
$(PATH_OBJS): CPPFLAGS += $(PATHS)
$(PATH_OBJS): $(BUILD)/paths
$(BUILD)/paths: FORCE
	@mkdir -p $(@D)
	@echo "$(PATHS)" | cmp -s - $@ || echo "$(PATHS)" > $@

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# What only tests run is a hundred programs: another linker makes each in a third of the time, if there is one.
TEST_LD := $(if $(SANITIZE),lld,gold)
TEST_LDFLAGS := $(if $(shell command -v ld.$(TEST_LD)),-fuse-ld=$(TEST_LD))

# Unit tests: tests/unit/test_NOUN.c is one program.
$(BUILD)/tests/%: $(BUILD)/obj/tests/unit/%.o $(call obj,$(filter-out connectors/lib/%,$(wildcard connectors/*/*.c))) $(CONNECTOR_LIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(TEST_LDFLAGS) -pie -o $@ $^ -lcmocka $(foreach c,$(CONNECTORS),$(call connector_libs,$(c))) $(PKG_LIBS)

# Good and broken connectors that they load.
TEST_PLUGINS := $(patsubst tests/unit/plugins/%.c,$(BUILD)/test-plugins/%.so,$(wildcard tests/unit/plugins/*.c))
$(BUILD)/test-plugins/%.so: tests/unit/plugins/%.c connectors/vigie_connector.h
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -Iconnectors -std=c17 $(WARN) -fPIC -fvisibility=hidden $(SANITIZE) $(LDFLAGS) -shared -o $@ $<
$(BUILD)/tests/test_plugin $(BUILD)/tests/test_config $(BUILD)/tests/test_config_problems $(BUILD)/tests/test_credential $(BUILD)/tests/test_preset \
	$(BUILD)/tests/test_lookout: | $(TEST_PLUGINS)
$(BUILD)/tests/test_letter $(BUILD)/tests/test_html: | $(LOCALES)
$(BUILD)/tests/test_mobility $(BUILD)/tests/test_shipped: | $(READERS)

# make fuzz       each parser of remote bytes, for FUZZ_SECONDS of a processor (clang)
FUZZ := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ_SECONDS ?= 60
# One build for both: sanitized tests, and what is fuzzed.
FUZZ_BUILD := BUILD=build-fuzz CC=clang OPT="-O1 -gline-tables-only" \
	SANITIZE="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
FUZZ_CONNECTORS := $(filter $(FUZZ),$(CONNECTORS:%=fuzz_%))
$(filter-out $(FUZZ_CONNECTORS:%=$(BUILD)/fuzz/%),$(FUZZ:%=$(BUILD)/fuzz/%)): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(CONNECTOR_LIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(TEST_LDFLAGS) -fsanitize=fuzzer -pie -o $@ $^ $(call connector_libs,) $(PKG_LIBS)
# fuzz_NAME of the connector NAME has that, and the driver of them all.
$(FUZZ_CONNECTORS:%=$(BUILD)/fuzz/%): $(BUILD)/fuzz/fuzz_%: $(BUILD)/obj/tests/fuzz/fuzz_%.o \
		$$(call obj,tests/fuzz/connector.c $$(call connector_src,$$*)) $(CONNECTOR_LIB) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) $(TEST_LDFLAGS) -fsanitize=fuzzer -pie -o $@ $^ $(call connector_libs,$*) $(PKG_LIBS)
fuzz-programs: $(FUZZ:%=$(BUILD)/fuzz/%)
fuzz:
	@tests/install-packages.sh build ci
	@$(MAKE) --no-print-directory fuzz-programs $(FUZZ_BUILD)
	@$(PYTHON) tests/fuzz/run.py build-fuzz $(FUZZ_SECONDS) $(FUZZ)

unit-programs: $(UNIT:%=$(BUILD)/tests/%) $(TEST_PLUGINS)

# tests/check.py runs tests and ends with one line: N passed, N failed.
CHECK = BUILD=$(BUILD) SANITIZED=$(if $(SANITIZE),yes) $(PYTHON) tests/check.py
DATA ?= ../shared/data
# On all cores, unless we were told how many.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))

unit: unit-programs
	@$(CHECK) unit
e2e: all
	@$(CHECK) e2e
# What goes on at once: loop, store, upkeep, mail, visitors and those who work for them.
THREADED := service watch post removal answers hooks events serve metrics actions visitors
# Programs that read the catalogue: many, so they are installed while ours are built.
web-packages:
	@tests/install-packages.sh web || echo "NOT ALL TESTED: programs that read the catalogue cannot be installed"
check:
	@tests/install-packages.sh build test
	@$(MAKE) --no-print-directory $(JOBS) web-packages all unit-programs
	@$(CHECK) unit e2e
# A finding has an exit status that no test waits for.
check-sanitized:
	@tests/install-packages.sh ci
	@ASAN_OPTIONS=detect_leaks=1:strict_string_checks=1:exitcode=99 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 \
		$(MAKE) --no-print-directory check $(FUZZ_BUILD)
rehearse: all
	@tests/install-packages.sh build test
	REHEARSE=1 BUILD=$(BUILD) $(PYTHON) -m pytest -q -p no:cacheprovider -n 2 --dist loadgroup $(wildcard tests/e2e/test_verdicts*.py)
# The disk that fails and the clock that jumps, between the real programs and the real ones.
TORTURE := $(BUILD)/torture/faults.so $(BUILD)/torture/shifted_clock.so
$(BUILD)/torture/faults.so: tests/torture/power.c tests/torture/power.h
$(TORTURE): $(BUILD)/torture/%.so: tests/torture/%.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c17 -O2 $(WARN) -fPIC -shared -o $@.$$$$ $(filter %.c,$^) -ldl && mv $@.$$$$ $@	# several tests may make it at once
N ?= 1
torture: all $(TORTURE)
	@tests/install-packages.sh build test
	@BUILD=$(BUILD) $(PYTHON) tests/torture/torture.py --share $(N) $(if $(SEED),--seed $(SEED)) $(WHAT)
check-threads:
	@tests/install-packages.sh build test
	@$(MAKE) --no-print-directory $(JOBS) all BUILD=build-tsan OPT="-O1 -g" SANITIZE="-fsanitize=thread -fno-omit-frame-pointer"
	@BUILD=build-tsan SANITIZED=yes TSAN_OPTIONS=halt_on_error=1 $(PYTHON) -m pytest -q -p no:cacheprovider -n 4 --dist loadgroup \
		$(THREADED:%=tests/e2e/test_%.py)
check-real: all
	@DATA=$(DATA) $(CHECK) real
check-detection: DATA = ../shared/detection
check-detection: all
	@BUILD=$(BUILD) $(PYTHON) tests/check_detection.py $(DATA)
demo:
	@tests/install-packages.sh build demo
	@echo "building…"
	@$(MAKE) --no-print-directory --silent $(JOBS) all >/dev/null
	@BUILD=$(BUILD) $(PYTHON) tests/demo/demo.py
help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

# What is installed, the one list of it: mode:file:folder.
put = $(foreach f,$(2),$(1):$(f):$(3))
INSTALLED = $(call put,0755,$(BUILD)/vigied,$(sbindir)) \
	$(call put,0755,$(BUILD)/vigie,$(bindir)) \
	$(call put,0755,$(BUILD)/vigie-cage,$(libdir)/vigie) \
	$(call put,0644,$(CONNECTORS:%=$(BUILD)/connectors/%.so) $(PRESETS:%=$(BUILD)/connectors/%.conf),$(libdir)/vigie/connectors) \
	$(foreach l,$(LANGUAGES),$(call put,0644,$(BUILD)/locale/$(l)/LC_MESSAGES/vigie.mo,$(localedir)/$(l)/LC_MESSAGES)) \
	$(call put,0644,$(wildcard daemon/serve/www/*),$(wwwdir)) \
	$(call put,0644,$(wildcard docs/prometheus/*),$(prefix)/share/vigie/prometheus) \
	$(foreach m,$(MANUALS),$(call put,0644,$(BUILD)/man/$(m),$(mandir)/man$(subst .,,$(suffix $(m))))) \
	$(call put,0644,daemon/vigie/completion/vigie daemon/vigied/completion/vigied,$(completiondir)) \
	$(call put,0644,connectors/vigie_connector.h,$(includedir)) \
	$(call put,0644,$(BUILD)/vigied.service systemd/vigied.socket,$(unitdir)) \
	$(call put,0644,systemd/sysusers.d/vigie.conf,$(prefix)/lib/sysusers.d) \
	$(call put,0644,systemd/tmpfiles.d/vigie.conf,$(prefix)/lib/tmpfiles.d)
# Settings: one that is there is never overwritten, and never removed.
SETTINGS := vigie.conf $(patsubst config/%,%,$(wildcard config/partners.d/* config/hooks.d/*))

$(BUILD)/vigied.service: systemd/vigied.service.in $(BUILD)/paths
	sed -e 's|@BINDIR@|$(sbindir)|; s|@SYSCONFDIR@|$(sysconfdir)|' $< > $@
install: all $(BUILD)/vigied.service
	@set -f; IFS=:; for entry in $(INSTALLED:%='%'); do \
		set -- $$entry; \
		install -D -m "$$1" "$$2" "$(DESTDIR)$$3/$${2##*/}" || exit 1; \
	done
	@for f in $(SETTINGS); do \
		test -e "$(DESTDIR)$(sysconfdir)/vigie/$$f" || \
		install -D -m 0644 "config/$$f" "$(DESTDIR)$(sysconfdir)/vigie/$$f" || exit 1; \
	done
	install -d -m 0700 $(DESTDIR)$(sysconfdir)/vigie/credentials
# Settings, secrets and the catalogue stay; so do folders that others use too.
uninstall:
	@set -f; IFS=:; for entry in $(INSTALLED:%='%'); do \
		set -- $$entry; \
		rm -f "$(DESTDIR)$$3/$${2##*/}"; \
	done
	@for d in $(libdir)/vigie/connectors $(libdir)/vigie $(wwwdir) $(prefix)/share/vigie/prometheus $(prefix)/share/vigie; do \
		rmdir "$(DESTDIR)$$d" 2>/dev/null || test ! -e "$(DESTDIR)$$d" || echo "left, it is not empty: $(DESTDIR)$$d"; \
	done
	@echo "settings and secrets stay in $(DESTDIR)$(sysconfdir)/vigie, the catalogue in $(DESTDIR)$(localstatedir)/lib/vigie"

# Made from a copy, because dpkg-buildpackage leaves files about.
deb:
	@tests/install-packages.sh build package
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/vigie
	tar -c --exclude='./build*' --exclude=./.git --exclude=__pycache__ . | tar -x -C $(BUILD)/deb/vigie
	cd $(BUILD)/deb/vigie && dpkg-buildpackage -us -uc -b $(JOBS)
	lintian --fail-on error,warning $(BUILD)/deb/*.changes

# Debian is kept in $(BUILD)/boot for the next time.
check-boot: deb
	@tests/install-packages.sh boot
	@$(PYTHON) tests/boot/boot.py $(BUILD)/boot $(BUILD)/deb

# Figures beside peers: make bench, or some of it: make bench WHAT=sync, make bench WHAT="polls --quick"
bench: all
	@tests/bench/install $(BUILD)/bench
	@BUILD=$(BUILD) CC=$(CC) python3 tests/bench/bench.py $(WHAT)

# Those in C that measure a part by itself: make build/bench_reading, build/bench_merge …
$(BUILD)/bench_%: $(BUILD)/obj/tests/bench/bench_%.o $(LIB)
	$(CC) $(LDFLAGS) -pie -o $@ $^ $(PKG_LIBS)

clean:
	rm -rf $(BUILD)

FORCE:
.PHONY: all web-packages fuzz fuzz-programs unit-programs unit e2e check check-sanitized rehearse torture check-threads check-real check-detection demo help install uninstall deb check-boot clean FORCE bench po
.SECONDARY:
-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
