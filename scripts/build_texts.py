"""Make of each translations/<language>/LC_MESSAGES/messages.po what the application and its scripts read.

`messages.mo` lies beside it; static/vendor/texts/<language>.js holds the texts that static/js/ has. Neither is
committed: `scripts/setup.sh` makes them.
"""

import json
from gettext import c2py  # type: ignore[attr-defined]
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
SCRIPTS = ROOT / "static" / "vendor" / "texts"


def texts_of_scripts(catalog: Catalog) -> dict[str, list[str]]:
    """The translated texts of static/js/: English (of one) → the forms of the language."""
    found = {}
    for message in catalog:
        if message.id and message.string and any(place.startswith("static/js/") for place, _line in message.locations):
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = [message.string] if isinstance(message.string, str) else list(message.string)
    return found


def main() -> None:
    """Build every language."""
    SCRIPTS.mkdir(parents=True, exist_ok=True)
    for source in sorted((ROOT / "translations").glob("*/LC_MESSAGES/messages.po")):
        language = source.parent.parent.name
        with source.open("rb") as file:
            catalog = read_po(file, locale=language)
        with source.with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
        form_of = c2py(catalog.plural_expr)
        plurals = "".join(str(form_of(count)) for count in range(200))  # texts.js goes on from there
        data = json.dumps({"plurals": plurals, "texts": texts_of_scripts(catalog)}, ensure_ascii=False)
        (SCRIPTS / f"{language}.js").write_text(f"window.IGNY8_TEXTS = {data};\n", encoding="utf-8")


if __name__ == "__main__":
    main()
