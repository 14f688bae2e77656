"""What outlives the core: history, call-backs and presence, texts, voice messages, accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from callbot.accountstore import AccountStore
from callbot.assistant import Assistant
from callbot.paths import Paths
from callbot.settings import Settings
from callbot.store import Store
from callbot.texting import TextOffice
from callbot.textwriter import TextWriter
from callbot.voicemail import Voicemail
from callbot.waiting import Waiting
from telephony.presence import Presence
from telephony.sms.messages import load_messages
from telephony.sms.smsconfig import load_sms_settings


@dataclass(frozen=True)
class Kept:
    """The open files; ``wanted`` is what each agent last asked for."""

    store: Store
    waiting: Waiting
    wanted: Mapping[str, Presence]
    texts: TextOffice
    voicemail: Voicemail | None
    accounts: AccountStore

    async def close(self) -> None:
        """Finish every queued write, then close."""
        await self.store.close()
        await self.waiting.close()
        await self.texts.close()
        await self.accounts.close()
        if self.voicemail is not None:
            await self.voicemail.close()


async def open_kept(settings: Settings, paths: Paths, assistant: Assistant) -> Kept:
    """Open the history and what is kept of call-backs, staff and messages.

    Raises:
        StoreError: the history cannot be used.
        DatabaseError: another file cannot be used.
        ConfigError: the settings or the wordings of the text messages have errors.
    """
    sms = load_sms_settings(paths.sms_file)
    book = load_messages(paths.sms_templates, sms.allowed_links)
    store = await Store.open(paths.store, mask_callers=settings.vie_privee.masquer_numeros)
    waiting = await Waiting.open(paths.waiting)
    writer = TextWriter(book, assistant.facts.town)
    texts = await TextOffice.open(paths, sms, writer, store, assistant.clock)
    voicemail = None
    if settings.vie_privee.messages_vocaux:
        voicemail = await Voicemail.open(paths.messages, assistant.reception.names)
    accounts = await AccountStore.open(paths.accounts)
    return Kept(store, waiting, await waiting.presence(), texts, voicemail, accounts)
