"""Jellystone: self-service for the PostgreSQL servers that a company already has."""

__version__ = "0.1.0"
