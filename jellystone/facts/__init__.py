"""What we tell the world: one struct a noun, the same for a page and for JSON. Shapes only, nothing happens here."""
