"""Where the published calendar comes from."""
