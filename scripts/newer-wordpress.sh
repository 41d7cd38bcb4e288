#!/usr/bin/env bash
# Unpacks the WordPress of Debian's next release into build/wordpress-newer, for the tests of the plugin on a newer
# core. Nothing is installed, and root is not needed. Usage: scripts/newer-wordpress.sh
set -euo pipefail
cd "$(dirname "$0")/.."
suite="trixie"
target="build/wordpress-newer"
packages=(wordpress)

[ -e "$target/$suite" ] && exit 0
command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || {
  echo "apt-get and dpkg-deb are needed to unpack a newer WordPress."
  exit 1
}
mirror="$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -v security | head -n 1)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
  "${mirror:-http://deb.debian.org/debian}" "$suite" /usr/share/keyrings/debian-archive-keyring.gpg >"$work/debian.sources"
apt() {
  apt-get -q -o Dir::Etc::sourcelist="$work/debian.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" -o APT::Sandbox::User="$(id -un)" "$@"
}
echo "Unpacking the WordPress of Debian $suite."
apt update >"$work/log" 2>&1 || { tail -n 5 "$work/log"; exit 1; }
(cd "$work" && apt download "${packages[@]}" >>"$work/log" 2>&1) || { tail -n 5 "$work/log"; exit 1; }
rm -rf "$target"
mkdir -p "$target"
for file in "$work"/*.deb; do dpkg-deb -x "$file" "$target"; done
# What Debian keeps outside of WordPress: libraries and theme of this machine.
for part in php javascript wordpress/wp-content/themes/twentytwentyone; do
  [ -e "$target/usr/share/$part" ] || ln -s "/usr/share/$part" "$target/usr/share/$part"
done
find "$target/usr/share/wordpress" -xtype l -delete # scripts of wp-admin that this machine has not
touch "$target/$suite"
