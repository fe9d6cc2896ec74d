"""Identity's ports over their libraries."""
