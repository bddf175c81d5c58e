"""Engines, named by dotted path and loaded on first use, so that importing this loads no torch."""
