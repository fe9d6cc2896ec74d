"""Files in a directory, by content hash; and the twin that keeps them in memory."""

from __future__ import annotations

import asyncio
import os
import re
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from backend.kernel.errors import Invalid

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _checked(digest: str) -> str:
    if not _DIGEST.fullmatch(digest):
        raise Invalid("文件的标识不对。", code="bad_digest", where="digest")
    return digest


class DirectoryFiles:
    """A directory with a folder for each two leading digits; readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def put(self, digest: str, content: bytes) -> None:
        """Write to the disk, whole or not at all."""
        await asyncio.to_thread(self._write, self._path(digest), content)

    async def get(self, digest: str) -> bytes | None:
        """Read."""
        return await asyncio.to_thread(self._read, self._path(digest))

    async def delete(self, digest: str) -> None:
        """Remove."""
        await asyncio.to_thread(self._path(digest).unlink, missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self._folder / _checked(digest)[:2] / digest

    def _read(self, path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, path: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with NamedTemporaryFile(dir=path.parent, delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except OSError:
                with suppress(OSError):
                    Path(file.name).unlink()
                raise


class MemoryFiles:
    """The twin that needs nothing."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}

    async def put(self, digest: str, content: bytes) -> None:
        """Keep."""
        self._files[_checked(digest)] = content

    async def get(self, digest: str) -> bytes | None:
        """Read."""
        return self._files.get(_checked(digest))

    async def delete(self, digest: str) -> None:
        """Remove."""
        self._files.pop(_checked(digest), None)
