"""Knowledge entries from draft to withdrawn, corrections, unanswered questions."""
