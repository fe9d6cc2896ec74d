"""Values of editorial: entries on their way, corrections, questions without basis, use, law."""
