"""One word, one meaning: names of functions and classes, and of locals beside imports."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from symtable import Function, SymbolTable, symtable

ROOT = Path(__file__).parents[1]

# Functions of one name that are the same thing, each of its own part.
SAME_IN_EACH = {
    "connect": "adds what a domain answers to the hooks below it",
    "forget_old": "the periodic job that deletes what is kept for a time only",
    "init_app": "Flask's name for what is set up on the application",
    "register": "makes these the subscribers, kinds and so on that there are, from the list of features",
    "rotate_secrets": "the command, and what it calls",
    "_builtin": "of an AI operation: the answer without a model",
    "_checked": "of an AI operation: the answer as a person can use it",
    "_values": "of an AI operation: the values of the prompt's variables",
}


# What the buttons of a run do, on each page that has them.
WORDS_OF_RUNS = frozenset(("cancel", "pause", "resume", "retry"))

COMPREHENSIONS = ("dictcomp", "genexpr", "listcomp", "setcomp")

# Names that say nothing of a value. A comprehension may use them: what they stand for is beside them.
NAMELESS = {"at", "found", "known", "one", "told"}


@cache
def modules() -> dict[str, SymbolTable]:
    """The modules of the application but for its views, which are named as what they call; by path."""
    paths = sorted(path for path in (ROOT / "app").rglob("*.py") if "routes" not in path.name)
    return {str(path.relative_to(ROOT)): symtable(path.read_text(), str(path), "exec") for path in paths}


def defined(module: SymbolTable, kind: str) -> list[str]:
    """Names of the functions or classes at the module's top."""
    return [table.get_name() for table in module.get_children() if table.get_type() == kind and named(table)]


def named(table: SymbolTable) -> bool:
    return table.get_name().isidentifier() and table.get_name() not in ("lambda", *COMPREHENSIONS)


def hands_on(path: str, name: str) -> bool:
    """Whether the module calls this function of another module: an action calls the service of its name."""
    return re.search(rf"\b[a-z_]+\.{name}\(", (ROOT / path).read_text()) is not None


def test_no_two_classes_have_one_name() -> None:
    places = defaultdict(list)
    for path, module in modules().items():
        for name in defined(module, "class"):
            places[name].append(path)
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_no_two_functions_have_one_name() -> None:
    """Those of `actions` are named as the services that they call; private ones are to differ within their domain."""
    places = defaultdict(list)
    for path, module in modules().items():
        is_action = Path(path).stem.endswith("actions")
        for name in defined(module, "function"):
            if name not in SAME_IN_EACH:
                domain = path.split("/")[1]
                places[name, domain if name.startswith("_") else "actions" if is_action else ""].append(path)
    of_one_name = {name: paths for name, paths in places.items() if len(paths) > 1}
    left = {name: [path for path in paths if not hands_on(path, name[0])] for name, paths in of_one_name.items()}
    assert {name: paths for name, paths in left.items() if len(paths) > 1} == {}


def test_what_is_the_same_in_each_occurs_more_than_once() -> None:
    names = [name for module in modules().values() for name in defined(module, "function")]
    assert [name for name in SAME_IN_EACH if names.count(name) < 2] == []


def test_no_local_hides_an_import() -> None:
    hidden = [
        f"{path}:{function.get_lineno()} {name}"
        for path, module in modules().items()
        for imports in [{symbol.get_name() for symbol in module.get_symbols() if symbol.is_imported()}]
        for function in functions(module)
        for name in imports & set(function.get_locals())
        if not function.lookup(name).is_imported()
    ]
    assert hidden == []


def test_no_function_is_longer_than_a_screen() -> None:
    """50 lines; those of 40 are rare."""
    paths = [path for root in ("app", "jobs") for path in sorted((ROOT / root).rglob("*.py"))]
    long = [
        f"{path.relative_to(ROOT)} {function.name}"
        for path in paths
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef) and (function.end_lineno or 0) - function.lineno >= 50
    ]
    assert long == []


def functions(table: SymbolTable) -> Iterator[Function]:
    """The functions within, at any depth."""
    for inner in table.get_children():
        if isinstance(inner, Function):
            yield inner
        yield from functions(inner)


def test_locals_say_what_they_are() -> None:
    paths = sorted(path for folder in ("app", "jobs") for path in (ROOT / folder).rglob("*.py"))
    nameless = [
        f"{path.relative_to(ROOT)}:{function.get_lineno()} {name}"
        for path in paths
        for function in functions(symtable(path.read_text(), str(path), "exec"))
        if function.get_name() not in COMPREHENSIONS
        for name in NAMELESS & set(function.get_locals())
    ]
    assert nameless == []


def test_a_view_has_the_name_of_another_domains_function_only_where_it_calls_it() -> None:
    homes = defaultdict(set)
    for path, module in modules().items():
        for name in defined(module, "function"):
            homes[name].add(path.split("/")[1])
    views = {str(path.relative_to(ROOT)): path for path in sorted((ROOT / "app").rglob("*routes*.py"))}
    others = [
        f"{path} {name}"
        for path, file in views.items()
        for name in defined(symtable(file.read_text(), path, "exec"), "function")
        if name in homes and not name.startswith("_") and name not in SAME_IN_EACH.keys() | WORDS_OF_RUNS
        if path.split("/")[1] not in homes[name] and not hands_on(path, name)
    ]
    assert others == []
