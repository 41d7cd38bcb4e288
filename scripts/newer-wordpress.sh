#!/usr/bin/env bash
# Unpacks the WordPress of Debian's next release into build/wordpress-newer, for the tests of the plugin on a newer
# core. Nothing is installed, and root is not needed. Usage: scripts/newer-wordpress.sh
set -euo pipefail
cd "$(dirname "$0")/.."
suite="trixie"
target="build/wordpress-newer"

[ -e "$target/$suite" ] && exit 0
. scripts/debian-suite.sh
echo "Unpacking the WordPress of Debian $suite."
open_suite "$suite"
unpack_packages "$target" wordpress
# What Debian keeps outside of WordPress: libraries and theme of this machine.
for part in php javascript wordpress/wp-content/themes/twentytwentyone; do
  [ -e "$target/usr/share/$part" ] || ln -s "/usr/share/$part" "$target/usr/share/$part"
done
find "$target/usr/share/wordpress" -xtype l -delete # scripts of wp-admin that this machine has not
touch "$target/$suite"
