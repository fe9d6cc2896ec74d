"""Regions, organisations, their services and hours, mediators, devices."""
