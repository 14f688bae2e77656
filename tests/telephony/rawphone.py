"""A SIP phone made of datagrams: says exactly what a test wants said, right or wrong."""

from __future__ import annotations

import asyncio
import itertools
import math
import re
import secrets
import socket
import struct
from dataclasses import dataclass, field

PATIENCE_S = 60.0
"""For what must come: a busy machine is no defect."""
FRAME = 160
ALAW_SILENCE = b"\xd5"
OFFER_PCMA = (
    "m=audio {port} RTP/AVP 8 {keys}\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:{keys} telephone-event/8000\r\n"
)


@dataclass
class Sip:
    """One message."""

    start: str
    headers: list[tuple[str, str]]
    body: str

    @classmethod
    def parse(cls, data: bytes) -> Sip:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        lines = head.split("\r\n")
        pairs = [line.partition(":") for line in lines[1:]]
        return cls(
            lines[0], [(key.strip().lower(), value.strip()) for key, _, value in pairs], body
        )

    @property
    def code(self) -> int:
        return int(self.start.split()[1]) if self.start.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return "" if self.code else self.start.split()[0]

    def get(self, name: str) -> str:
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]


@dataclass
class RawPhone:
    """One dialog over UDP. ``refer_answer`` is what a REFER gets; everything else gets 200.

    With ``manual`` the INVITE that opens a dialog, CANCEL and BYE get what the test replies.
    """

    port: int
    target: int
    host: str = "127.0.0.1"
    user_agent: str = "raw"
    refer_answer: int | None = 202
    manual: bool = False
    requests: asyncio.Queue[Sip] = field(default_factory=asyncio.Queue)
    responses: asyncio.Queue[Sip] = field(default_factory=asyncio.Queue)
    rtp_received: int = 0
    keys: list[int] = field(default_factory=list)
    heard: bytes = b""

    async def __aenter__(self) -> RawPhone:
        loop = asyncio.get_running_loop()
        self._sip, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._datagram), local_addr=(self.host, self.port)
        )
        self._rtp, _ = await loop.create_datagram_endpoint(
            lambda: _Receiver(self._media), local_addr=(self.host, self.port + 1)
        )
        self.call_id = secrets.token_hex(8)
        self.tag = secrets.token_hex(4)
        self.cseq = 0
        self.key_type = 101
        self.to_tag = ""
        self.local = f"<sip:0612345678@{self.host}:{self.port}>;tag={self.tag}"
        self.remote = ""
        self.contact = f"sip:bot@127.0.0.1:{self.target}"
        self.routes: list[str] = []
        self.media_to: tuple[str, int] | None = None
        self._sequence = 1
        self._timestamp = 0
        self._talker: asyncio.Task[None] | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        self.silence()
        self._sip.close()
        self._rtp.close()

    # Signalling

    def raw(self, data: bytes) -> None:
        self._sip.sendto(data, ("127.0.0.1", self.target))

    def request(
        self,
        method: str,
        body: str = "",
        content_type: str = "",
        extra: str = "",
        cseq: int | None = None,
        branch: str = "",
    ) -> None:
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        self.branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        lines = [
            f"{method} {self.contact} SIP/2.0",
            f"Via: SIP/2.0/UDP {self.host}:{self.port};branch={self.branch};rport",
            f"From: {self.local}",
            f"To: {self.remote or self._first_to()}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:raw@{self.host}:{self.port}>",
            "Max-Forwards: 70",
            f"User-Agent: {self.user_agent}",
            *(f"Route: {route}" for route in self.routes),
            *([f"Content-Type: {content_type}"] if content_type else []),
            *([extra] if extra else []),
            f"Content-Length: {len(body)}",
        ]
        self.raw(("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape"))

    def _first_to(self) -> str:
        return "<sip:bot@127.0.0.1>" + (f";tag={self.to_tag}" if self.to_tag else "")

    def sdp(self, media: str = OFFER_PCMA, direction: str = "sendrecv") -> str:
        return (
            f"v=0\r\no=- 1 {self.cseq + 1} IN IP4 {self.host}\r\ns=-\r\nc=IN IP4 {self.host}\r\n"
            f"t=0 0\r\n{media.format(port=self.port + 1, keys=self.key_type)}a={direction}\r\n"
        )

    async def final(self, timeout_s: float = PATIENCE_S) -> Sip:
        """Return the next final response of the last request."""
        async with asyncio.timeout(timeout_s):
            while True:
                response = await self.responses.get()
                if response.code >= 200 and f"branch={self.branch}" in response.get("via"):
                    return response

    async def provisional(self, code: int, timeout_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(timeout_s):
            while (await self.responses.get()).code != code:
                pass

    def offer(self, media: str = OFFER_PCMA, direction: str = "sendrecv", extra: str = "") -> None:
        self.request("INVITE", self.sdp(media, direction), "application/sdp", extra)

    async def invite(
        self, media: str = OFFER_PCMA, direction: str = "sendrecv", extra: str = ""
    ) -> Sip:
        """Send INVITE (or re-INVITE), wait for the final answer and acknowledge it."""
        first = not self.to_tag
        self.offer(media, direction, extra)
        cseq, branch = self.cseq, self.branch
        response = await self.final()
        found = re.search(r"tag=([^;]+)", response.get("to"))
        if response.code < 300:
            self.to_tag = found[1] if found else ""
            contact = re.search(r"<([^>]+)>", response.get("contact"))
            self.contact = contact[1] if contact else self.contact
            if first:
                self.routes = list(reversed(response.all("record-route")))
            self._take_media(response.body)
            self.request("ACK", cseq=cseq)
        else:
            kept, self.to_tag = self.to_tag, found[1] if found else ""
            self.request("ACK", cseq=cseq, branch=branch)
            self.to_tag = kept
        return response

    def cancel(self) -> None:
        branch = self.branch
        self.request("CANCEL", cseq=self.cseq, branch=branch)

    async def bye(self) -> Sip:
        self.silence()
        self.request("BYE")
        return await self.final()

    async def notify(self, status: str, state: str = "active;expires=60") -> Sip:
        """Tell how the call to the transfer target goes."""
        self.request(
            "NOTIFY",
            f"SIP/2.0 {status}\r\n",
            "message/sipfrag;version=2.0",
            f"Event: refer\r\nSubscription-State: {state}",
        )
        return await self.final()

    async def asked(self, method: str, timeout_s: float = PATIENCE_S) -> Sip:
        """Wait for a request of the other side."""
        async with asyncio.timeout(timeout_s):
            while True:
                request = await self.requests.get()
                if request.method == method:
                    return request

    # Being called

    async def called(self, timeout_s: float = PATIENCE_S) -> Sip:
        """Wait for the INVITE of a new dialog and take its identity over; reply() comes next."""
        invite = await self.asked("INVITE", timeout_s)
        self.call_id = invite.get("call-id")
        self.remote = invite.get("from")
        self.local = f"{invite.get('to')};tag={self.tag}"
        self.to_tag = "theirs"
        contact = re.search(r"<([^>]+)>", invite.get("contact"))
        self.contact = contact[1] if contact else self.contact
        self.routes = invite.all("record-route")
        self._take_media(invite.body)
        return invite

    def reply(
        self,
        request: Sip,
        code: int,
        *,
        sdp: bool = False,
        extra: str = "",
        direction: str = "sendrecv",
        reason: str = "",
    ) -> None:
        """Answer a request of the other side."""
        lines = [f"SIP/2.0 {code} {reason or ('OK' if code < 300 else 'No')}"]
        for key, value in request.headers:
            tag = f";tag={self.tag}" if key == "to" and "tag=" not in value else ""
            if key in _COPIED:
                lines.append(f"{key}: {value}{tag}")
        if "Contact:" not in extra:
            lines.append(f"Contact: <sip:raw@{self.host}:{self.port}>")
        lines += [extra] if extra else []
        body = self.sdp(direction=direction) if sdp else ""
        lines += ["Content-Type: application/sdp"] if sdp else []
        lines.append(f"Content-Length: {len(body)}")
        self.raw(("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape"))

    async def take(self, timeout_s: float = PATIENCE_S) -> Sip:
        """Wait to be called, ring, answer, and talk; return the INVITE."""
        invite = await self.called(timeout_s)
        self.reply(invite, 180)
        self.reply(invite, 200, sdp=True)
        await self.asked("ACK")
        self.talk()
        return invite

    def _take_media(self, sdp: str) -> None:
        keys = re.search(r"a=rtpmap:(\d+) telephone-event/8000", sdp)
        self.key_type = int(keys[1]) if keys else self.key_type
        port = re.search(r"m=audio (\d+)", sdp)
        if port:
            self.media_to = ("127.0.0.1", int(port[1]))

    # Media

    def talk(self, sound: bytes = ALAW_SILENCE * FRAME) -> None:
        """Send the frames of ``sound`` over and over, one every 20 ms, until told otherwise."""
        self.silence()
        self._talker = asyncio.create_task(self._talk(sound))

    def silence(self) -> None:
        if self._talker is not None:
            self._talker.cancel()
            self._talker = None

    def make_noise(self) -> None:
        """Send one packet of comfort noise (RFC 3389)."""
        self._packet(13, self._timestamp, b"\x40")

    def report(self) -> None:
        """Send a receiver report on the other side's stream (RFC 3550)."""
        assert self.media_to is not None
        host, port = self.media_to
        block = struct.pack("!IIIIII", 0x1234, 0, self.rtp_received, 0, 0, 0)
        self._rtp.sendto(struct.pack("!BBHI", 0x81, 201, 7, 0xABCD) + block, (host, port + 1))

    async def press(self, event: int, *, marker: bool, packets: int = 5) -> None:
        """Press a key by RFC 4733, with or without the marker bit on its first packet."""
        stamp = self._timestamp
        for n in range(packets):
            end = 0x80 if n >= packets - 3 else 0
            body = struct.pack("!BBH", event, end | 10, FRAME * min(n + 1, packets - 2))
            mark = 0x80 if marker and n == 0 else 0
            self._packet(mark | self.key_type, stamp, body)
            await asyncio.sleep(0.02)
        self._timestamp += FRAME * packets

    async def _talk(self, sound: bytes) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        for start in itertools.cycle(range(0, len(sound), FRAME)):
            self._packet(8, self._timestamp, sound[start : start + FRAME])
            self._timestamp += FRAME
            due += 0.02
            await asyncio.sleep(max(0, due - loop.time()))

    def _packet(self, payload_type: int, timestamp: int, body: bytes) -> None:
        if self.media_to is not None:
            header = struct.pack("!BBHII", 0x80, payload_type, self._sequence, timestamp, 0xABCD)
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._rtp.sendto(header + body, self.media_to)

    def _media(self, data: bytes) -> None:
        self.rtp_received += 1
        if data[1] & 0x7F == self.key_type:
            self.keys.append(data[12])
        elif len(data) == 12 + FRAME:
            self.heard = data[12:]

    def _datagram(self, data: bytes) -> None:
        message = Sip.parse(data)
        if message.code:
            self.responses.put_nowait(message)
            return
        self.requests.put_nowait(message)
        if message.method == "ACK":
            return
        if self.manual and "tag=" not in message.get("to"):
            return
        if self.manual and message.method in ("CANCEL", "BYE"):
            return
        code: int | None = self.refer_answer if message.method == "REFER" else 200
        if code is None:
            return
        self._answer(message, code)

    def _answer(self, request: Sip, code: int) -> None:
        self.reply(request, code, sdp=request.method == "INVITE")


def alaw_tone(hertz: float, amplitude: int = 9000) -> bytes:
    """Return a frame of a tone in A-law; multiples of 50 Hz join without a click."""
    angles = (2 * math.pi * hertz * n / 8000 for n in range(FRAME))
    return bytes(_alaw(int(amplitude * math.sin(angle))) for angle in angles)


def _alaw(sample: int) -> int:
    """Encode one 16-bit sample (ITU-T G.711)."""
    size = (sample if sample >= 0 else -sample - 1) >> 3
    segment = max(size.bit_length() - 5, 0)
    return (segment << 4 | size >> max(segment, 1) & 0x0F) ^ (0xD5 if sample >= 0 else 0x55)


_COPIED = ("via", "from", "to", "call-id", "cseq", "record-route")


class _Receiver(asyncio.DatagramProtocol):
    def __init__(self, take) -> None:
        self._take = take

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._take(data)


def free(port: int) -> bool:
    """Tell whether nobody listens on a UDP port of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
