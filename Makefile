# Provost: one Makefile for everything; `make help` lists what it does.
#
# Folders describe themselves in module.mk files, data only:
#
#   LIBS += base                       a static library
#   base_DIR  := appliance/base
#   base_SRCS := cursor.c writer.c     relative to DIR
#   base_USES :=                       other LIBS; theirs come along
#   base_PKGS :=                       pkg-config names in the build root
#   PROGRAMS += provost-store          the same attributes, and
#   provost-store_OPTION := PROVOST_STORE     built only when this is y
#   provost-store_EMBED := schema/001_initial.sql     (LIBS too) files as
#       `const char embed_001_initial_sql[]`, ended by NUL, and `_len`,
#       declared in "gen/001_initial.sql.embed.h"
#   provost-store_VARLINK := io.provost.Store.varlink (LIBS too) the interface
#       `vl_interface_io_provost_Store` made from that file, declared in
#       "gen/io.provost.Store.h"
#   x_EXTRA_SRCS, x_CFLAGS             third-party sources (absolute paths, or
#                                      under $(LWIP_SRC)), without our warnings;
#                                      x_CFLAGS go to all of x
#   UNIT_TESTS += test_cursor          a program with tests/support/test.h
#   test_cursor_DATA := pxp            packages of rootfs/packages/source.list
#                                      that it reads, unpacked under $(O)/src
#   FUZZERS += dhcp_message            DIR has fuzz.c and corpus/
#
# Everything is compiled inside the build root, a Debian directory made from
# rootfs/packages/lock: the host's compiler and libraries are never used.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc)
endif

# Neither make nor systemd-nspawn can name such a path.
unfit = $(or $(filter-out 0 1,$(words $(1))),$(findstring :,$(1)),$(findstring %,$(1)))
refuse = $(if $(call unfit,$($(1))),$(error $(1)="$($(1))" has a blank, a colon or a percent sign in it: choose another path))
O ?= build
$(foreach path,CURDIR O ROOTS,$(call refuse,$(path)))
override O := $(abspath $(O))
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),:,printf '  %-7s %s\n' $(1) $(2))
short = $(patsubst $(CURDIR)/%,%,$(1))

export PROVOST_BIND := $(if $(filter $(CURDIR)/%,$(O)),,$(O))
export PROVOST_STATE := $(O)/apt
export O V

