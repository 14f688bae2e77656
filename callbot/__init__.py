"""Composition root: command line, settings, supervisor, core."""

import os

# Looking for plugins of pydantic reads the description of every installed package, at each start.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
