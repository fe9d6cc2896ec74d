"""Ports of the routing room over one library each: YAML, xlsx, iCalendar."""
