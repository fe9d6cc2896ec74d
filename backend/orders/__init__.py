"""Work orders and complaints: what must still be done, by whom, by when."""
