"""Components of the callbot's Rasa pipeline."""
