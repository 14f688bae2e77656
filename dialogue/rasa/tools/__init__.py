"""Programs that the callbot runs with Rasa's interpreter."""
