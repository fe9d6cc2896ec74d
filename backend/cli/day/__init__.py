"""A whole demonstration day, played headless through the real wires."""
