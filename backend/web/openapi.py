"""OpenAPI 3.1 from the route table: what is declared is what is documented."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from backend.web.routing import Route

_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")
_PROBLEM = {
    "type": "object",
    "required": ["title", "status", "code", "retry"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "retry": {"type": "boolean"},
        "where": {"type": "string"},
        "details": {"type": "object"},
    },
}


def build_openapi(routes: Sequence[Route], version: str) -> dict[str, Any]:
    """Describe every route that is neither a page asset nor a socket."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {"Problem": _PROBLEM}
    for route in routes:
        path = _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {"title": "法通 Fatong", "version": version},
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "fatong_session"}
            },
        },
    }


def _operation(route: Route, schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": f"{route.method.lower()}{re.sub(r'[^a-z0-9]+', '_', route.path.lower())}",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PARAMETER.findall(route.path)
        ],
        "responses": {
            "200": {"description": "成功"},
            "default": {
                "description": "出错",
                "content": {
                    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
                },
            },
        },
    }
    if route.requires:
        operation["security"] = [{"session": []}]
        operation["x-requires"] = route.requires
    if route.body is not None:
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": _reference(route.body, schemas)}},
        }
    if route.reply is not None:
        operation["responses"]["200"]["content"] = {
            "application/json": {"schema": _reference(route.reply, schemas)}
        }
    return operation


def _reference(model: Any, schemas: dict[str, Any]) -> dict[str, str]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, definition in schema.pop("$defs", {}).items():
        schemas[name] = definition
    schemas[model.__name__] = schema
    return {"$ref": f"#/components/schemas/{model.__name__}"}
