"""What a release says, and how two sayings differ: pure functions; no network, no database, no clock."""
