"""Simulated subjects: motion through a muscle model to activations, sEMG and joints. An optional extra (`sim`)."""
