#!/bin/sh
# Builds build/igny8.zip from wordpress-plugin/igny8: the same files give the same bytes.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-.venv/bin/python}"
[ -x "$python" ] || python=python3
mkdir -p build
exec "$python" - wordpress-plugin/igny8 build/igny8.zip <<'PYTHON'
import os
import sys
import zipfile
from pathlib import Path

source, target = Path(sys.argv[1]), Path(sys.argv[2])
unfinished = target.with_suffix(".partial")
with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
    for path in sorted(source.rglob("*")):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(source).parts):
            entry = zipfile.ZipInfo(f"igny8/{path.relative_to(source).as_posix()}", (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            entry.create_system = 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
os.replace(unfinished, target)
print(f"{target} ({target.stat().st_size // 1024} KB)")
PYTHON
