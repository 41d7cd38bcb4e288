"""Mirror alone writes what WordPress has: others read its tables, and call its functions."""

import ast
import re
from collections.abc import Iterator

import pytest

from app import models  # noqa: F401  (every mapper)
from app.config import ROOT
from app.core.db import Base
from app.mirror import models as mirror

MAPPERS = list(Base.registry.mappers)
MODELS = {mapper.class_.__name__: mapper for mapper in MAPPERS if mapper.class_.__module__ == mirror.__name__}
TABLES = "|".join(mapper.class_.__tablename__ for mapper in MODELS.values())
SQL = re.compile(rf"\b(insert\s+into|update|delete\s+from|truncate)\s+({TABLES})\b", re.I)
QUESTIONS = {"select", "select_from", "join", "outerjoin", "aliased"}
WRITING = {"__table__", "insert", "update", "delete"}
# Whoever assigns an attribute that no other table has holds one of mirror's rows. `issues` are those of a verdict, too.
COLUMNS = {mapper: {attribute.key for attribute in mapper.column_attrs} for mapper in MAPPERS}
ELSEWHERE = {key for mapper in MAPPERS if mapper not in MODELS.values() for key in COLUMNS[mapper]} | {"issues"}
OWN = {key for mapper in MODELS.values() for key in COLUMNS[mapper]} - ELSEWHERE


def writes(source: str) -> list[str]:
    """What a module does with mirror's rows and models but reading them."""
    tree = ast.parse(source)
    known = aliases(tree)
    read = {id(part) for node in ast.walk(tree) for part in parts_read(node, known)}
    return [
        f"{ast.unparse(node)} (line {node.lineno})"
        for node in ast.walk(tree)
        if (isinstance(node, ast.Name) and node.id in known and id(node) not in read)
        or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr in OWN)
        or (isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value))
    ]


def aliases(tree: ast.Module) -> set[str]:
    """What mirror's models and their tables are called in a module."""
    imports = [alias for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names]
    known = {alias.asname or alias.name for alias in imports if alias.name in MODELS}
    for node in tree.body:
        if isinstance(node, ast.Assign) and model_in(node.value) in known:
            known |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return known


def model_in(node: ast.expr) -> str:
    """The name in `Model` or `Model.__table__`."""
    if isinstance(node, ast.Attribute) and node.attr == "__table__":
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def parts_read(node: ast.AST, known: set[str]) -> Iterator[ast.AST]:
    """Names in a column, in a question, in another name for a model, or in a type."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr not in WRITING:
        yield node.value
    elif isinstance(node, ast.Call):
        called = getattr(node.func, "id", getattr(node.func, "attr", ""))
        yield from node.args if called in QUESTIONS else ()
    elif isinstance(node, ast.Assign) and model_in(node.value) in known:
        for part in (*node.targets, node.value):
            yield from ast.walk(part)
    for kind in ("annotation", "returns"):
        yield from ast.walk(found) if (found := getattr(node, kind, None)) else ()


@pytest.mark.parametrize("folder", ["app", "jobs"])
def test_nobody_else_writes_the_tables_of_mirror(folder: str) -> None:
    found = {
        str(path.relative_to(ROOT)): told
        for path in (ROOT / folder).rglob("*.py")
        if ROOT / "app" / "mirror" not in path.parents and (told := writes(path.read_text()))
    }
    assert found == {}


IMPORT = "from app.mirror.models import RemoteState\n"


@pytest.mark.parametrize(
    "line",
    [
        "db.session.add(RemoteState(content_id=1))",
        "db.session.execute(insert(RemoteState).values(content_id=1))",
        "db.session.execute(update(RemoteState).values(ahead=[]))",
        "S = RemoteState.__table__\nstmt = update(S).values(ahead=[])",
        "S = RemoteState.__table__\nstmt = S.insert()",
        "copy(RemoteState.__table__, rows)",
        "forget(RemoteState, is_old)",
        "row.agreed_version = 3",
        "text('update remote_states set ahead = null')",
        "text('delete from remote_changes')",
    ],
)
def test_each_way_to_write_is_seen(line: str) -> None:
    assert len(writes(IMPORT + line)) == 1


def test_reading_is_free() -> None:
    source = """
S = RemoteState.__table__
stmt = select(*S.c).where(S.c.id == 1).with_for_update()
more = select(RemoteState, Content.id).join(RemoteState, RemoteState.content_id == Content.id)
def standing(state: RemoteState | None) -> list[RemoteState]: ...
"""
    assert writes(IMPORT + source) == []


# `external_id` is written with these; by itself it is a column of terms, too.
ADDRESS = {"external_url", "remote_status"}


def addresses_written(source: str) -> list[int]:
    """Lines on which columns of a content's address are assigned, given by name, or set in SQL."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        names = {node.attr} if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) else set()
        if isinstance(node, ast.keyword) and node.arg:
            names = {node.arg}
        elif isinstance(node, ast.Dict):
            names = {str(key.value) for key in node.keys if isinstance(key, ast.Constant)}
        elif isinstance(node, ast.Constant) and re.search(r"\bset external_url\b", str(node.value)):
            names = ADDRESS
        if names & ADDRESS:
            lines.append(getattr(node, "lineno", 0))
    return lines


def test_where_a_content_is_in_wordpress_is_written_in_one_place() -> None:
    paths = [*(ROOT / "app").rglob("*.py"), *(ROOT / "jobs").rglob("*.py")]
    found = {str(path.relative_to(ROOT)) for path in paths if addresses_written(path.read_text())}
    assert found == {"app/mirror/address.py"}
