"""Runs benchmarks, each in a process of its own: none ends the others, and each has the memory to itself."""

import subprocess
import sys
from collections.abc import Sequence


def run(names: Sequence[str], package: str = "benchmarks") -> int:
    """Run all of them, in order. Returns 0, or 1 when some failed, which are named at the end."""
    failed = []
    for name in names:
        print(f"\n== {name}", flush=True)
        code = subprocess.run([sys.executable, "-m", f"{package}.{name}"], check=False).returncode
        if code:
            failed.append(f"{name} (code {code})")
    done = len(names) - len(failed)
    print(f"\n{done} of {len(names)} benchmarks ended well.", flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}.", file=sys.stderr, flush=True)
    return 1 if failed else 0
