"""The doors: each turns its own wire into service calls, and the services' answers into its wire."""
