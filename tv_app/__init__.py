"""The television's screen: three tiles, five lines, one highlighted thing."""
