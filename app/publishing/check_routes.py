"""What a publish would meet, before anybody presses the button."""

from app.auth.access import current_account_id, requires
from app.content.models import Content
from app.core.htmx import page_or_partial
from app.core.tenancy import owned
from app.publishing import examination
from app.publishing.blueprint import bp


@bp.get("/content/<int:content_id>/check/")
@requires("view")
def check_content(content_id: int) -> str:
    """All problems with their cures and all warnings, of the app and of WordPress; nothing is changed."""
    account_id = current_account_id()
    owned(Content, content_id, account_id)
    findings = examination.examine(account_id, content_id)
    content = owned(Content, content_id, account_id)
    return page_or_partial("publishing/check.html", "publishing/_check.html", content=content, findings=findings)
