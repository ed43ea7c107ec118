# The Debian package, the tarball of a release, and the service.
load helper

# A clone with what packaging/ reads, and nothing else.
clone() {
	mkdir clone
	cd "$root" || return
	cp -a --parents packaging debian/control CHANGES \
	    libstage/stage/stage.h "$BATS_TEST_TMPDIR/clone"
	cd "$BATS_TEST_TMPDIR/clone" || return
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
	    GIT_COMMITTER_EMAIL=a@b
	git init -q
	git add packaging debian CHANGES libstage
	git commit -qm one
	version=$(sed -n 's/^#define XB_VERSION.*"\(.*\)"/\1/p' libstage/stage/stage.h)
}

dated() {
	sed -i "1s/.*/xb $version (2026-01-02)/" CHANGES
	git commit -qam dated
}

@test "the version of CHANGES is that of the programs" {
	run -0 xb -V
	[[ "$(head -n 1 "$root/CHANGES")" == "xb ${lines[0]#xb (xb) } ("* ]]
}

@test "a tarball is the same bytes each time, and has a checksum and a changelog" {
	clone
	run -0 packaging/tarball one
	[ "$output" = "$PWD/one/xb-$version.tar.gz" ]
	touch CHANGES
	chmod o-r debian/control
	(umask 077 && packaging/tarball two)
	cmp "one/xb-$version.tar.gz" "two/xb-$version.tar.gz"
	(cd two && sha256sum -c "xb-$version.tar.gz.sha256")
	tar -xzf "one/xb-$version.tar.gz"
	dpkg-parsechangelog -l "xb-$version/debian/changelog" -S Version | grep -qx "$version"
	dpkg-parsechangelog -l "xb-$version/debian/changelog" -S Distribution | grep -qx UNRELEASED
}

@test "the tarball of a release has the date that CHANGES has" {
	clone
	dated
	packaging/tarball one
	tar -xzf "one/xb-$version.tar.gz"
	tail -n 1 "xb-$version/debian/changelog" | grep -q 'Fri, 02 Jan 2026 00:00:00 +0000$'
	[ "$(stat -c %Y "xb-$version/CHANGES")" = "$(date -u -d 2026-01-02 +%s)" ]
}

@test "a release is refused without a date, with changes, or of other programs" {
	clone
	mkdir ../bin
	printf '#!/bin/sh\necho "${0##*/} (xb) %s"\n' "$version" >../bin/xb
	chmod +x ../bin/xb
	cp ../bin/xb ../bin/xb-one
	refused 65 "make release: CHANGES begins with 'xb $version (not released)': put the date" \
	    packaging/release ../bin out
	dated
	touch new
	refused 65 "git status: commit what there is" packaging/release ../bin out
	rm new
	run -0 packaging/release ../bin ../out
	[ "$output" = "$(cd .. && pwd)/out/xb-$version.tar.gz" ]
	sed -i 's/(xb)/& 9/' ../bin/xb-one
	refused 65 "make release: ../bin/xb-one says 'xb-one (xb) 9 $version', and CHANGES $version" \
	    packaging/release ../bin out
}

@test "a version that CHANGES does not begin with makes no tarball" {
	clone
	sed -i '1s/.*/xb 9 (not released)/' CHANGES
	refused 65 "CHANGES begins with 'xb 9 (not released)', and libstage/stage/stage.h has the version $version" \
	    packaging/tarball out
	rm -r .git
	refused 69 "packaging/tarball: this is no clone" packaging/tarball out
}

@test "the package is built with what make deps installs, without lzo" {
	make -C "$root" -s -p -n deps 2>/dev/null |
	    sed -n 's/^DEPS_BUILD = //p' | tr ' ' '\n' |
	    grep -v '^gcc$\|^libc6-dev$\|^liblzo2-dev$' | sort >want
	sed -n '/^Build-Depends/,/^[S]/s/^ \(.*\),$/\1/p' "$root/debian/control" |
	    sort | diff want -
}

# unit FOLDER: xb@.service of programs in that folder.
unit() {
	make -C "$root" -s install-unit DESTDIR="$PWD/i" UNITDIR=/unit BINDIR="$1"
	unit="$PWD/i/unit/xb@.service"
}

@test "systemd finds no fault in xb@.service" {
	unit "$XB_PLAIN"
	cp "$unit" xb@web.service
	run --separate-stderr -0 systemd-analyze verify --man=no "$PWD/xb@web.service"
	[ -z "$stderr" ] || { echo "$stderr"; return 1; }
}

# As systemd would start it: with %t and %i replaced, and words unquoted.
command_of() { # KEY
	sed -n "s/^$1=-*//p" "$unit" | sed "s|%t|$PWD|g; s/%i/web/g" |
	    sed 's/\\\\/\\/g; s|/etc/xb|'"$PWD"'/etc|'
}

@test "the service runs what is in /etc/xb, and asks its domain to power off" {
	mkdir bin xb
	ln -s "$XB_BIN/xb-show" bin/xb-show
	# shellcheck disable=SC2016 # for that script
	printf '#!/bin/sh\necho "$0 $*" >>"%s/asked"\n' "$PWD" >bin/xb-run
	chmod +x bin/xb-run
	cp bin/xb-run bin/xb-domain
	unit "$PWD/bin"
	XB_OPTIONS="-m 64M" sh -c "$(command_of ExecStart)"
	"$mkimage" kernel
	xb-build -q -p -t file:dom -m 4M -c 'target": "xen:1 "target": xen:2' -o plan kernel
	xb-show -j plan | sed "s|\"file:.*/dom\"|\"xen:7\"|" | xb-plan >xb/web.plan
	sleep 0.2 &
	MAINPID=$! sh -c "$(command_of ExecStop)"
	# xb-run has ended of itself: there is nobody to ask.
	sh -c "$(command_of ExecStop)"
	cat >want <<-END
	$PWD/bin/xb-run --name web -o $PWD/xb/web.plan -m 64M $PWD/etc/web
	$PWD/bin/xb-domain shutdown xen:7
	END
	diff want asked
}

# ---- minutes: only in make check ----

@test "the package is built and has every program, and lintian is content" {
	[ -n "${XB_LONG:-}" ] || skip "make check has it"
	tarball=$("$root/packaging/tarball" .)
	env -u CFLAGS -u MAKEFLAGS "$root/packaging/deb" "$tarball" one
	run -0 lintian --allow-root --fail-on error,warning one/*.changes
	[ -z "$output" ]
	dpkg-deb -x one/xb_*.deb root
	for p in $(programs); do
		in=root/usr/bin/$p
		[ -x "$in" ]
		[ -z "$(readelf -d "$in" | grep lzo)" ]
		[ "$("$in" -V | head -n 1)" = "$("$p" -V | head -n 1)" ]
		[ -s "root/usr/share/man/man1/$p.1.gz" ]
	done
}
