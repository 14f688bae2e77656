"""A certificate authority of one's own, and servers it vouches for."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from pathlib import Path


def installed() -> bool:
    """Tell whether certificates can be made here."""
    return shutil.which("openssl") is not None


class Authority:
    """Made anew in a folder; ``file`` is what clients are told to trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.file = folder / "autorite.pem"
        self._key = folder / "autorite.key"
        _openssl(
            *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "2", "-subj", "/CN=essais", "-keyout", str(self._key)),
            *("-addext", "keyUsage=critical,keyCertSign", "-out", str(self.file)),
        )

    def server(self, host: str) -> ssl.SSLContext:
        """Return what a server needs to be known as ``host`` (an address or a name)."""
        key, request = self._folder / f"{host}.key", self._folder / f"{host}.csr"
        certificate, extra = self._folder / f"{host}.pem", self._folder / f"{host}.ext"
        kind = "IP" if host.replace(".", "").isdigit() else "DNS"
        extra.write_text(f"subjectAltName={kind}:{host}\n")
        _openssl(
            *("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-subj", f"/CN={host}", "-keyout", str(key), "-out", str(request)),
        )
        _openssl(
            *("x509", "-req", "-days", "2", "-in", str(request), "-CA", str(self.file)),
            *("-CAkey", str(self._key), "-extfile", str(extra), "-out", str(certificate)),
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
