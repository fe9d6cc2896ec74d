"""The dated corpus: articles of laws with the days on which they are law."""
