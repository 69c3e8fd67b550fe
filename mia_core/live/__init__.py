"""From a source to a snapshot: the running pipeline."""
