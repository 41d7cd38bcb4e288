"""What a run is writing at the moment, for whoever watches. Kept in Redis for minutes: losing it loses nothing."""

import json
import time
from dataclasses import asdict, dataclass
from uuid import UUID

from redis.exceptions import RedisError

from app.core.logs import get_logger
from app.core.queue import redis_connection

EVERY_SECONDS = 0.25
LIFETIME_SECONDS = 600
LONGEST = 6_000  # letters that are kept, from the end
SHOWN = 2
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LiveText:
    """One text so far: what it is, its words, their number, and when it last grew (seconds since 1970)."""

    title: str
    text: str
    words: int
    at: float


class TextWriter:
    """Shows how one text of a run grows, at most every 0.25 s. Needs the application's context when it is made."""

    def __init__(self, run_id: UUID, subject: str, title: str) -> None:
        self._redis = redis_connection()
        self._name = _name(run_id)
        self._subject = subject
        self._title = title
        self._written_at = 0.0

    def write(self, text: str) -> None:
        """All of the text so far, plain. Its first words are shown at once."""
        now = time.monotonic()
        if not text or now - self._written_at < EVERY_SECONDS:
            return
        self._written_at = now
        entry = LiveText(self._title[:300], text[-LONGEST:], len(text.split()), time.time())
        try:
            with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(self._name, self._subject, json.dumps(asdict(entry)))
                pipe.expire(self._name, LIFETIME_SECONDS)
                pipe.execute()
        except (RedisError, OSError) as error:
            log.warning("live_text_not_written", error=str(error))

    def end(self) -> None:
        """Remove the text: it is stored elsewhere now, or was given up."""
        try:
            self._redis.hdel(self._name, self._subject)
        except (RedisError, OSError) as error:
            log.warning("live_text_not_ended", error=str(error))


def read_live_texts(run_id: UUID) -> list[LiveText]:
    """The texts that the run is writing, the one that grew last first; none when Redis does not answer."""
    try:
        entries = redis_connection().hvals(_name(run_id))
    except (RedisError, OSError) as error:
        log.warning("live_texts_not_read", error=str(error))
        return []
    return sorted((LiveText(**json.loads(entry)) for entry in entries), key=lambda text: -text.at)


def _name(run_id: UUID) -> str:
    return f"igny8:live-texts:{run_id}"
