"""The mediator's workplace: today, then cases; made for a tablet in a yurt."""
