"""What every room stands on: ids, time, errors, journal, unit of work, permissions, keys."""
