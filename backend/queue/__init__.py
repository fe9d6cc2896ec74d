"""Who waits and who serves: one queue for every door; the database decides."""
