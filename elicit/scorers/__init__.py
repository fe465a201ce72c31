"""Scorers turn what agents wrote into evidence: arrays in, arrays out, no network and no clock."""
