"""One answer, four renderings; each carries the same citations."""

from knowledge.rendering.channels import Rendering, chat, desk, render, spoken, tv_pages
from knowledge.rendering.document import to_json

__all__ = ["Rendering", "chat", "desk", "render", "spoken", "to_json", "tv_pages"]
