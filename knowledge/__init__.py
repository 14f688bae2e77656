"""The town's facts: places, services, opening hours, answers."""
