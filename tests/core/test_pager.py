"""The way to the other pages of a list: a gap stands for two pages at least."""

import re
from types import SimpleNamespace

import pytest
from flask import Flask, render_template_string


def shown(app: Flask, page: int, pages: int) -> list[str]:
    values = {"page": page, "pages": pages, "total": 1, "first": 1, "last": 1, "counted": "1"}
    places = {"has_prev": page > 1, "has_next": page < pages, "before": "b", "after": "a"}
    with app.test_request_context("/content/"):
        html = render_template_string(
            '{% from "macros/table.html" import pager with context %}{{ pager(page) }}',
            page=SimpleNamespace(**values, **places),
        )
    return re.findall(r">\s*(\d+|…)\s*<", html.partition("<ul")[2])


@pytest.mark.parametrize(
    ("page", "pages", "links"),
    [
        (1, 4, "1 2 3 4"),
        (1, 5, "1 2 … 5"),
        (4, 4, "1 2 3 4"),
        (4, 8, "1 2 3 4 5 … 8"),
        (5, 8, "1 … 4 5 6 7 8"),
        (2, 5, "1 2 3 4 5"),
        (5, 9, "1 … 4 5 6 … 9"),
        (1, 2, "1 2"),
    ],
)
def test_a_gap_hides_more_than_one_page(app: Flask, page: int, pages: int, links: str) -> None:
    assert " ".join(shown(app, page, pages)) == links
