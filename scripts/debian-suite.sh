# Sourced by scripts that unpack packages of another Debian release into a folder. Nothing is installed, root is not needed.
# Usage: open_suite <suite>; then suite_apt <apt-get arguments>, in a folder "$work" that goes away at the end.

open_suite() {
  command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1 || {
    echo "apt-get and dpkg-deb are needed to unpack packages of Debian $1."
    exit 1
  }
  local mirror
  mirror="$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 2>/dev/null | grep -E '/debian/?$' | head -n 1)"
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  # Old releases move to the archive one day.
  suite_lists "$1" "${mirror:-http://deb.debian.org/debian}" || suite_lists "$1" http://archive.debian.org/debian \
    || { tail -n 5 "$work/log"; exit 1; }
}

suite_lists() {
  rm -rf "$work/lists" "$work/cache"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
  : >"$work/status" # as if nothing were installed here
  printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: %s\n' \
    "$2" "$1" /usr/share/keyrings/debian-archive-keyring.gpg >"$work/debian.sources"
  suite_apt update >"$work/log" 2>&1 && [ -n "$(find "$work/lists" -name '*Packages*' -print -quit)" ]
}

suite_apt() {
  apt-get -q -o Dir::Etc::sourcelist="$work/debian.sources" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::status="$work/status" -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

unpack_packages() { # target packages...
  local target="$1" file; shift
  (cd "$work" && suite_apt download "$@" >>"$work/log" 2>&1) || { tail -n 5 "$work/log"; exit 1; }
  rm -rf "$target"
  mkdir -p "$target"
  for file in "$work"/*.deb; do dpkg-deb -x "$file" "$target"; rm "$file"; done
}
