"""The affair: its code, its parties, its one fact sheet, its timeline."""
