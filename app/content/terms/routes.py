"""Terms to choose from in the editor."""

from flask import render_template, request

from app.content.blueprint import bp
from app.content.models import Content
from app.content.terms.search import find_terms, terms_by_ids
from app.core.access import current_account_id, requires
from app.core.permissions import Permission
from app.core.request_ids import ids_of
from app.core.tenancy import owned
from app.taxonomy.services import LABELS


@bp.get("/<int:content_id>/terms/")
@requires(Permission.CONTENT_READ)
def find_content_terms(content_id: int) -> str:
    """Terms of the site that `?q=` is found in, or those of `?ids=`, as options to choose from (a fragment)."""
    content = owned(Content, content_id, current_account_id())
    words = " ".join(request.args.get("q", "").split())
    if "ids" in request.args:
        chosen_terms = terms_by_ids(content, ids_of(request.args["ids"].split()))
        return render_template("content/_found_terms.html", terms=chosen_terms, taxonomy_labels=LABELS)
    matches = find_terms(content, words)
    return render_template(
        "content/_found_terms.html", terms=matches.terms, found=matches, words=words, taxonomy_labels=LABELS
    )
