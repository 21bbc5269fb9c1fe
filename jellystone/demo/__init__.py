"""An instance as it looks after a year of use: for tests, for pictures, and for whoever wants to try the pages."""
