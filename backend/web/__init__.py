"""The web layer: declared routes, problem+json, sessions, OpenAPI, live push, layout."""
