"""The plugin's table of routes and the page of the contract say the same."""

import re

from app.config import ROOT
from tests.contract.routes import Route, plugin_routes

PAGE = (ROOT / "docs" / "wire-contract.md").read_text("utf-8")
SECTION = PAGE.split("\n## Plugin routes\n")[1].split("\n## ")[0]
ROW = re.compile(r"^\| `(GET|POST) ([a-z-]+)` \| (?:`([^`]+)`)? *\| (answers|refuses) \|$", re.M)


def documented_routes() -> list[Route]:
    return [
        Route(name, method, tuple(params.split(", ")) if params else (), on_copy == "answers")
        for method, name, params, on_copy in ROW.findall(SECTION)
    ]


def test_the_plugin_has_the_routes_that_the_page_lists() -> None:
    assert sorted(plugin_routes(), key=str) == sorted(documented_routes(), key=str)


def test_every_route_has_its_section_with_the_method_and_no_parameter_of_its_own() -> None:
    headings = re.findall(r"^### (GET|POST) ([a-z-]+)(?:\?(\S+))?$", SECTION, re.M)
    routes = {route.name: route for route in plugin_routes()}
    assert sorted(name for _, name, _ in headings) == sorted(routes)
    for method, name, query in headings:
        assert routes[name].method == method
        assert set(re.findall(r"(?:^|&)(\w+)=", query)) <= set(routes[name].params)


def test_every_parameter_is_explained_in_the_section_of_its_route() -> None:
    sections = {part.split("\n")[0].split("?")[0]: part for part in SECTION.split("\n### ")[1:]}
    for route in plugin_routes():
        text = sections[f"{route.method} {route.name}"]
        assert [param for param in route.params if not re.search(rf"\b{param}\b", text)] == [], route.name


def test_every_callback_and_every_check_of_the_table_is_there() -> None:
    assert [route.name for route in plugin_routes() if not route.callable] == []
