"""The templates' environment: what every template sees is one dict."""

from collections import ChainMap
from collections.abc import MutableMapping
from typing import Any

import flask.templating


class Environment(flask.templating.Environment):
    """Flask's, quicker where a template imports or includes another one, as rows of a list do."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template sees besides what it is rendered with: mostly what all see, with nothing before it.

        Jinja compares and copies it with every import, which takes a ChainMap many times as long.
        """
        return ChainMap(dict(d), self.globals) if d else self.globals
