"""Our calls to the carrier."""
