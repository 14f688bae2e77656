"""Many real calls at once, and what they cost: ``callbot bench``."""
