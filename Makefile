# xb: build, test, install.  `make help` lists the targets.
#
# Settings may stand in config.mak or on the command line:
#   CC CFLAGS LDFLAGS PREFIX DESTDIR, and BINDIR and its like, below
#   SAN=1      build into obj/san and bin/san with ASan and UBSan
#   SHARED=1   link against shared libraries, into bin/shared, as packages are
#   WERROR=1   warnings are errors (CI)
#   WITHOUT="lzo lz4 ..."  leave codecs out (xz stands for lzma too), or xen:
#              real domains; those in files remain; or edit: xb-step's lines
-include config.mak

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
BASHDIR	?= $(PREFIX)/share/bash-completion/completions
ZSHDIR	?= $(PREFIX)/share/zsh/site-functions
FISHDIR	?= $(PREFIX)/share/fish/vendor_completions.d
UNITDIR	?= $(PREFIX)/lib/systemd/system
CC	?= cc
CFLAGS	?= -O2 -g
PKG_CONFIG ?= pkg-config

SAN_COMMON = -fsanitize=address,undefined -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer
ifdef SAN
SUB	= /san
SANFLAGS = $(SAN_COMMON)
# The tests start some ten thousand programs with sanitizers.  One starts and ends
# in half of the time where gcc's sanitizers are in it, as clang's always are, at
# an address that is known when it is linked, with tests/leaks.c.
PIE	= -no-pie
ifeq ($(findstring clang,$(CC)),)
SAN_LD	= -static-libasan -static-libubsan
SAN_FIRST = $(O)/tests/leaks.o
endif
endif
# FUZZ=libfuzzer, FUZZ=afl: into bin/fuzz-libfuzzer and bin/fuzz-afl, the targets
# of tests/fuzz alone, for a fuzzer instead of tests/fuzz/main.c.
ifdef FUZZ
SUB	= /fuzz-$(FUZZ)
CC	= $(if $(filter afl,$(FUZZ)),afl-clang-fast,clang)
SANFLAGS = $(SAN_COMMON) -fsanitize=fuzzer-no-link $(NO_CMP) \
	   -DFUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
# A fuzzer that is told of each comparison learns keys and magics.  In these
# rooms, which compare every entry of page tables, and in the search for the
# table of a 'bin' image, it learns nothing and takes twice the time.
$(addprefix obj/fuzz-$(FUZZ)/libstage/,abi/% build/% image/bin% target/% \
    verify/% walk/%): NO_CMP = -fno-sanitize-coverage=trace-cmp
endif
O	= obj$(SUB)
B	= bin$(SUB)$(if $(SHARED),/shared)

# What makes a fault in a program hard to use; tests/bats/14-hardening.bats reads
# it off the programs.  The sanitizers watch the C library's calls themselves.
MACHINE	:= $(shell $(CC) -dumpmachine 2>/dev/null)
HARDEN	= -fPIE -fstack-protector-strong -fstack-clash-protection \
	  $(if $(filter x86_64% i%86%,$(MACHINE)),-fcf-protection)
# The C library checks buffers in optimised code alone.
ifeq ($(SANFLAGS)$(filter -O0,$(CFLAGS)),)
HARDEN	+= -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
PIE	?= -pie
HARDEN_LD = -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack

# Drawings compute with constants of enums, as doubles; clang 19 warns of that.
WARN	= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wconversion -Wvla -Wpointer-arith -Wwrite-strings -Wundef \
	  -Wno-enum-float-conversion -Werror=unused-result \
	  $(if $(WERROR),-Werror)

