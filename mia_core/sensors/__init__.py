"""sEMG sensors: found over Bluetooth LE, simulated or replayed; a whole montage is one source."""
