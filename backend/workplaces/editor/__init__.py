"""The editors' and reviewers' workplace: entries, corrections, questions, use, the law."""