# A file in stages is a program.
PROGRAMS = $(patsubst stages/%.c,%,$(wildcard stages/*.c))

# Codecs: name, pkg-config module and Debian package (deps) of each.
CODECS_ALL = xz zstd lz4 bzip2 lzo
MODULE_xz = liblzma
MODULE_zstd = libzstd
MODULE_lz4 = liblz4
MODULE_bzip2 = bzip2
MODULE_lzo = lzo2
# bzip2 and lzo ship without a .pc file in some releases.
have	= $(shell $(PKG_CONFIG) --exists $(MODULE_$(1)) 2>/dev/null && echo $(1) \
	  || { echo 'int main(void){return 0;}' | $(CC) -x c - $(LIBS_$(1)) \
	  -o /dev/null 2>/dev/null && echo $(1); })
LIBS_xz = -llzma
LIBS_zstd = -lzstd
LIBS_lz4 = -llz4
LIBS_bzip2 = -lbz2
LIBS_lzo = -llzo2
ifneq ($(MAKECMDGOALS),deps)
CODECS	:= $(foreach c,$(filter-out $(WITHOUT),$(CODECS_ALL)),$(call have,$c))
endif
CODEC_DEFS := $(foreach c,$(CODECS),-DWITH_$(shell echo $c | tr a-z A-Z))
CODEC_LIBS = -lz $(foreach c,$(CODECS),$(LIBS_$c))

# Xen's libraries.
XEN_MODULES = xencontrol xencall xenforeignmemory xentoollog xenevtchn xenstore
ifneq ($(MAKECMDGOALS),deps)
XEN	:= $(if $(filter xen,$(WITHOUT)),,$(shell \
	   $(PKG_CONFIG) --exists $(XEN_MODULES) xlutil 2>/dev/null && echo xen))
xen_libs = $(if $(XEN),$(shell $(PKG_CONFIG) $(1) --libs $(XEN_MODULES)))
XEN_LIBS := $(call xen_libs)
endif
# What reads xl.cfg.  A call of it that xb never makes needs a function of libxl,
# in the place of which a static program has abort(3), and not all of libxl.
XL_LIBS	= -lxlutil
XL_STATIC = $(XL_LIBS) -Wl,--defsym=libxl_defbool_set=abort
XEN_DEFS = $(if $(XEN),-DWITH_XEN)

# Line editing of xb-step.
ifneq ($(MAKECMDGOALS),deps)
EDIT	:= $(if $(filter edit,$(WITHOUT)),,$(shell \
	   $(PKG_CONFIG) --exists libedit 2>/dev/null && echo edit))
endif
EDIT_DEFS = $(if $(EDIT),-DWITH_EDIT)
EDIT_LIBS = $(if $(EDIT),-ledit)

# The C library of msgpack is msgpack-c since version 6, and msgpackc before.
MSGPACK_LIB := $(shell $(PKG_CONFIG) --libs-only-l msgpack-c 2>/dev/null || \
	   echo -lmsgpackc)

CPPFLAGS += -D_GNU_SOURCE -Ilibstage $(XEN_DEFS) $(EDIT_DEFS)
ALL_CFLAGS = -std=c11 $(WARN) $(HARDEN) $(SANFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(HARDEN_LD) $(SANFLAGS) $(SAN_LD) -Wl,--as-needed $(LDFLAGS)
# Every program may use all of them, and is linked against those that it does:
# --as-needed above leaves the others out, which tests/bats/90-docs.bats checks.
NEEDED	= $(MSGPACK_LIB) -ljansson -lnettle $(CODEC_LIBS) $(EDIT_LIBS)
LDLIBS	= $(NEEDED) $(if $(XEN),$(XL_LIBS)) $(XEN_LIBS)

# Programs are linked with all that they need inside: they start faster, and run
# anywhere.  Where a library, the C library among them, cannot be had so, all are
# linked against shared ones, and make says what was missing.  The sanitizers
# need the C library as a shared one; unit tests are linked against shared ones,
# for cmocka does not come in one piece.
PROGRAM_LINK = $(PIE)
PROGRAM_LIBS = $(LDLIBS)
LINKED	= the programs need shared libraries, as SHARED=1 asks
ifeq ($(SHARED)$(FUZZ)$(filter deps,$(MAKECMDGOALS)),)
INSIDE	= $(if $(SAN),$(PIE),-static-pie)
STATIC_LIBS := -Xlinker -Bstatic $(NEEDED) $(foreach c,$(CODECS),$(shell \
	   $(PKG_CONFIG) --static --libs-only-l $(MODULE_$c) 2>/dev/null)) \
	   $(if $(XEN),$(XL_STATIC)) $(call xen_libs,--static) \
	   $(if $(EDIT),$(shell $(PKG_CONFIG) --static --libs-only-l libedit) -lmd) \
	   $(if $(SAN),-Xlinker -Bdynamic)
NOT_STATIC := $(shell echo 'int main(void){__builtin_abort();}' | $(CC) -x c - \
	   -fPIE $(INSIDE) $(LDFLAGS) $(STATIC_LIBS) -o /dev/null 2>&1 || \
	   echo failed)
ifeq ($(NOT_STATIC),)
PROGRAM_LINK = $(INSIDE)
PROGRAM_LIBS = $(STATIC_LIBS)
LINKED	= the programs need no shared library (with SHARED=1 they do)
else
LINKED	= the programs need shared libraries and so start slower: \
	  $(or $(sort $(filter -l%,$(subst :, ,$(NOT_STATIC)))),$(CC)) cannot \
	  be linked statically
endif
endif

LIB_SRCS = $(filter-out $(if $(XEN),,libstage/target/xen/%), \
	   $(wildcard libstage/*/*.c libstage/*/*/*.c))
