"""For whoever tests with Caseway: crash points, builders, simulator base, fault switches."""
