"""The television box as a device: which of its keys means what."""