SETS := $(filter-out source,$(patsubst rootfs/packages/%.list,%,$(wildcard rootfs/packages/*.list)))
FETCH := rootfs/packages/fetch
NPM_SETS := $(patsubst rootfs/packages/%.npm,%,$(wildcard rootfs/packages/*.npm))
FETCH_NPM := rootfs/packages/fetch-npm
IN_ROOT := rootfs/host/in-root
# ROOTS=DIR shares the unpacked package sets between several O=.
ROOTS ?= $(O)/root
override ROOTS := $(abspath $(ROOTS))
export ROOTS
BUILD_ROOT := $(ROOTS)/build
FUZZ_ROOT := $(ROOTS)/fuzz
IN_BUILD := $(IN_ROOT) $(BUILD_ROOT)
LWIP_DIR := $(O)/src/lwip
LWIP_SRC := $(LWIP_DIR)/src

.DEFAULT_GOAL := all
all:

# --- what the folders say ----------------------------------------------------

FOLDERS := $(wildcard appliance provisioning vpn tests rootfs)
MODULES := $(sort $(if $(FOLDERS),$(shell find $(FOLDERS) -name module.mk)))
LIBS :=
PROGRAMS :=
UNIT_TESTS :=
FUZZERS :=
BENCH_PROGRAMS :=
include $(MODULES)
twice = $(foreach x,$(sort $($(1))),$(if $(word 2,$(filter $(x),$($(1)))),$(x)))
$(foreach k,LIBS PROGRAMS UNIT_TESTS FUZZERS,$(if $(strip $(call twice,$(k))),$(error $(k): two are named $(strip $(call twice,$(k))))))

# Goals that need neither the build root nor a configuration.
LIGHT := help clean distclean lock lock-npm setup buildroot stop ctl web $(SETS:%=root-%) $(NPM_SETS:%=npm-%) check check-lint menuconfig nconfig defconfig
IS_LIGHT := $(if $(MAKECMDGOALS),$(if $(filter-out $(LIGHT),$(MAKECMDGOALS)),,y))
ifeq ($(IS_LIGHT),)
include $(O)/auto.conf
endif

# The architecture that the programs and the image are for; every goal of tests is this machine's.
ARCH ?= $(if $(filter y,$(PROVOST_ARM64)),arm64,amd64)
ARCHES := amd64 arm64
$(if $(filter $(ARCH),$(ARCHES)),,$(error ARCH="$(ARCH)": Provost is made for $(ARCHES)))
$(if $(filter amd64,$(ARCH)),,$(if $(filter 1,$(SAN)),$(error SAN=1 is for this machine: leave out ARCH=$(ARCH))))

is_on = $(if $($(1)_OPTION),$(filter y,$($($(1)_OPTION))),y)
PROGRAMS_ON := $(foreach p,$(PROGRAMS),$(if $(call is_on,$(p)),$(p)))

fix = $(if $(filter-out $(1),$(call uses,$(1))),$(call fix,$(call uses,$(1))),$(1))
uses = $(sort $(1) $(foreach l,$(1),$($(l)_USES)))
closure = $(filter-out $(1),$(call fix,$(1)))

# --- flags -------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Werror -Wformat=2 -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wundef -Wimplicit-fallthrough
COMMON := -std=gnu17 -D_GNU_SOURCE -I. -I$(O) -include $(O)/autoconf.h -g -fPIE -fstack-protector-strong \
	-fstack-clash-protection -fno-strict-aliasing -fno-common \
	-ffile-prefix-map=$(O)=build -ffile-prefix-map=$(CURDIR)=. -ffunction-sections -fdata-sections
LINK := -pie -Wl,-z,relro,-z,now -Wl,-z,noexecstack -Wl,--as-needed -Wl,--gc-sections
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Ways to compile the same sources: plain, san (the tests; SAN=1), fuzz, and plain for each further architecture.
RELEASE := -O2 -D_FORTIFY_SOURCE=3 -ftrivial-auto-var-init=zero -fstrict-flex-arrays=3
plain_CC := $(IN_BUILD) gcc
plain_AR := $(IN_BUILD) ar
plain_FLAGS := $(RELEASE) -fcf-protection=full
plain_ROOT := $(BUILD_ROOT).stamp
plain_PKG := $(O)/pkg
san_CC := $(IN_BUILD) gcc
san_AR := $(IN_BUILD) ar
san_FLAGS := -O1 -U_FORTIFY_SOURCE -fcf-protection $(SANITIZE)
san_ROOT := $(BUILD_ROOT).stamp
san_PKG := $(O)/pkg
fuzz_CC := $(IN_ROOT) $(FUZZ_ROOT) clang
fuzz_AR := $(IN_BUILD) ar
fuzz_FLAGS := -O1 -fcf-protection -fsanitize=fuzzer-no-link $(SANITIZE) -Wno-unknown-warning-option
fuzz_ROOT := $(FUZZ_ROOT).stamp
fuzz_PKG := $(O)/pkg
arm64_CC := $(IN_ROOT) $(ROOTS)/build-arm64 aarch64-linux-gnu-gcc
arm64_AR := $(IN_ROOT) $(ROOTS)/build-arm64 aarch64-linux-gnu-ar
arm64_FLAGS := $(RELEASE) -mbranch-protection=standard
arm64_ROOT := $(ROOTS)/build-arm64.stamp
arm64_PKG := $(O)/arm64/pkg

VARIANT := $(if $(filter 1,$(SAN)),san,$(if $(filter amd64,$(ARCH)),plain,$(ARCH)))
VARIANTS := plain san fuzz $(filter-out amd64,$(ARCH))
BIN := $(O)/$(if $(filter plain,$(VARIANT)),,$(VARIANT)/)bin
# The root whose tools make the image of that architecture.
IMAGE_TOOLS := build$(if $(filter amd64,$(ARCH)),,-$(ARCH))

# --- roots, sources, configuration -------------------------------------------

HOST_STAMP := $(O)/host.stamp
SOURCES_LOCK := rootfs/packages/lock $(FETCH)

$(O)/gen $(O)/src $(O)/pkg $(O)/arm64/pkg $(O)/check:
	@mkdir -p $@

$(HOST_STAMP): rootfs/host/setup
	@mkdir -p $(O)
	$(Q)rootfs/host/setup
	@touch $@

$(SETS:%=$(ROOTS)/%.stamp): $(ROOTS)/%.stamp: $(SOURCES_LOCK) | $(HOST_STAMP)
	@mkdir -p $(@D)
	$(Q)$(FETCH) root $* $(ROOTS)/$*

DATA := $(sort $(foreach t,$(UNIT_TESTS),$($(t)_DATA)))
$(LWIP_DIR).stamp $(DATA:%=$(O)/src/%.stamp): $(O)/src/%.stamp: $(SOURCES_LOCK) | $(HOST_STAMP) $(O)/src
	@$(call say,SOURCE,$*)
	$(Q)$(FETCH) source $* $(O)/src/$*

$(SETS:%=root-%): root-%: $(ROOTS)/%.stamp ;

$(NPM_SETS:%=$(ROOTS)/npm-%.stamp): $(ROOTS)/npm-%.stamp: rootfs/packages/lock-npm $(FETCH_NPM) | $(HOST_STAMP)
	@mkdir -p $(@D)
	$(Q)$(FETCH_NPM) set $* $(ROOTS)/npm-$*
$(NPM_SETS:%=npm-%): npm-%: $(ROOTS)/npm-%.stamp ;
buildroot: root-build
setup: $(HOST_STAMP)

lock: $(HOST_STAMP)
	$(Q)$(FETCH) lock
lock-npm: root-browser
	$(Q)$(FETCH_NPM) lock $(ROOTS)/browser

KCONFIG_FILES := Kconfig $(sort $(if $(FOLDERS),$(shell find $(FOLDERS) -name Kconfig)))
KCONFIG := $(IN_BUILD) env CONFIG_= KCONFIG_CONFIG=$(O)/.config KCONFIG_AUTOCONFIG=$(O)/auto.conf \
	KCONFIG_AUTOHEADER=$(O)/autoconf.h KCONFIG_TRISTATE=$(O)/tristate.conf KCONFIG_OVERWRITECONFIG=y
quietly = $(if $(filter 1,$(V)),,>$(O)/kconfig.log 2>&1 || { cat $(O)/kconfig.log; exit 1; })

$(O)/.config: | $(BUILD_ROOT).stamp
	@$(call say,CONFIG,configs/defconfig)
	$(Q)$(KCONFIG) kconfig-conf --defconfig=configs/defconfig Kconfig $(quietly)

$(O)/auto.conf: $(O)/.config $(KCONFIG_FILES) | $(BUILD_ROOT).stamp
	$(Q)cd $(O) && mkdir -p include/config include/generated
	$(Q)$(KCONFIG) sh -c 'kconfig-conf --olddefconfig Kconfig && \
		cd $(O) && srctree=$(CURDIR) kconfig-conf --silentoldconfig $(CURDIR)/Kconfig && \
		touch auto.conf' $(quietly)
$(O)/autoconf.h: $(O)/auto.conf ;

menuconfig nconfig: $(BUILD_ROOT).stamp
	$(Q)$(KCONFIG) kconfig-$(if $(filter nconfig,$@),n,m)conf Kconfig
defconfig: $(BUILD_ROOT).stamp
	$(Q)$(KCONFIG) kconfig-conf --defconfig=configs/defconfig Kconfig $(quietly)
savedefconfig: $(O)/auto.conf
	$(Q)$(KCONFIG) kconfig-conf --savedefconfig=configs/defconfig Kconfig $(quietly)

$(O)/pkg/%.cflags: $(BUILD_ROOT).stamp | $(O)/pkg
	$(Q)$(IN_BUILD) pkg-config --cflags $* | sed 's/-I/-isystem /g' >$@
$(O)/pkg/%.libs: $(BUILD_ROOT).stamp | $(O)/pkg
	$(Q)$(IN_BUILD) pkg-config --libs $* >$@
ARM64_PKG_CONFIG := $(IN_ROOT) $(ROOTS)/build-arm64 env PKG_CONFIG_LIBDIR=/usr/lib/aarch64-linux-gnu/pkgconfig:/usr/share/pkgconfig pkg-config
$(O)/arm64/pkg/%.cflags: $(ROOTS)/build-arm64.stamp | $(O)/arm64/pkg
	$(Q)$(ARM64_PKG_CONFIG) --cflags $* | sed 's/-I/-isystem /g' >$@
$(O)/arm64/pkg/%.libs: $(ROOTS)/build-arm64.stamp | $(O)/arm64/pkg
	$(Q)$(ARM64_PKG_CONFIG) --libs $* >$@

# --- rules made from the folders' data ---------------------------------------

embeds = $(foreach e,$($(1)_EMBED),$(O)/gen/$(notdir $(e)).embed) $(call varlinks,$(1))
varlinks = $(patsubst %.varlink,$(O)/gen/%,$(notdir $($(1)_VARLINK)))
all_embeds = $(foreach x,$(1) $(call closure,$(1)),$(call embeds,$(x)))
all_pkgs = $(sort $(foreach x,$(1) $(call closure,$(1)),$($(x)_PKGS)))
module_of = $(wildcard $($(1)_DIR)/module.mk)

# $(1) variant, $(2) owner
objects = $(addprefix $(O)/$(1)/obj/$(2)/,$(patsubst %.c,%.o,$(subst ../,up/,$($(2)_SRCS)))) \
	$(addprefix $(O)/$(1)/obj/$(2)/extra/,$(patsubst %.c,%.o,$(notdir $($(2)_EXTRA_SRCS)))) \
	$(patsubst %,$(O)/$(1)/obj/$(2)/embed/%.o,$(notdir $($(2)_EMBED))) \
	$(patsubst $(O)/gen/%,$(O)/$(1)/obj/$(2)/varlink/%.o,$(call varlinks,$(2)))
library = $(O)/$(1)/lib/lib$(2).a
libraries = $(foreach l,$(call closure,$(2)),$(call library,$(1),$(l)))

# $(1) variant, $(2) owner, $(3) source, $(4) object, $(5) warnings, $(6) what must be there first
define object_rule
$(4): $(3) $(O)/autoconf.h $(call module_of,$(2)) \
		| $$($(1)_ROOT) $(addsuffix .h,$(call all_embeds,$(2))) \
		$(patsubst %,$($(1)_PKG)/%.cflags,$(call all_pkgs,$(2))) \
		$(if $(strip $(foreach x,$(2) $(call closure,$(2)),$($(x)_EXTRA_SRCS))),$(LWIP_DIR).stamp)
	@mkdir -p $$(@D)
	@$$(call say,CC,$$(call short,$$@))
	$$(Q)$$($(1)_CC) $$(COMMON) $(5) $$($(1)_FLAGS) $$($(2)_CFLAGS) \
		$(patsubst %,@$($(1)_PKG)/%.cflags,$(call all_pkgs,$(2))) -MMD -MP -c $(3) -o $$@
-include $(4:.o=.d)
endef

define objects_rules
$(foreach s,$($(2)_SRCS),$(eval $(call object_rule,$(1),$(2),$(if $(filter /%,$(s)),$(s),$($(2)_DIR)/$(s)),$(O)/$(1)/obj/$(2)/$(patsubst %.c,%.o,$(subst ../,up/,$(s))),$(WARNINGS))))
$(foreach s,$($(2)_EXTRA_SRCS),$(eval $(call object_rule,$(1),$(2),$(s),$(O)/$(1)/obj/$(2)/extra/$(patsubst %.c,%.o,$(notdir $(s))),-w)))
$(foreach e,$($(2)_EMBED),$(eval $(call object_rule,$(1),$(2),$(O)/gen/$(notdir $(e)).embed.c,$(O)/$(1)/obj/$(2)/embed/$(notdir $(e)).o,$(WARNINGS))))
$(foreach e,$(call varlinks,$(2)),$(eval $(call object_rule,$(1),$(2),$(e).c,$(O)/$(1)/obj/$(2)/varlink/$(notdir $(e)).o,$(WARNINGS))))
endef

define library_rule
$(call library,$(1),$(2)): $(call objects,$(1),$(2)) $(call module_of,$(2))
	@mkdir -p $$(@D)
	@$$(call say,AR,$$(call short,$$@))
	$$(Q)rm -f $$@ && $($(1)_AR) -rcsD $$@ $(call objects,$(1),$(2))
endef

# $(1) variant, $(2) program, $(3) its place, $(4) more objects, $(5) more flags
define program_rule
$(3): $(call objects,$(1),$(2)) $(4) $(call libraries,$(1),$(2)) $(call module_of,$(2)) \
		| $(patsubst %,$($(1)_PKG)/%.libs,$(call all_pkgs,$(2))) $(patsubst %,$(O)/src/%.stamp,$($(2)_DATA))
	@mkdir -p $$(@D)
	@$$(call say,LINK,$$(call short,$$@))
	$$(Q)$$($(1)_CC) $$($(1)_FLAGS) $(LINK) $(5) -o $$@ $(call objects,$(1),$(2)) $(4) \
		-Wl,--start-group $(call libraries,$(1),$(2)) -Wl,--end-group \
		$(patsubst %,@$($(1)_PKG)/%.libs,$(call all_pkgs,$(2))) $($(2)_LDLIBS)
endef

define embed_rule
ifneq ($(1),$(embed_$(notdir $(1))))
$(if $(filter-out $(1),$(embed_$(notdir $(1)))),$(error two files named $(notdir $(1)) are embedded))
embed_$(notdir $(1)) := $(1)
$(O)/gen/$(notdir $(1)).embed.c $(O)/gen/$(notdir $(1)).embed.h &: $(1) rootfs/host/embed | $(O)/gen
	@$$(call say,EMBED,$(1))
	$$(Q)rootfs/host/embed $(1) $(O)/gen/$(notdir $(1)).embed
endif
endef

EXTRA := $(sort $(foreach x,$(LIBS) $(PROGRAMS) $(UNIT_TESTS) $(FUZZERS),$($(x)_EXTRA_SRCS)))
$(if $(EXTRA),$(eval $(EXTRA): $(LWIP_DIR).stamp ;))
# A file of another folder (../..) under its one name.
in_tree = $(patsubst $(CURDIR)/%,%,$(abspath $(1)))
$(foreach x,$(LIBS) $(PROGRAMS) $(UNIT_TESTS) $(FUZZERS),$(foreach e,$($(x)_EMBED),$(eval $(call embed_rule,$(call in_tree,$($(x)_DIR)/$(e))))))
# $(1) the .varlink file, $(2) what is made of it, without .c and .h
VARLINK_GEN := appliance/service/varlink_gen.py
define varlink_rule
ifneq ($(1),$(varlink_$(2)))
$(if $(filter-out $(1),$(varlink_$(2))),$(error two files named $(notdir $(1)) are interfaces))
varlink_$(2) := $(1)
$(2).c $(2).h &: $(1) $(VARLINK_GEN) | $(O)/gen $(BUILD_ROOT).stamp
	@$$(call say,VARLINK,$(1))
	$$(Q)$(IN_BUILD) python3 $(VARLINK_GEN) $(1) $(2)
endif
endef

$(foreach x,$(LIBS) $(PROGRAMS) $(UNIT_TESTS) $(FUZZERS),$(foreach e,$($(x)_VARLINK),$(eval $(call varlink_rule,$(call in_tree,$($(x)_DIR)/$(e)),$(patsubst %.varlink,$(O)/gen/%,$(notdir $(e)))))))
$(foreach v,$(VARIANTS),$(foreach l,$(LIBS),$(eval $(call objects_rules,$(v),$(l)))$(eval $(call library_rule,$(v),$(l)))))
$(foreach p,$(PROGRAMS),$(eval $(call objects_rules,$(VARIANT),$(p)))$(eval $(call program_rule,$(VARIANT),$(p),$(BIN)/$(p))))
$(foreach p,$(PROGRAMS),$(eval $(p): $(BIN)/$(p))$(eval $(patsubst provost-%,%,$(p)): $(BIN)/$(p)))
$(foreach t,$(UNIT_TESTS),$(eval $(call objects_rules,san,$(t)))$(eval $(call program_rule,san,$(t),$(O)/san/test/$(t))))

$(foreach b,$(BENCH_PROGRAMS),$(eval $(call objects_rules,plain,$(b)))$(eval $(call program_rule,plain,$(b),$(O)/plain/bench/$(b))))

REPLAY := $(O)/san/obj/fuzz_replay.o
fuzz_replay_DIR := tests/support
$(eval $(call object_rule,san,fuzz_replay,tests/support/fuzz_replay.c,$(REPLAY),$(WARNINGS)))
$(foreach f,$(FUZZERS),$(eval $(call objects_rules,san,$(f)))$(eval $(call program_rule,san,$(f),$(O)/san/replay/$(f),$(REPLAY))))
$(foreach f,$(FUZZERS),$(eval $(call objects_rules,fuzz,$(f)))$(eval $(call program_rule,fuzz,$(f),$(O)/fuzz/bin/$(f),,-fsanitize=fuzzer)))

$(foreach v,$(VARIANTS),$(foreach l,$(LIBS),$(eval $(v)-$(l): $(call library,$(v),$(l)))))
PROGRAM_FILES := $(addprefix $(BIN)/,$(PROGRAMS_ON))

all: $(PROGRAM_FILES) $(foreach l,$(LIBS),$(call library,$(VARIANT),$(l)))
	@rm -f $(addprefix $(BIN)/,$(filter-out $(PROGRAMS_ON),$(PROGRAMS)))

# --- test --------------------------------------------------------------------

export PROVOST_BUILD_ROOT := $(ROOTS)/$(IMAGE_TOOLS)
SUMMARY := tests/support/summary
PARTS := lint $(if $(UNIT_TESTS),unit) $(if $(FUZZERS),fuzz) $(if $(wildcard tests/site/run),site) \
	$(if $(wildcard tests/browser/run),browser) $(if $(wildcard tests/image/run),image)

# Every part writes $(O)/check/PART.results, lines `ok NAME`, `not ok NAME`
# or `skip NAME`; summary turns them into the counts and the exit status.
check:
	$(Q)tests/support/check $(O)/check '$(MAKE)' $(PARTS)

define part
@mkdir -p $(O)/check && rm -f $(O)/check/$(1).results
$(Q)s=0; PROVOST_RESULTS=$(O)/check/$(1).results $(2) || s=$$?; \
	$(if $(PROVOST_CHECK),exit $$s,$(SUMMARY) --status $$s $(O)/check/$(1).results)
endef

check-lint: $(HOST_STAMP)
	$(call part,lint,tests/lint/run)

check-unit: $(addprefix $(O)/san/test/,$(UNIT_TESTS))
	$(call part,unit,tests/support/run_units $^)

REPLAYS := $(addprefix $(O)/san/replay/,$(FUZZERS))
check-fuzz: $(REPLAYS)
	$(call part,fuzz,tests/support/run_replays $(foreach f,$(FUZZERS),$(O)/san/replay/$(f)=$($(f)_DIR)/corpus))

# With SAN=1 the stations in the container carry the sanitizers; what they find there is a failure.
check-site: all $(if $(wildcard tests/site/run),root-site root-site27 root-peers root-image root-browser npm-contract $(if $(filter san,$(VARIANT)),tree,image))
	$(call part,site,tests/site/run)

# The browser tests need the appliance's root only, as a directory.
check-browser: tree root-site root-browser npm-browser
	$(call part,browser,tests/browser/run)

check-image: all $(if $(wildcard tests/image/run),image image-arm64 root-shapes root-site)
	$(call part,image,tests/image/run)

# The image's tests with large numbers: hundreds of power cuts, bit flips, a second build. WORDS= as tests/image/run has them.
soak: all image image-arm64 root-shapes root-site
	$(call part,soak-site,PROVOST_SOAK=1 tests/site/run full_disk backup)
	$(call part,soak,PROVOST_SOAK=1 tests/image/run $(WORDS))

# make fuzz T=name SECONDS=60: the real fuzzer; what it finds stays in build/
SECONDS ?= 60
fuzz: $(if $(filter $(T),$(FUZZERS)),$(O)/fuzz/bin/$(T))
	$(if $(filter $(T),$(FUZZERS)),,$(error T= one of: $(FUZZERS)))
	@mkdir -p $(O)/fuzz/corpus/$(T) $(O)/fuzz/findings/$(T)
	$(Q)$(IN_ROOT) $(FUZZ_ROOT) $(O)/fuzz/bin/$(T) -max_total_time=$(SECONDS) -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix=$(O)/fuzz/findings/$(T)/ $(O)/fuzz/corpus/$(T) $($(T)_DIR)/corpus

# --- image, run, measure -----------------------------------------------------

IMAGE_SET := image$(if $(filter amd64,$(ARCH)),,-$(ARCH))
KERNEL_SET := kernel-$(if $(filter amd64-y,$(ARCH)-$(PROVOST_KERNEL_CLOUD)),cloud,$(ARCH))
export PROVOST_ARCH := $(ARCH)
export PROVOST_IMAGE_ROOT := $(ROOTS)/$(IMAGE_SET)
export PROVOST_KERNEL_ROOT := $(ROOTS)/$(KERNEL_SET)
export PROVOST_SITE_ROOT := $(ROOTS)/site
export PROVOST_SITE27_ROOT := $(ROOTS)/site27
export PROVOST_PEERS_ROOT := $(ROOTS)/peers
export PROVOST_BIN := $(BIN)
export KEYS

# The page: provisioning/web and what it is made of from npm, each text file also as .gz.
MAKE_WEB := rootfs/packages/make-web
$(O)/web.stamp: $(shell find provisioning/web 2>/dev/null) $(MAKE_WEB) $(ROOTS)/npm-web.stamp | $(BUILD_ROOT).stamp
	@$(call say,WEB,$(call short,$(O)/web))
	$(Q)$(MAKE_WEB) assemble provisioning/web $(ROOTS)/npm-web $(O)/web
	$(Q)$(IN_BUILD) python3 $(MAKE_WEB) compress $(O)/web
	@touch $@
web: $(O)/web.stamp

# What each package is, for the list of the image's parts.
$(ROOTS)/%.packages: $(ROOTS)/%.stamp
	@$(call say,DESCRIBE,$*)
	$(Q)$(FETCH) describe $* $(ROOTS)/$*

image: all web root-$(IMAGE_TOOLS) root-$(IMAGE_SET) root-$(KERNEL_SET) $(ROOTS)/$(IMAGE_SET).packages $(ROOTS)/$(KERNEL_SET).packages
	$(Q)rootfs/image/build

# The other architecture's, after this one's: both want all cores.
image-arm64: image
	+$(Q)$(MAKE) ARCH=arm64 image

# make cve TRACKER=FILE: open CVEs of what is in the image, by a copy of Debian's security tracker.
cve: image
	$(Q)rootfs/image/cve.py $(O)/image/provost-$(ARCH).sbom.json $(TRACKER)

# What signs kernels and updates; make image makes it as well. KEYS=DIR: the builder's own.
keys: root-$(IMAGE_TOOLS)
	$(Q)rootfs/image/build keys

# The root file system alone is enough for a container.
tree: all web root-$(IMAGE_TOOLS) root-$(IMAGE_SET)
	$(Q)rootfs/image/build tree

PROVOST_RUN := rootfs/run/provost-run
export VIA PHONES ONCE NETNS KEEP

run: $(HOST_STAMP) root-site
	+$(Q)via=$$($(PROVOST_RUN) via) && $(MAKE) $$([ $$via = vm ] && echo image || echo tree)
	$(Q)exec $(PROVOST_RUN) run
ctl:
	$(Q)$(PROVOST_RUN) ctl $(ARGS)
stop:
	$(Q)$(PROVOST_RUN) stop

BENCHES := $(patsubst tests/bench/%,bench-%,$(filter-out %.mk %.c %.h %.py,$(wildcard tests/bench/[a-z]*)))
bench: $(BENCHES)
$(BENCHES): bench-%: $(addprefix $(O)/plain/bench/,$(BENCH_PROGRAMS))
	$(Q)PROVOST_BENCH=$(O)/plain/bench tests/bench/$*
bench-admin: tree root-site root-browser npm-browser
bench-boot: image root-site root-boot-peer
bench-classes: image root-site

REMOVE = $(if $(filter 0,$(shell id -u)),,sudo )rm -rf --one-file-system

clean:
	$(Q)$(REMOVE) $(O)/plain $(O)/san $(O)/fuzz $(O)/bin $(O)/gen $(O)/pkg $(O)/check $(O)/web $(O)/web.stamp $(O)/image $(O)/include \
		$(O)/auto.conf $(O)/autoconf.h $(O)/tristate.conf $(O)/kconfig.log
distclean:
	$(Q)$(REMOVE) $(O)

help:
	@printf '%s\n' "$$HELP"

define HELP
Provost: the targets of this Makefile. O=DIR builds elsewhere, ROOTS=DIR keeps
the unpacked packages elsewhere, V=1 shows every command, SAN=1 builds with the
address and undefined behaviour sanitizers, ARCH=arm64 for that architecture.

configure   menuconfig      choose options ($(O)/.config); nconfig: the same
            defconfig       the options of configs/defconfig
            savedefconfig   write the chosen options back to it
build       all             every program, into $(O)/bin
            <station>       one: $(sort $(patsubst provost-%,%,$(PROGRAMS)))
            image           the bootable image
            tree            its root file system alone, as a directory
            cve             TRACKER=FILE: open CVEs of the image's packages
            keys            what signs kernels and updates: $(O)/keys, or KEYS=DIR
            web             the page alone, as a directory
test        check           all parts below, one line of counts at the end
            check-unit      unit tests, with sanitizers
            check-fuzz      the fuzzers' corpora replayed
            check-site      real clients on a real network
            check-browser   the page in a real browser
            check-image     the image in a virtual machine
            soak            check-image with large numbers: hours; WORDS='power …'
            check-lint      the rules of this tree
            fuzz            T=NAME SECONDS=60: $(sort $(FUZZERS))
run         run             start the appliance and demo phones until Ctrl-C
                            VIA=container|vm PHONES=n ONCE=1 NETNS=site KEEP=1
            ctl             ARGS='phone list': provostctl in the running one
            stop            end it
$(if $(BENCHES),measure     bench           $(BENCHES)
)packages    lock            take the newest packages into rootfs/packages/lock
            lock-npm        the same for the npm packages, into rootfs/packages/lock-npm
            buildroot       make the build root only
            root-SET        one of: $(SETS)
            setup           install what this machine lacks
clean       clean           what was compiled; the roots and packages stay
            distclean       all of $(O)
endef
export HELP

.PHONY: soak all buildroot setup lock lock-npm web menuconfig nconfig defconfig savedefconfig check check-lint check-unit check-fuzz \
	check-site check-image fuzz image image-arm64 tree keys cve run ctl stop bench clean distclean help $(PROGRAMS) \
	$(patsubst provost-%,%,$(PROGRAMS)) $(BENCHES) $(SETS:%=root-%) $(NPM_SETS:%=npm-%)
