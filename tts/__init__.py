"""Speaking: French text for speech, Piper, the prompt store."""
