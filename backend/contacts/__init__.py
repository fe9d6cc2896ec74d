"""One conversation on one channel: what was said, its state, promises, the contact record."""
