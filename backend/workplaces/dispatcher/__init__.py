"""The dispatcher's board: every order, whose move it is, by when."""
