"""The import contracts of pyproject.toml name every domain: one that is forgotten there would import what it likes."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

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


def test_no_module_is_outside_the_other_contracts() -> None:
    assert CONTRACTS["Domains do not import jobs"]["source_modules"] == ["app.*"]
    apart = CONTRACTS["Nothing in production imports what make run starts"]
    assert (apart["protected_modules"], apart["allowed_importers"]) == ([f"app.{name}" for name in APART], ["app.cli"])


ONLY_DOOR = "The gateway is the only door to a model"
IMPORTS = {
    "app/ai/gateway.py": "import app.ai.client",
    "app/ai/tasks/embed.py": "def ask():\n    from app.ai.client.transport import post",
}
VIOLATIONS = {
    "the client itself": {"app/writer/drafts.py": "from app.ai.client import transport"},
    "within a function": {"app/writer/drafts.py": "def ask():\n    import app.ai.client.transport"},
    "for types alone": {"app/web.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import app.ai.client"},
    "from a job": {"jobs/__init__.py": "from app.ai.client.transport import post"},
}


@pytest.mark.parametrize("modules", [{}, *VIOLATIONS.values()], ids=["none", *VIOLATIONS])
def test_nothing_outside_the_gateway_imports_what_speaks_to_models(tmp_path: Path, modules: dict[str, str]) -> None:
    """The contract, tried on packages of a few modules: linting the whole application is `make lint`."""
    text = (ROOT / "pyproject.toml").read_text()
    [contract] = re.findall(rf"\[\[tool.importlinter.contracts\]\]\nname = \"{ONLY_DOOR}\"\n.*?\n\n", text, re.DOTALL)
    roots = 'include_external_packages = true\nroot_packages = ["app", "jobs"]'
    (tmp_path / "pyproject.toml").write_text(f"[tool.importlinter]\n{roots}\n\n{contract}")
    for name in ("app", "app/ai", "app/ai/client", "app/ai/tasks", "app/writer", "jobs"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
    (tmp_path / "app/ai/client/transport.py").write_text("def post(): ...")
    for path, source in {**IMPORTS, **modules}.items():
        (tmp_path / path).write_text(f"{source}\n")
    lint = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--no-cache",
    ]
    result = subprocess.run(lint, cwd=tmp_path, env={"PYTHONPATH": "."}, capture_output=True, text=True, check=False)
    assert result.returncode == (1 if modules else 0), result.stdout + result.stderr
    assert ("BROKEN" in result.stdout) is bool(modules)


def test_every_domain_with_pages_is_a_feature() -> None:
    with_features = {path.parent.name for path in (ROOT / "app").glob("*/feature.py")}
    with_routes = {path.relative_to(ROOT / "app").parts[0] for path in (ROOT / "app").glob("*/**/*routes.py")}
    assert with_routes <= with_features
    assert len(FEATURES) == len(with_features)
    assert with_features <= DOMAINS
