"""From a question to the one answer that every channel renders."""
