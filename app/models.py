"""Every model module, imported so that the metadata is whole for migrations and mappings.

Those are the modules called `models.py` or `…_models.py` of each domain, and those of core that keep a table beside
what they do with it.
"""

import importlib
from pathlib import Path

from app.core import audit, mail, scheduler

FOLDER = Path(__file__).parent
BESIDE_THEIR_TABLE = (audit, mail, scheduler)


def _import_models() -> None:
    for path in sorted(FOLDER.glob("*/**/*models.py")):
        importlib.import_module(".".join(path.relative_to(FOLDER.parent).with_suffix("").parts))


_import_models()
