"""Administration in three: system, security, audit. None of them reads cases."""
