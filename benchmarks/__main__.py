"""`make bench`: every benchmark, one after the other; names as arguments choose some."""

import sys

from benchmarks.runner import run

ALL = (
    "publish",
    "publish_text",
    "gateway",
    "first_words",
    "clustering",
    "events",
    "export",
    "site_import",
    "reconcile",
    "lists",
    "lists_beside_wordpress",
    "editor",
    "keyword_import",
    "many_drafts",
)

sys.exit(run(sys.argv[1:] or ALL))
