"""Scores with the events behind them, for whoever is scored and whoever checks."""
