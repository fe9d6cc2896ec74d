"""The knowledge base: dated law, checked entries, and one cited answer for every channel."""
