"""Pure values and rules of time: no I/O, no wall clock."""
