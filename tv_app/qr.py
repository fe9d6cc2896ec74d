"""A QR code as an image inside the page."""

from __future__ import annotations

import segno


def svg(text: str) -> str:
    """A data URI of the code for `text`, dark on white, readable from a sofa."""
    return str(segno.make(text, error="m").svg_data_uri(scale=8, border=3, dark="#0F1B2D"))
