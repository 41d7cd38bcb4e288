"""A mail server that keeps what it takes, and misbehaves as told. Speaks real SMTP over a socket."""

import socketserver
import threading
from email import message_from_bytes
from email.message import Message
from typing import Any, Self


class FakeSMTP:
    """`refuse` maps a command (RCPT, DATA, END) to the answer given instead; `hang_up_after` closes without one."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.refuse: dict[str, str] = {}
        self.hang_up_after: str | None = None
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake._talk(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _talk(self, peer: Any) -> None:
        self._say(peer, "220 ready")
        while line := peer.rfile.readline():
            command = line.split(b" ")[0].strip().upper().decode()
            if command == "QUIT":
                return self._say(peer, "221 bye")
            if command in self.refuse:
                self._say(peer, self.refuse[command])
            elif command == "DATA":
                self._say(peer, "354 go on")
                if not self._take(peer):
                    return None
            else:
                self._say(peer, "250 ok")
        return None

    def _take(self, peer: Any) -> bool:
        lines = []
        while (line := peer.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b"..") else line)
        if "END" in self.refuse:
            self._say(peer, self.refuse["END"])
            return True
        self.messages.append(message_from_bytes(b"".join(lines)))
        if self.hang_up_after == "END":
            return False
        self._say(peer, "250 taken")
        return True

    def _say(self, peer: Any, text: str) -> None:
        peer.wfile.write(f"{text}\r\n".encode())
