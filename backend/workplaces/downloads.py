"""A file sent to be saved: no cache keeps it."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import web

from backend.documents.model import MEDIA_TYPES, StoredDocument


def attachment(content: bytes, name: str, media_type: str) -> web.Response:
    """Bytes under a file name, which may be Chinese (RFC 6266)."""
    return web.Response(
        body=content,
        content_type=media_type,
        headers={
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}",
            "Cache-Control": "no-store",
        },
    )


def paper(document: StoredDocument, content: bytes) -> web.Response:
    """A paper."""
    return attachment(content, document.file_name, MEDIA_TYPES[document.format])
