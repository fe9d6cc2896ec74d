"""Orders' ports over files."""
