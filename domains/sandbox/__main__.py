"""``python -m domains.sandbox --folder DIR --port PORT``: serves until it is ended by SIGTERM or Ctrl-C."""

from __future__ import annotations

import argparse
import logging
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domains.sandbox.certificates import ensure_certificates
from domains.sandbox.registry import Registry
from domains.sandbox.samples import new_state
from domains.sandbox.server import SandboxServer
from domains.sandbox.storage import Storage


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m domains.sandbox")
    parser.add_argument("--folder", type=Path, required=True, help="certificates and state")
    parser.add_argument("--port", type=int, default=7700)
    parser.add_argument(
        "--transfer-seconds", type=float, default=60, help="after which a transfer is approved by itself"
    )
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    ensure_certificates(options.folder / "certificates")
    storage = Storage(options.folder / "registry.state")
    state = storage.load() or new_state(datetime.now(UTC))
    registry = Registry(state, transfer_delay=timedelta(seconds=options.transfer_seconds))
    server = SandboxServer(registry, options.folder / "certificates", storage, port=options.port)
    server.start()
    print(f"Registro de pruebas en 127.0.0.1:{server.port} (EPP sobre TLS)", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()


if __name__ == "__main__":
    main()
