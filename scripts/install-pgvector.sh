#!/usr/bin/env bash
# Installs pgvector for the PostgreSQL server of this Debian machine. Debian 12 does not package it,
# so it is built from Debian 13's source package. Does nothing where it is there already.
set -euo pipefail

major=$(ls /etc/postgresql | sort -n | tail -1)
[ -e "/usr/share/postgresql/$major/extension/vector.control" ] && exit 0

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
export DEBIAN_FRONTEND=noninteractive
sources=/etc/apt/sources.list.d/pgvector-source.list
build=$(mktemp -d)
trap 'as_root rm -f "$sources"; rm -rf "$build"' EXIT

echo 'deb-src http://deb.debian.org/debian trixie main' | as_root tee "$sources" > /dev/null
as_root apt-get update -qq
as_root apt-get install -y -qq dpkg-dev make gcc "postgresql-server-dev-$major" > /dev/null
cd "$build"
apt-get source -qq pgvector > /dev/null
cd pgvector-*/
# Without OPTFLAGS the build targets this very processor, which a kept machine may not have again.
make -s OPTFLAGS='' PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config"
as_root make -s install OPTFLAGS='' PG_CONFIG="/usr/lib/postgresql/$major/bin/pg_config"
