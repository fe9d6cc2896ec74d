"""Understanding a question: its form, the articles it names, its matter, its dangers."""
