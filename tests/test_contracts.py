"""The import contracts of pyproject.toml name every domain: one that is forgotten there would import what it likes."""

import tomllib

import pytest

from app.config import ROOT
from app.features import FEATURES

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {contract["name"]: contract for contract in PYPROJECT["tool"]["importlinter"]["contracts"]}
# What make run starts stands above all domains, and in no layer.
APART = {"devstack"}
DOMAINS = {folder.parent.name for folder in (ROOT / "app").glob("*/__init__.py")} - APART


def test_every_domain_has_its_layer() -> None:
    layers = CONTRACTS["Domains import downwards only"]["layers"]
    assert {name for layer in layers for name in layer.split(" | ")} == DOMAINS | {"web"}


@pytest.mark.parametrize("name", ["Domains do not import jobs", "Nothing in production imports what make run starts"])
def test_every_domain_is_under_the_other_contracts(name: str) -> None:
    assert {f"app.{domain}" for domain in DOMAINS} <= set(CONTRACTS[name]["source_modules"])


def test_every_domain_with_pages_is_a_feature() -> None:
    with_features = {path.parent.name for path in (ROOT / "app").glob("*/feature.py")}
    with_routes = {path.relative_to(ROOT / "app").parts[0] for path in (ROOT / "app").glob("*/**/*routes.py")}
    assert with_routes <= with_features
    assert len(FEATURES) == len(with_features)
    assert with_features <= DOMAINS
