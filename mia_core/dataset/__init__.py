"""Data sets for training: clips in folders, windows cut from clips. Numpy only."""
