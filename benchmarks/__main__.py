"""`make bench`: every benchmark, one after the other; names as arguments choose some."""

import sys

from benchmarks.runner import run

ALL = (
    "publish",
    "publish_text",
    "gateway",
    "first_words",
    "clustering",
    "links",
    "link_candidates",
    "events",
    "export",
    "site_import",
    "reconcile",
    "lists",
    "rule_history",
    "lists_beside_wordpress",
    "lighthouse",
    "editor",
    "keyword_import",
    "legacy_import",
    "many_drafts",
    "fair_work",
)

sys.exit(run(sys.argv[1:] or ALL))
