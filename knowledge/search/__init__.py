"""Finding articles: one port, two engines over the same tokens, vectors, and a small ranker."""
