"""Use cases: each reads like its numbered steps; the work is in the core."""
