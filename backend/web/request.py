"""What a handler is given: who asks, the parsed body, and one open unit of work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import jinja2
from aiohttp import web
from pydantic import BaseModel

from backend.kernel.actor import Actor
from backend.kernel.canonical import to_bytes
from backend.kernel.errors import Invalid
from backend.kernel.unit_of_work import OpenUnit, UnitOfWork

Model = TypeVar("Model", bound=BaseModel)


class Request:
    """A request on its way through a handler."""

    def __init__(
        self,
        raw: web.Request,
        *,
        actor: Actor,
        open_unit: OpenUnit,
        pages: jinja2.Environment,
        uow: UnitOfWork | None,
        parsed: BaseModel | None,
    ) -> None:
        self.raw = raw
        self.actor = actor
        self.open_unit = open_unit
        self._pages = pages
        self._uow = uow
        self._parsed = parsed

    @property
    def uow(self) -> UnitOfWork:
        """The unit of work; only where the route declares one."""
        if self._uow is None:
            raise RuntimeError("this route opens its own units of work")
        return self._uow

    def body(self, model: type[Model]) -> Model:
        """The parsed body, as the model the route declares."""
        if not isinstance(self._parsed, model):
            raise RuntimeError("the route declares another body")
        return self._parsed

    def path(self, name: str) -> str:
        """A part of the path."""
        return self.raw.match_info[name]

    def query(self, name: str, default: str = "") -> str:
        """A query parameter; longer than 500 characters is refused."""
        value = self.raw.query.get(name, default)
        if len(value) > 500:
            raise Invalid("参数过长。", where=name)
        return value

    def page(
        self,
        template: str,
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        **data: Any,
    ) -> web.Response:
        """Render a page."""
        html = self._pages.get_template(template).render(
            actor=self.actor, path=self.raw.path, **data
        )
        return web.Response(
            text=html, status=status, content_type="text/html", headers=dict(headers or {})
        )

    def json(self, data: Any, *, status: int = 200) -> web.Response:
        """Answer with JSON."""
        if isinstance(data, BaseModel):
            data = data.model_dump(mode="json")
        return web.Response(
            body=to_bytes(data), status=status, content_type="application/json", charset="utf-8"
        )

    def see_other(self, location: str) -> web.Response:
        """After a form: go to a page that can be reloaded."""
        return web.Response(status=303, headers={"Location": location})
