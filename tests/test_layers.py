"""Everything below the routes can be called without a request: by a job, the API, a rule of automation.

A module of the web reads the request and answers it; its name says so (`routes.py`, `…_routes.py`, `forms.py`,
`blueprint.py`, `feature.py`), or it stands in WEB with the reason. All others import no request state, nobody's
log-in and no module of the web: account, actor (`app.core.actor`) and plain values are their arguments.
`current_app.config` is no request state: it is the same in a worker, and whoever starts a process sets it. So is
making an application (`app.create_app`).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT

BY_NAME = re.compile(r"(.+_)?routes|forms|blueprints?|feature")
WEB = {
    "app": "makes the application",
    "app.web": "puts the web together",
    "app.navigation": "the menu of the page that is asked for",
    "app.features": "the list of features, with their blueprints",
    "app.core.access": "which endpoints are open to whom; who asks",
    "app.core.addresses": "the address that a request came from",
    "app.core.assets": "how static files are cached",
    "app.core.bodies": "bounds of what a request may send",
    "app.core.cookies": "attributes of cookies",
    "app.core.hosts": "which host a request may name",
    "app.core.htmx": "answers for HTMX and for plain browsers",
    "app.core.limits": "how often one may ask",
    "app.core.security": "headers of answers",
    "app.accounts.request_context": "who asks, in which account: worked out once per request",
    "app.identity.browser": "signs a browser in and out",
    "app.identity.devices": "the cookie by which a browser is known again",
    "app.identity.kept_forms": "gives back what was typed into a form whose session has ended",
    "app.identity.second_step": "routes between password and session",
    "app.publishing.selection": "which content a form means",
    "app.sites.current": "the site that the person works on, in their session",
    "app.sites.signed": "verifies what plugins send, and signs the answers",
}
# Asked from everywhere, with a request or without; they look whether there is one.
AMBIENT = {
    "app.core.audit": "by default whoever asks did it, from their address",
    "app.core.extensions": "binds Flask-Login and HTMX to the application",
    "app.core.row_security": "the account that a request or a job is in",
    "app.core.site_scope": "the sites that a request or a job may meet",
}
SIGNING_IN = "app.identity."  # to sign a browser in or out is the request's own doing
MAKES_ONE = "app.create_app"
REQUEST_STATE = {"request", "session", "g", "flash", "after_this_request", "has_request_context", "redirect"}
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for folder in ("app", "jobs")
    for path in sorted((Path(ROOT) / folder).rglob("*.py"))
}


def is_web(module: str) -> bool:
    """Whether the module may know the request."""
    return module in WEB or BY_NAME.fullmatch(module.rsplit(".", 1)[-1]) is not None


def imported(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """(module, name) of all that is imported, also within functions; the name is empty for a whole module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def request_known_in(source: str) -> list[str]:
    """What a module that is none of the web imports of it."""
    wrong = []
    for module, name in imported(ast.parse(source)):
        whole = f"{module}.{name}"
        if (
            (module == "flask" and (not name or name in REQUEST_STATE))
            or module.split(".")[0] == "flask_login"
            or (module in MODULES and is_web(module) and whole != MAKES_ONE)
            or (whole in MODULES and is_web(whole))
        ):
            wrong.append(whole.rstrip("."))
    return wrong


def test_nothing_but_the_web_knows_the_request() -> None:
    below = {module: path for module, path in MODULES.items() if not is_web(module) and module not in AMBIENT}
    wrong = {module: found for module, path in below.items() if (found := request_known_in(path.read_text()))}
    assert wrong == {}


def done_in(source: str) -> set[str]:
    """The names of functions that a module calls, as it writes them."""
    calls = (node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {ast.unparse(function) for function in calls}


def test_routes_leave_it_to_use_cases_to_start_work_and_to_tell_the_audit_log() -> None:
    below = re.compile(r"audit\.record\w*|(.+\.)?(start_run|reserve_credits|reserve_for_run|enqueue\w*)")
    web = {module: path for module, path in MODULES.items() if is_web(module) and not module.startswith(SIGNING_IN)}
    wrong = {
        (module, name) for module, path in web.items() for name in done_in(path.read_text()) if below.fullmatch(name)
    }
    assert wrong == set()


def test_use_cases_tell_the_audit_log_who_acts() -> None:
    actions = {module: path for module, path in MODULES.items() if module.rsplit(".", 1)[-1].endswith("actions")}
    assert len(actions) >= 9
    told = [
        (module, node)
        for module, path in actions.items()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "audit.record_changes")
    ]
    assert told
    assert [(module, node.lineno) for module, node in told if "by" not in {word.arg for word in node.keywords}] == []


def test_the_exceptions_are_there_and_needed() -> None:
    named = {**WEB, **AMBIENT}
    assert set(named) <= set(MODULES)
    needless = [module for module in named if not request_known_in(MODULES[module].read_text())]
    assert needless == []


def test_the_request_is_found_wherever_it_is_imported() -> None:
    assert request_known_in("def f():\n    from flask import g, current_app\n") == ["flask.g"]
    assert request_known_in("import flask\nfrom flask_login import current_user") == [
        "flask",
        "flask_login.current_user",
    ]
    assert request_known_in("from app.core.htmx import toast") == ["app.core.htmx.toast"]
    assert request_known_in("from app.sites import current, services") == ["app.sites.current"]
    assert request_known_in("from flask import current_app, render_template\nfrom app.core import audit") == []
