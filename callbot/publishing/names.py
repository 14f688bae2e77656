"""What pages call services, intents and places; they keep the mappings, which change in place."""

from __future__ import annotations

from callbot.assistant import Assistant


class TownNames:
    """Identifier to French name, of the version in service."""

    def __init__(self, assistant: Assistant) -> None:
        self.services: dict[str, str] = {}
        self.intents: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self.renew(assistant)

    def renew(self, assistant: Assistant) -> None:
        """Take the names of another version."""
        town, intents = assistant.facts.town, assistant.intents
        for names, now in (
            (self.services, {name: service.name for name, service in town.services.items()}),
            (self.intents, {name: intents.title(name) for name in intents.names}),
            (self.places, {name: place.short for name, place in town.places.items()}),
        ):
            names.clear()
            names.update(now)
