"""Keeping the processes of the box alive, and ending them together."""
