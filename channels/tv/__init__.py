"""The television as a device: its keys."""
