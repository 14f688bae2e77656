"""Hearing: voice activity, end of turn, recognition."""
