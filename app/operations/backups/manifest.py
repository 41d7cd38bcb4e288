"""What is in a backup: sizes and hashes of its files, and what has to come back out of them."""

from pydantic import BaseModel, ConfigDict, ValidationError

from app.operations.backups.errors import BackupError

FORMAT = 1
NAME, SEALED_NAME = "manifest.json", "manifest.json.age"


class StoredFile(BaseModel):
    """A file of a backup as it lies there, and the plain data in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    size: int
    sha256: str
    plain_size: int
    plain_sha256: str


class TableFacts(BaseModel):
    """Rows of a table, and a hash of its first and last hundred."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int
    sample: str


class Manifest(BaseModel):
    """All of a backup. `schema_revision`, `server` and `tables` are of databases, `entries` is how many files are in an
    archive."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    kind: str
    name: str
    made_at: str
    schema_revision: str = ""
    server: str = ""
    tool: str = ""
    files: list[StoredFile]
    tables: dict[str, TableFacts] = {}
    entries: int = 0

    @property
    def size(self) -> int:
        """Bytes of its files."""
        return sum(file.size for file in self.files)


def to_json(manifest: Manifest) -> bytes:
    """The manifest as it is stored."""
    return manifest.model_dump_json(indent=1).encode()


def from_json(data: bytes, name: str) -> Manifest:
    """Read a stored manifest; raises BackupError when it is not one that this version can read."""
    try:
        manifest = Manifest.model_validate_json(data)
    except ValidationError as error:
        raise BackupError(f"The manifest of {name} cannot be read: it was cut off or edited.") from error
    if manifest.format != FORMAT:
        raise BackupError(f"{name} has format {manifest.format}; this version reads {FORMAT}. Update IGNY8 first.")
    if not manifest.files:
        raise BackupError(f"{name} is empty: its manifest names no file.")
    return manifest
