"""A WebSub hub on loopback that is only told."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


class RecordingHub(ThreadingHTTPServer):
    """Takes pings and remembers their topics; refuses those that end so, and remembers when it did."""

    def __init__(self, port: int = 0, refused: str = "nothing") -> None:
        self.topics: list[str] = []
        self.refused = refused
        self.refusals: list[float] = []
        self.told_at: list[datetime] = []
        super().__init__(("127.0.0.1", port), Ping)


class Ping(BaseHTTPRequestHandler):
    server: RecordingHub

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert form["hub.mode"] == ["publish"]
        [topic] = form["hub.url"]
        if topic.endswith(self.server.refused):
            self.server.refusals.append(time.monotonic())
        else:
            self.server.told_at.append(datetime.now(UTC))
            self.server.topics.append(topic)
        self.send_response(403 if topic.endswith(self.server.refused) else 204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing is written to the console."""


@contextmanager
def hub(port: int = 0, refused: str = "nothing") -> Iterator[RecordingHub]:
    server = RecordingHub(port, refused)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
