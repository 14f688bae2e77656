"""Composition root: command line, settings, supervisor, core."""
