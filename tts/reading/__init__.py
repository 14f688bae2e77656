"""Reading written French aloud: one module for each kind of token, each a pure ``read(text)``."""
