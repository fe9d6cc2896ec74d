"""What a citizen applies for, and the papers a case gives rise to."""
