"""Pages get the addresses that Flask builds, whose numbers are filled into a form that is built once."""

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.route_addresses import PLACE, RouteAddresses

NUMBERS = st.integers(0, PLACE - 1)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
VALUES = st.dictionaries(
    st.sampled_from(["q", "page", "cluster", "_anchor"]), st.one_of(NUMBERS, st.booleans(), st.none(), TEXTS)
)


def built() -> tuple[Flask, RouteAddresses]:
    app = Flask(__name__)
    app.add_url_rule("/rows/<int:row_id>/of/<int:site_id>/", endpoint="rows.show", view_func=str)
    app.add_url_rule("/all/", endpoint="rows.all", view_func=str, methods=["GET"])
    app.add_url_rule("/sent/", endpoint="rows.all", view_func=str, methods=["POST"])
    return app, RouteAddresses(app.url_for)


@given(row_id=NUMBERS, site_id=NUMBERS, values=VALUES)
@settings(max_examples=60, deadline=None)
def test_an_address_is_the_one_that_flask_builds(row_id: int, site_id: int, values: dict[str, object]) -> None:
    app, addresses = built()
    values["_anchor"] = str(values.get("_anchor") or "top")
    with app.test_request_context("/"):
        for _again in range(2):
            given_address = addresses.url_for("rows.show", site_id=site_id, row_id=row_id, **values)
            assert given_address == app.url_for("rows.show", site_id=site_id, row_id=row_id, **values)


@pytest.mark.parametrize(
    ("method", "root", "address"), [("GET", "", "/all/"), ("POST", "", "/sent/"), ("GET", "/x", "/x/all/")]
)
def test_method_and_root_of_the_request_count(method: str, root: str, address: str) -> None:
    app, addresses = built()
    with app.test_request_context("/"):
        addresses.url_for("rows.all")
    with app.test_request_context("/", method=method, environ_overrides={"SCRIPT_NAME": root}):
        assert addresses.url_for("rows.all") == address


def test_whole_addresses_are_flasks(app: Flask) -> None:
    with app.test_request_context("/", base_url="https://app.example"):
        whole = app.jinja_env.globals["url_for"]("content.edit", content_id=7, _external=True)
    assert whole == "https://app.example/content/7/edit/"
