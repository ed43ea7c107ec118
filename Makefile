# xb: build, test, install.  `make help` lists the targets.
#
# Settings may stand in config.mak or on the command line:
#   CC CFLAGS LDFLAGS PREFIX DESTDIR
#   SAN=1      build into obj/san and bin/san with ASan and UBSan
#   WERROR=1   warnings are errors (CI)
#   WITHOUT="lzo lz4 ..."  leave codecs out (xz stands for lzma too)
-include config.mak

PREFIX	?= /usr/local
BINDIR	?= $(PREFIX)/bin
MANDIR	?= $(PREFIX)/share/man
CC	?= cc
CFLAGS	?= -O2 -g
PKG_CONFIG ?= pkg-config

ifdef SAN
SUB	= /san
SANFLAGS = -fsanitize=address,undefined -fno-sanitize-recover=all \
	   -fno-omit-frame-pointer
endif
O	= obj$(SUB)
B	= bin$(SUB)

WARN	= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wconversion -Wvla -Wpointer-arith -Wwrite-strings -Wundef \
	  -Werror=unused-result $(if $(WERROR),-Werror)

PROGRAMS = xb-parse xb-layout xb-load xb-pgtab xb-startinfo xb-launch \
	   xb-domain xb-show xb-plan xb-verify

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
CODEC_DEFS = $(foreach c,$(CODECS),-DWITH_$(shell echo $c | tr a-z A-Z))
CODEC_LIBS = -lz $(foreach c,$(CODECS),$(LIBS_$c))

CPPFLAGS += -D_GNU_SOURCE -Ilibstage $(CODEC_DEFS)
ALL_CFLAGS = -std=c11 -pthread $(WARN) $(SANFLAGS) $(CFLAGS)
ALL_LDFLAGS = -pthread $(SANFLAGS) -Wl,--as-needed $(LDFLAGS)
LDLIBS	= -lmsgpackc -ljansson -lnettle -lz

LIB_OBJS = $(patsubst libstage/%.c,$(O)/libstage/%.o,$(wildcard libstage/*.c))
TESTS	= $(patsubst tests/unit/%.c,$(B)/%,$(wildcard tests/unit/test-*.c))

all: $(PROGRAMS:%=$(B)/%)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(O)/libstage.a: $(LIB_OBJS)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/%: $(O)/stages/%.o $(O)/libstage.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LDLIBS)

$(B)/test-%: $(O)/tests/unit/test-%.o $(O)/libstage.a
	@mkdir -p $(@D)
	$(CC) $(ALL_LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS)

$(B)/xb-parse $(TESTS): LDLIBS += $(CODEC_LIBS)

clean:
	rm -rf obj bin

-include $(shell find $(O) -name '*.d' 2>/dev/null)

.PHONY: all clean
.SECONDARY:
