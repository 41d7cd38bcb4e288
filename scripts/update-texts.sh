#!/usr/bin/env bash
# Brings translations/*/LC_MESSAGES/messages.po up to date with the texts that the source marks; what is gone from the
# source goes. Usage: make texts
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p build
pybabel=".venv/bin/python -m babel.messages.frontend -q"  # with scripts/ to import from
$pybabel extract -F translations.toml --ignore-dirs ".* node_modules vendor instance build tests" -k N_ -k NN_:1,2 -k lazy_gettext \
  --add-location=file --sort-output --project=IGNY8 --omit-header -o build/messages.pot .
for file in translations/*/LC_MESSAGES/messages.po; do
  language="$(basename "$(dirname "$(dirname "$file")")")"
  $pybabel update -i build/messages.pot -o "$file" -l "$language" --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date -w 120
done
.venv/bin/python scripts/build_texts.py
