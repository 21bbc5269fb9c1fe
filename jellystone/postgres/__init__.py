"""How we speak to the PostgreSQL servers we manage: SQL in, facts out. Knows no teams, no web and no tables of ours."""
