"""One turn of talk at any door: safety, answer, facts, hand-over."""
