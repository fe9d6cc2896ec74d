"""What editorial does, one function a verb."""
