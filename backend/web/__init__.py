"""The web layer: declared routes, middlewares, problem+json, sessions, OpenAPI, live push, layout."""
