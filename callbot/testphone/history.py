"""Reads the record of a call from the console's API."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

POLL_S = 0.2
WAIT_S = 6.0
REQUEST_S = 3.0


async def fetch(console: str, sip_call_id: str, token: str = "") -> dict[str, Any] | None:
    """Return the record with its turns once the call is closed, None when there is none.

    ``console`` is ``http://host:port``, ``token`` what it knows programs of this machine by. A call
    still open after ``WAIT_S`` is returned as it is.
    """
    deadline = asyncio.get_running_loop().time() + WAIT_S
    timeout = aiohttp.ClientTimeout(total=REQUEST_S)
    record: dict[str, Any] | None = None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with aiohttp.ClientSession(console, timeout=timeout, headers=headers) as session:
        while asyncio.get_running_loop().time() < deadline:
            try:
                record = await _read(session, sip_call_id)
            except (aiohttp.ClientError, TimeoutError):
                return None
            if record is not None and record["ended_at"] is not None:
                return record
            await asyncio.sleep(POLL_S)
    return record


async def _read(session: aiohttp.ClientSession, sip_call_id: str) -> dict[str, Any] | None:
    async with session.get("/api/calls", params={"sip_call_id": sip_call_id}) as response:
        response.raise_for_status()
        calls = (await response.json())["calls"]
    if not calls:
        return None
    async with session.get(f"/api/calls/{calls[0]['id']}") as response:
        response.raise_for_status()
        record: dict[str, Any] = await response.json()
        return record
