"""Pages, by who sits there. A workplace owns no tables; it shows rooms and calls their verbs."""
