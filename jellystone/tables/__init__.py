"""What we remember: Piccolo tables and nothing else."""
