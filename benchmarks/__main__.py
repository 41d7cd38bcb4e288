"""`make bench`: every benchmark, one after the other; names as arguments choose some."""

import sys

from benchmarks.runner import run

ALL = ("publish", "publish_text", "clustering", "events", "export", "site_import", "reconcile", "lists")

sys.exit(run(sys.argv[1:] or ALL))
