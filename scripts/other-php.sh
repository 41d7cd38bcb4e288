#!/usr/bin/env bash
# Unpacks the PHP of an older and of a newer Debian release into build/php-7.4 and build/php-8.4, for the tests of the
# plugin: the oldest PHP that it runs on, and a newer one than this machine's. Run it as build/php-7.4/php.
# Nothing is installed, and root is not needed. Usage: scripts/other-php.sh
set -euo pipefail
cd "$(dirname "$0")/.."
extensions="mysql curl gd xml mbstring intl zip"

unpack_php() { # version suite
  local version="$1" target="build/php-$1" packages
  [ -x "$target/php" ] && return
  echo "Unpacking PHP $version of Debian $2."
  open_suite "$2"
  # shellcheck disable=SC2046,SC2086  (lists of words)
  packages="$(suite_apt -s --no-install-recommends install "php$version-cli" $(printf "php$version-%s " $extensions) \
    | awk '$1 == "Inst" && $2 ~ /^(lib|php|gcc-.*-base|zlib1g)/ && $2 !~ /perl|heif-plugin/ {print $2}')"
  # shellcheck disable=SC2086
  unpack_packages "$target" $packages
  write_wrapper "$version" "$target"
  rm -rf "$work"
}

write_wrapper() { # version target: runs on the libraries of its own release, which this machine may not have
  local linker modules libraries name order="mysqlnd dom xml" file="$2/php.partial"
  linker="$(cd "$2" && find . -path '*/ld-linux*' | sort | head -n 1)"
  libraries="$(cd "$2" && find . '(' -name 'libc.so.6' -o -name 'libicuuc.so.*' ')' -printf '$here/%h\n' | sort -u | paste -sd :)"
  modules="$(cd "$2" && dirname "$(find ./usr/lib/php -name mysqli.so | head -n 1)")"
  for name in $(basename -s .so "$2/$modules"/*.so); do
    case " $order opcache ffi " in *" $name "*) ;; *) order="$order $name" ;; esac
  done
  {
    printf '#!/bin/sh\nhere="$(dirname "$(readlink -f "$0")")"\n'
    printf 'exec "$here/%s" --library-path "%s" "$here/usr/bin/php%s" -n' "$linker" "$libraries" "$1"
    printf ' -d extension_dir="$here/%s" -d zend_extension=opcache' "$modules"
    # shellcheck disable=SC2086  (a list of words)
    printf ' -d extension=%s' $order
    printf ' "$@"\n'
  } >"$file"
  chmod +x "$file"
  "$file" -r "exit( 0 === strpos( PHP_VERSION, '$1.' ) && extension_loaded( 'mysqli' ) ? 0 : 1 );"
  mv "$file" "$2/php"
}

. scripts/debian-suite.sh
unpack_php 7.4 bullseye
unpack_php 8.4 trixie
