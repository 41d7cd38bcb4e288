"""Signing in again without leaving the page: its frame ends here, and the page reads the answer and goes on."""

from flask import render_template

from app.core.access import accountless
from app.identity.blueprints import bp

accountless("auth.signed_in")


@bp.get("/signed-in/")
def signed_in() -> str:
    """Who is signed in now, in which account, and the token of the new session (static/js/session.js reads them)."""
    return render_template("auth/signed_in.html")
