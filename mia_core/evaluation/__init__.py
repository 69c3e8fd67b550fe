"""How good the results are, against what is known to be true."""