LIB_OBJS = $(LIB_SRCS:libstage/%.c=$(O)/libstage/%.o)
TESTS	= $(patsubst tests/unit/%.c,$(B)/%,$(wildcard tests/unit/test-*.c))

all: $(PROGRAMS:%=$(B)/%)

# Other settings than last time: what they are for is built anew.  -Werror is none
# of them, for the objects are the same: `make install` takes what `make check`
# built.
$(O)/settings: SETTINGS = $(CC) $(CPPFLAGS) $(filter-out -Werror,$(ALL_CFLAGS))
$(B)/settings: SETTINGS = $(CC) $(PROGRAM_LINK) $(ALL_LDFLAGS) \
    $(PROGRAM_LIBS)
$(B)/settings: SAY = $(if $(SANFLAGS),:,echo 'xb: $(LINKED)')
$(O)/codecs: SETTINGS = $(CODEC_DEFS)
$(O)/codecs $(O)/settings $(B)/settings: always
	@mkdir -p $(@D)
	@echo '$(SETTINGS)' | cmp -s - $@ || { echo '$(SETTINGS)' >$@; \
	    $(or $(SAY),:); }

# What is kept of a file that was read (image/answers.c) holds for the code that
# read it.
$(O)/sources: always
	@mkdir -p $(@D)
	@{ cat libstage/*/*.[ch] libstage/*/*/*.[ch]; echo '$(CODECS)'; } | \
	    sha256sum | cut -c 1-32 >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(O)/libstage/image/answers.o: $(O)/sources
$(O)/libstage/image/answers.o: private CPPFLAGS += \
    -DSOURCES_DIGEST='"$(shell cat $(O)/sources)"'

CODEC_OBJS = $(filter $(O)/libstage/codec/%,$(LIB_OBJS))
$(CODEC_OBJS): $(O)/codecs
$(CODEC_OBJS): private CPPFLAGS += $(CODEC_DEFS)

$(O)/%.o: %.c $(O)/settings
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/libstage.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/%: $(SAN_FIRST) $(O)/stages/%.o $(O)/libstage.a $(B)/settings
	@mkdir -p $(@D)
	$(CC) $(PROGRAM_LINK) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) \
	    $(PROGRAM_LIBS)

# With readers of hostile bytes that do on purpose what they may not.
$(B)/misbehave/%: $(SAN_FIRST) $(O)/tests/misbehave.o $(O)/stages/%.o \
    $(O)/libstage.a $(O)/settings
	@mkdir -p $(@D)
	$(CC) $(PIE) $(ALL_LDFLAGS) -Wl,--wrap=image_read,--wrap=codec_unpack \
	    -Wl,--wrap=schema_json_pack,--wrap=schema_json_parse \
	    -Wl,--wrap=cfg_parse,--wrap=poll -o $@ \
	    $(filter %.o %.a,$^) $(LDLIBS)

# What several unit tests share; a test takes of it what it names.
KIT_OBJS = $(patsubst %.c,$(O)/%.o,$(filter-out tests/unit/test-%,\
	   $(wildcard tests/unit/*.c)))
$(O)/tests/unit/kit.a: $(KIT_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/test-%: $(SAN_FIRST) $(O)/tests/unit/test-%.o $(O)/tests/unit/kit.a \
    $(O)/libstage.a
	@mkdir -p $(@D)
	$(CC) $(PIE) $(ALL_LDFLAGS) -o $@ $(filter %.o %.a,$^) -lcmocka $(LDLIBS)

# A file of tests/fuzz that is not one of these is a fuzz target.
FUZZ_SHARED = tests/fuzz/fuzz.c tests/fuzz/built.c tests/fuzz/inside.c
FUZZ_MAIN = tests/fuzz/main.c
FUZZ_TARGETS = $(patsubst tests/fuzz/%.c,$(B)/fuzz-%,$(filter-out \
	   $(FUZZ_MAIN) $(FUZZ_SHARED),$(wildcard tests/fuzz/*.c)))
$(B)/fuzz-%: $(SAN_FIRST) $(O)/tests/fuzz/%.o $(FUZZ_SHARED:%.c=$(O)/%.o) \
    $(if $(FUZZ),,$(FUZZ_MAIN:%.c=$(O)/%.o)) $(O)/tests/unit/kit.a \
    $(O)/libstage.a
	@mkdir -p $(@D)
	$(CC) $(PIE) $(ALL_LDFLAGS) $(FUZZ:%=-fsanitize=fuzzer) -o $@ \
	    $(filter %.o %.a,$^) $(LDLIBS)

# ---- packages -------------------------------------------------------------
# Everything below that needs a package calls deps with the list it needs.
DEPS_BUILD = gcc libc6-dev pkgconf zlib1g-dev libmsgpack-dev libjansson-dev \
	nettle-dev liblzma-dev libzstd-dev liblz4-dev libbz2-dev liblzo2-dev \
	libxen-dev libedit-dev
DEPS_DEMO = $(DEPS_BUILD) busybox-static cpio xz-utils
DEPS_FUZZ = clang libclang-rt-dev $(if $(filter fuzz-afl,$(MAKECMDGOALS)),afl++)
DEPS_CHECK = $(DEPS_DEMO) $(DEPS_FUZZ) libcmocka-dev bats jq dash less dpkg-dev \
	grub-xen-host mandoc bash-completion zsh fish man-db systemd git zstd \
	lz4 lzop bzip2 python3-msgpack parallel strace gdb librsvg2-bin skopeo \
	docker-registry slurmctld slurmd slurm-client munge acpica-tools \
	golang-github-opencontainers-image-spec-dev python3-jsonschema
DEPS_LINT = clang clang-tidy cppcheck shellcheck pyflakes3 mandoc
DEPS_BENCH = $(DEPS_DEMO)
DEPS_DEB = $(filter-out gcc libc6-dev liblzo2-dev,$(DEPS_BUILD)) \
	build-essential dpkg-dev debhelper
DEPS_XEN = $(DEPS_DEMO) $(shell cat tests/xen/packages)
DEPS_FLEET = $(DEPS_XEN) slurmctld slurmd slurm-client munge jq iproute2

deps:
	tests/deps $(sort $(DEPS_CHECK) $(DEPS_LINT) $(DEPS_BENCH) $(DEPS_FLEET) \
	    afl++)

# ---- demo, tests ----------------------------------------------------------
demo:
	@tests/deps $(DEPS_DEMO)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@pipelines/demo

demo-xen:
	@tests/deps $(DEPS_XEN)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tests/xen/demo

# Two steps, for what is found on the machine is asked when make starts.
check:
	@tests/deps $(DEPS_CHECK) $(DEPS_XEN) $(DEPS_DEB) lintian
	@$(MAKE) --no-print-directory programs-of-tests
	tests/run -x

check-fast:
	@tests/deps $(DEPS_CHECK)
	@$(MAKE) --no-print-directory programs-of-tests
	tests/run

# XEN=4.20: that of Debian 13, in a fresh one of it; needs root.
check-xen:
ifeq ($(XEN),4.20)
	@tests/deps debootstrap
	XB_FRESH=check-xen tests/fresh trixie
else ifeq ($(origin XEN),command line)
	@echo 'make check-xen boots the Xen of this Debian, or with XEN=4.20' \
	    'that of Debian 13' >&2; exit 64
else
	@tests/deps $(DEPS_XEN)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory -s -j$$(nproc) all SHARED=1
	tests/xen/suite
endif

# XTF=FOLDER is the built tree of the Xen Test Framework.
check-xtf:
ifeq ($(XTF),)
	@echo 'make check-xtf XTF=FOLDER: the Xen Test Framework, built there' \
	    '(git clone git://xenbits.xen.org/xtf.git)' >&2; exit 64
else
	@tests/deps $(DEPS_XEN) binutils
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory -s -j$$(nproc) all SHARED=1
	XB_XTF=$(XTF) tests/xen/suite xtf
endif

# A farm of two Xen hosts, as xb-fleet(7) has it, in two emulated machines;
# needs root.
check-fleet:
	@tests/deps $(DEPS_FLEET)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	tests/xen/fleet

# The README's commands on a fresh Debian 12 and 13; needs root.
check-fresh:
	@tests/deps debootstrap
	tests/fresh $(FRESH)

# The Debian package, built, installed and tested on a fresh one; needs root.
check-deb:
	@tests/deps debootstrap
	XB_FRESH=check-package tests/fresh $(FRESH)

# What that runs, for a machine that may be thrown away: xb is installed.
check-package:
	@tests/deps $(DEPS_DEB) $(DEPS_DEMO) lintian autopkgtest bats jq \
	    python3
	tests/package

# Hours: a fault at every place there is, and thousands of domains; then the
# same on Xen, which takes minutes.
# FAULTS="-s 600 -n SEED -c CASE -k KIND"
check-faults:
	@tests/deps $(DEPS_CHECK) $(DEPS_XEN)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@$(MAKE) --no-print-directory -s -j$$(nproc) all SHARED=1
	tests/faults/run $(FAULTS)
	tests/faults/loop
	tests/xen/suite faults-all many-all

# Does each test fail when what it holds is taken away?
check-mutations:
	@tests/deps $(DEPS_CHECK)
	tests/mutations/run $(MUTATIONS)

programs-of-tests:
	@echo 'building the programs, as shipped and with shared libraries'
	@$(MAKE) -s -j$$(nproc) all bin/test-confine WERROR=1
	@$(MAKE) -s -j$$(nproc) SHARED=1 WERROR=1 all
	@echo 'building the tests, with the sanitizers of gcc and of clang'
	@$(MAKE) -s -j$$(nproc) all unit-programs completions SAN=1 \
	    WERROR=1
	@$(MAKE) -s -j$$(nproc) fuzz-programs FUZZ=libfuzzer WERROR=1

unit-programs: $(TESTS) $(FUZZ_TARGETS)

fuzz-programs: $(FUZZ_TARGETS)

unit: unit-programs
	@for t in $(TESTS); do $$t || exit; done

golden: $(B)/test-report
	GOLDEN=write $(B)/test-report
	GOLDEN=write tests/run tests/bats/77-step.bats

# What README.md shows.
pictures: all
	@tests/deps $(DEPS_DEMO)
	@PATH="$(CURDIR)/$(B):$$PATH" tests/pictures pictures

bench:
	@tests/deps $(DEPS_BENCH)
	@$(MAKE) --no-print-directory -s all
	@tests/bench/run

bench-xen:
	@tests/deps $(DEPS_XEN)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tests/xen/bench

# Hours of it find more: TIME is in seconds.
TIME	= 60
fuzz:
	@tests/deps $(DEPS_BUILD) $(DEPS_FUZZ)
	@$(MAKE) --no-print-directory -s -j$$(nproc) FUZZ=libfuzzer fuzz-programs
	@tests/fuzz/run libfuzzer $(TIME) $(TARGET)

fuzz-afl:
	@tests/deps $(DEPS_BUILD) $(DEPS_FUZZ)
	@$(MAKE) --no-print-directory -s -j$$(nproc) FUZZ=afl fuzz-programs
	@tests/fuzz/run afl $(TIME) $(TARGET)

lint:
	@tests/deps $(DEPS_BUILD) libcmocka-dev $(DEPS_LINT)
	@tests/lint

# Longest functions and files, for a look: a reason to split, never a gate.
lengths:
	@tests/lengths

# Hours: tests/xen/README, "The emulated processor".
soak-xen:
	@tests/deps $(DEPS_XEN)
	@$(MAKE) --no-print-directory -s -j$$(nproc) all
	@tests/xen/soak/run $(SOAK)

# ---- install --------------------------------------------------------------
# What the programs say of themselves, for three shells.
COMPLETIONS = $(patsubst %,$(B)/completions/%,bash zsh fish)
completions: $(COMPLETIONS)
$(COMPLETIONS): $(wildcard completions/*) $(PROGRAMS:%=$(B)/%)
	@mkdir -p $(@D)
	@completions/generate $(@F) $(B) >$@.$$$$ && mv $@.$$$$ $@

install: all install-man install-completions install-unit
	install -d "$(DESTDIR)$(BINDIR)"
	install -m 755 $(PROGRAMS:%=$(B)/%) \
	    "$(DESTDIR)$(BINDIR)"

# bash and fish look for a file of the command's name, zsh reads the first line.
install-completions: $(COMPLETIONS)
	install -d $(foreach d,$(BASHDIR) $(ZSHDIR) $(FISHDIR),"$(DESTDIR)$d")
	install -m 644 $(B)/completions/bash "$(DESTDIR)$(BASHDIR)/xb"
	install -m 644 $(B)/completions/zsh "$(DESTDIR)$(ZSHDIR)/_xb"
	install -m 644 $(B)/completions/fish "$(DESTDIR)$(FISHDIR)/xb.fish"
	for p in $(filter-out xb,$(PROGRAMS)); do \
	    ln -sf xb "$(DESTDIR)$(BASHDIR)/$$p" && \
	    ln -sf xb.fish "$(DESTDIR)$(FISHDIR)/$$p.fish" || exit; done

install-man:
	install -d $(foreach n,1 5 7,"$(DESTDIR)$(MANDIR)/man$n")
	for n in 1 5 7; do \
	    install -m 644 man/*.$$n "$(DESTDIR)$(MANDIR)/man$$n" || exit; done

# A domain of Xen as a service of systemd.
install-unit:
	install -d "$(DESTDIR)$(UNITDIR)"
	sed 's|@BINDIR@|$(BINDIR)|g' packaging/xb@.service.in \
	    >"$(DESTDIR)$(UNITDIR)/xb@.service"

uninstall:
	rm -f "$(DESTDIR)$(UNITDIR)/xb@.service"
	for p in $(PROGRAMS); do rm -f "$(DESTDIR)$(BINDIR)/$$p" \
	    "$(DESTDIR)$(BASHDIR)/$$p" "$(DESTDIR)$(FISHDIR)/$$p.fish"; done
	rm -f "$(DESTDIR)$(ZSHDIR)/_xb"
	for n in 1 5 7; do for p in man/*.$$n; do \
	    rm -f "$(DESTDIR)$(MANDIR)/man$$n/$${p##*/}"; done; done

