"""The ways out of the box for text messages: one module for each protocol."""
