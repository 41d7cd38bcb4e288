"""The OpenAPI document, and a page to read it on."""

from flask import Response, json, render_template

from app.api.blueprint import reference
from app.api.document import openapi_document
from app.core.access import public


@reference.get("/openapi.json")
def openapi() -> Response:
    """The document, for clients, generators and tests."""
    response = Response(json.dumps(openapi_document(), sort_keys=False), mimetype="application/json")
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@reference.get("/docs/")
def docs() -> str:
    """The same document as a page."""
    return render_template("api/docs.html", document=openapi_document())


public("api_reference.openapi", "api_reference.docs", impersonal=True)
