"""The web layer's ports over their libraries."""
