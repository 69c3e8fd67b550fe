"""Sessions on disk, and the overlay video."""
