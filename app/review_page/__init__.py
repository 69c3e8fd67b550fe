"""The page on which one session is looked at again: picture, muscles, trials, comparisons."""
