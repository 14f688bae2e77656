"""Scoring the callbot on a set of labelled sentences, spoken or written."""
