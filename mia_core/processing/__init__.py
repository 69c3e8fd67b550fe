"""Pure numpy, causal, shared by live use and training."""
