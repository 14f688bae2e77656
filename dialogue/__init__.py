"""One conversation: understanding, decision, what to say next."""
