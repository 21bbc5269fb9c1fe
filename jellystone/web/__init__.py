"""How any route answers; no nouns here."""
