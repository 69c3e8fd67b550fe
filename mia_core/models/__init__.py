"""The paper's network, its checkpoints, and what runs it; `runtime` and the networks load torch, the rest does not."""
