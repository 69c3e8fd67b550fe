"""The page of all recorded sessions: find, sort, tag, move, throw away, export."""
