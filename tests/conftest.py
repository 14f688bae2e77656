"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no defect: no test fails for the time that it takes.
settings.register_profile("callbot", deadline=None)
settings.load_profile("callbot")
