"""A change of many contents, and its undo, as the work of a run: part by part, each committed."""

from collections.abc import Sequence
from typing import Any

from app.content.bulk import edits as bulk_edits
from app.content.bulk import words as bulk_words
from app.content.bulk.models import BulkEdit
from app.core.extensions import db
from app.core.runs import Outcome, RunContext
from app.core.tenancy import owned

LINK = "/content/"


def run_bulk_edit(context: RunContext) -> Outcome:
    """Params: `edit_id`, and `left_out`, the [count, [one, many]] of what was left out from the start."""
    run = context.run
    edit = owned(BulkEdit, run.params["edit_id"], run.account_id)
    total = run.total or bulk_edits.count_rows(edit)
    after = passed = 0
    while bulk_edits.block_undo(edit) and (ids := bulk_edits.next_part(edit, after, done=False)):
        bulk_edits.do_part(edit, ids)
        after, passed = ids[-1], passed + len(ids)
        edit.words = bulk_words.named(edit, bulk_edits.count_rows(edit, done=True))
        db.session.commit()
        context.progress(step="Changing contents", done=min(passed, total), total=total)
    made = bulk_edits.count_rows(edit, done=True)
    reasons = [bulk_words.so_already(edit, max(0, total - made)), *_left_out(run.params.get("left_out", []))]
    return Outcome(bulk_words.sentence(edit, made, reasons), LINK, {"changed": made})


def _left_out(stored: list[tuple[int, Any]]) -> list[tuple[int, Sequence[str]]]:
    """What was left out; a run started by an older version has singular and plural in one text."""
    reasons: list[tuple[int, Sequence[str]]] = []
    for count, words in stored:
        if isinstance(words, str):
            singular, _, plural = words.partition("|")
            words = [f"%(num)s {singular}", f"%(num)s {plural or singular}"]
        reasons.append((count, words))
    return reasons


def run_bulk_undo(context: RunContext) -> Outcome:
    """Params: `edit_id` of an edit whose undo was claimed."""
    run = context.run
    edit = owned(BulkEdit, run.params["edit_id"], run.account_id)
    total = run.total or bulk_edits.count_rows(edit, done=True)
    after = passed = 0
    while ids := bulk_edits.next_part(edit, after, done=True):
        bulk_edits.undo_part(edit, ids)
        after, passed = ids[-1], passed + len(ids)
        db.session.commit()
        context.progress(step="Putting contents back", done=min(passed, total), total=total)
    return Outcome(bulk_words.undone(edit, total, *bulk_edits.kept(edit)), LINK)
