"""What developers and the checks use; no part of the program that runs."""
