"""Write docs/openapi.json: the API's document as of this release, which later ones are compared with."""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import app.features  # noqa: E402, F401  (endpoints enter themselves when they are imported)
from app.api.document import openapi_document  # noqa: E402

if __name__ == "__main__":
    text = json.dumps(openapi_document(), indent=1, ensure_ascii=False)
    (ROOT / "docs" / "openapi.json").write_text(text + "\n", "utf-8")
