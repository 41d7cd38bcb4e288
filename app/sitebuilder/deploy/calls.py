"""What a deploy asks of the plugin. No transaction may be open while it is called."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from app.core.extensions import db
from app.core.runs.context import TryAgain
from app.mirror.site_locks import publish_lock
from app.sites.connection import credentials_for, open_client, remember_transport
from app.sites.error_codes import error_for
from app.sites.health import refuse_moved
from app.sites.models import Site
from app.sites.wordpress import CONTRACT, WordPressClient
from app.sites.wordpress_errors import WordPressError, wordpress_error

TURN = timedelta(seconds=1)
READ_SECONDS = 60
SEND_SECONDS = 120
AT_ONCE = 100  # pictures
NOTHING: Mapping[str, Any] = {}


class SetupCalls:
    """The calls of one site, each in the site's turn. `key` is the app's id of the planned site."""

    def __init__(self, site: Site, key: int) -> None:
        """Raises DomainError for a site that is not connected, switched off or moved."""
        if not site.is_active:
            raise error_for("SITE_INACTIVE")
        refuse_moved(site)
        self._credentials = credentials_for(site)
        self._site_id, self._account_id, self._key = site.id, site.account_id, str(key)

    @contextmanager
    def _client(self) -> Iterator[WordPressClient]:
        db.session.commit()
        with publish_lock(self._site_id) as ours:
            if not ours:
                raise TryAgain(TURN, "Waiting for a publish to this site", counts=False)
            with open_client(self._credentials) as client:
                yield client
                remember_transport(self._site_id, self._account_id, client)

    def _ask(self, action: str, body: Mapping[str, Any]) -> dict[str, Any]:
        with self._client() as client:
            try:
                return client.post(
                    "site-setup",
                    {"contract": CONTRACT, "key": self._key, "action": action, **body},
                    read_seconds=READ_SECONDS,
                )
            except WordPressError as error:
                if error.code == "ROUTE_UNKNOWN":
                    message = "The plugin in WordPress is from before sites could be deployed."
                    raise wordpress_error("ROUTE_UNKNOWN", message=message) from error
                raise

    def look(self, ids: Sequence[int], *, keep: bool = False) -> dict[str, Any]:
        """The state of the site and of these pages; with `keep`, the pages as they can be put back."""
        return self._ask("look", {"ids": list(ids), "keep": keep})

    def taken_addresses(self, addresses: Mapping[str, int]) -> dict[str, str]:
        """What else has these addresses of pages, by address; each is asked for its own page there, or 0.

        A plugin from before it could tell answers nothing, and no address counts as taken.
        """
        answer = self._ask("look", {"ids": [], "addresses": dict(addresses)}) if addresses else {}
        taken = answer.get("taken")
        return dict(taken) if isinstance(taken, dict) else {}

    def known_images(self, hashes: Sequence[str]) -> set[str]:
        """Those of these pictures that the media library has."""
        return self._of_images("look", hashes, "images", {"ids": []})

    def bring_images_back(self, hashes: Sequence[str]) -> set[str]:
        """Take pictures out of the trash; those that the library has then."""
        return self._of_images("bring_back_images", hashes, "images")

    def file_addresses(self, hashes: Sequence[str]) -> dict[str, str]:
        """Where the media library serves these files, by hash; those that it lacks are not in it."""
        addresses: dict[str, str] = {}
        for start in range(0, len(hashes), AT_ONCE):
            urls = self._ask("look", {"ids": [], "images": list(hashes[start : start + AT_ONCE])}).get("urls")
            addresses |= urls if isinstance(urls, dict) else {}  # an old plugin tells none
        return addresses

    def send_file(self, sha256: str, name: str, data: bytes) -> str:
        """Store a file in the media library; where it is served then."""
        with self._client() as client:
            result = client.upload_file({"sha256": sha256, "filename": name}, data, read_seconds=SEND_SECONDS)
        return str(result["url"])

    def trash_images(self, hashes: Sequence[str]) -> set[str]:
        """Move the pictures to the trash that nothing shows any more; those that were left."""
        return self._of_images("trash_images", hashes, "kept")

    def _of_images(
        self, action: str, hashes: Sequence[str], wanted: str, body: Mapping[str, Any] = NOTHING
    ) -> set[str]:
        answered: set[str] = set()
        for start in range(0, len(hashes), AT_ONCE):
            answered.update(self._ask(action, {"images": list(hashes[start : start + AT_ONCE]), **body})[wanted])
        return answered

    def apply(self, ids: Sequence[int], wanted: dict[str, Any], last_state: dict[str, Any] | None) -> dict[str, Any]:
        """Write front page, menu and order, unless somebody changed them since they were as in `last_state`."""
        return self._ask("apply", {"ids": list(ids), "wanted": wanted, "known": last_state})

    def put_back(self, ids: Sequence[int], before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
        """Write what was there before, unless somebody changed it since."""
        return self._ask("put_back", {"ids": list(ids), "before": before, "after": after})

    def put_back_post(self, kept: Mapping[str, Any], left: Mapping[str, Any]) -> dict[str, Any]:
        """Write a page as it was. Raises WordPressError `CONFLICT` when it is no longer as we left it."""
        return self._ask("put_back_post", {**kept, "left": dict(left)})

    def change_status(self, run_id: object, content_id: int, action: str, base: Mapping[str, Any]) -> dict[str, Any]:
        """Move the post of a content to the trash or out of it (`post-status`)."""
        body = {
            "contract": CONTRACT,
            "run_id": str(run_id),
            "content_id": str(content_id),
            "action": action,
            "base": dict(base),
        }
        with self._client() as client:
            return client.post("post-status", body, read_seconds=READ_SECONDS)
