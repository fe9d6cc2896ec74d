"""A body's in-tray: orders and referrals sent to it."""
