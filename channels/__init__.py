"""The doors: each turns its own wire into service calls, and their answers into its wire."""
