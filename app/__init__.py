"""The desktop application and the command line: Qt lives here and nowhere else."""
