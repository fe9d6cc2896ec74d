"""Headers every reply carries, and the check that a browser's request comes from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from backend.kernel.errors import Denied

_SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; worker-src 'self'; "
    "manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=()",
}


def check_origin(request: web.Request, public_url: str, *, socket: bool) -> None:
    """Refuse a state-changing or socket request that a foreign page made the browser send."""
    if request.method in _SAFE_METHODS and not socket:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and not socket:
        if site in ("same-origin", "none"):
            return
        raise Denied("请求来自别的网站，已拒绝。", code="foreign_origin")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    allowed = {urlsplit(public_url).netloc, request.host}
    if urlsplit(origin).netloc not in allowed:
        raise Denied("请求来自别的网站，已拒绝。", code="foreign_origin")


def add_headers(response: web.StreamResponse, *, secure: bool) -> None:
    """Add the security headers to a reply that has not been sent yet."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
