"""The paper's laboratory: baselines, experiments, metrics and the report."""