# ---- packages and releases ------------------------------------------------
deb:
	@tests/deps $(DEPS_DEB)
	@packaging/deb "$$(packaging/tarball bin/release)" bin/release
	@ls bin/release/*.deb

release: all
	@packaging/release $(B) bin/release

clean:
	rm -rf obj bin

help:
	@echo 'make            the programs, in bin/, with no shared library'
	@echo 'make SHARED=1   the programs for packages, in bin/shared'
	@echo 'make demo       a Debian kernel becomes a domain kept in files'
	@echo 'make demo-xen   the same on a real Xen, in an emulated machine'
	@echo 'make check      the two below, on Xen without its longest'
	@echo 'make check-fast with sanitizers, on domains in files'
	@echo 'make check-xen  on a real Xen, in an emulated machine; XEN=4.20'
	@echo 'make check-xtf  XTF=FOLDER: the Xen Test Framework by xl and by xb'
	@echo 'make check-fleet   a farm of two Xen hosts, in emulated machines'
	@echo 'make check-fresh   the README on a fresh Debian 12 and 13'
	@echo 'make check-deb     the Debian package on a fresh Debian 12 and 13'
	@echo 'make check-faults  every fault in turn, and thousands of domains'
	@echo 'make check-mutations  do tests fail without what they hold?'
	@echo 'make bench      how long it takes, beside plain copying'
	@echo 'make bench-xen  on a real Xen, beside libxenguest and xl'
	@echo 'make soak-xen   does the emulated processor mix up its guests?'
	@echo 'make fuzz       TARGET=plan TIME=SECONDS, with libFuzzer'
	@echo 'make fuzz-afl   the same with AFL++'
	@echo 'make lint       compilers and checkers of C, shell, Python, pages'
	@echo 'make lengths    the longest functions and files'
	@echo 'make golden     write the expected texts of the tests anew'
	@echo 'make pictures   those of README.md'
	@echo 'make install    PREFIX=/usr/local DESTDIR='
	@echo 'make uninstall  takes away what that put there'
	@echo 'make deb        a Debian package, in bin/release'
	@echo 'make release    a tarball of a version that CHANGES dates'
	@echo 'make clean      takes away what was built'
	@echo 'make deps       Debian packages for all of these'

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: all always deps demo demo-xen check check-fast check-xen \
	check-xtf check-fleet check-faults check-deb check-package check-fresh \
	check-mutations \
	programs-of-tests unit unit-programs golden pictures \
	bench bench-xen soak-xen fuzz fuzz-afl fuzz-programs lint lengths \
	install install-man install-completions install-unit completions \
	uninstall deb release clean help
.SECONDARY:
