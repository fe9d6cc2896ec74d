"""What every room stands on: ids, time, errors, the journal, the unit of work, permissions, keys."""
