"""`make bench`: every benchmark, one after the other; names as arguments choose some."""

import runpy
import sys

ALL = ("publish", "publish_text", "clustering", "events", "export", "site_import", "reconcile")

for name in sys.argv[1:] or ALL:
    print(f"\n== {name}", flush=True)
    runpy.run_module(f"benchmarks.{name}", run_name="__main__")
