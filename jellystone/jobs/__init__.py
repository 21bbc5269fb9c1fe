"""What happens by itself, on the one leader among all replicas."""
