"""The plugin's table of routes, read without WordPress."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Route:
    """One row; ``callable`` is whether its callback and the checks of its parameters are there."""

    name: str
    method: str
    params: tuple[str, ...]
    on_clone: bool
    callable: bool = True


def plugin_routes() -> list[Route]:
    """Return the rows of the plugin's table, in its order."""
    script = Path(__file__).with_name("routes.php")
    table = json.loads(subprocess.run(["php", script], capture_output=True, text=True, check=True).stdout)
    return [
        Route(name, row["method"], tuple(row["args"]), row["on_clone"], row["callable"]) for name, row in table.items()
    ]
