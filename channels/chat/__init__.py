"""The chat on a web page: a socket that survives reconnects."""
