"""What the world sees: one noun a module, HTML and JSON alike."""
