"""Conversations in memory: emptied ones are forgotten, and there are never too many."""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker


class BoundedTrackerStore(InMemoryTrackerStore):
    """Keeps the ``max_conversations`` that were used last; one without events is dropped."""

    def __init__(
        self,
        domain: Domain,
        event_broker: Optional[EventBroker] = None,
        max_conversations: int = 500,
        **kwargs: Dict[Text, Any],
    ) -> None:
        super().__init__(domain, event_broker, **kwargs)
        self._max = max_conversations

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the conversation, or drop it when it has been emptied."""
        self.store.pop(tracker.sender_id, None)
        if not tracker.events:
            return
        await super().save(tracker)
        while len(self.store) > self._max:
            del self.store[next(iter(self.store))]
