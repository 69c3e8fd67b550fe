"""Train the paper's network; everything here loads torch, except the settings."""
