"""What we tell people: short messages, letters, calls to make, reminders."""
