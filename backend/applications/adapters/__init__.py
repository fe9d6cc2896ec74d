"""The forms and standards that ship with the program, as files."""
