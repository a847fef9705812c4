"""An upstream that answers with exactly the bytes a test gives it."""

import socket
import threading


class OddUpstream:
    """Listens on a free port; every request is answered by .script(connection), a function a test sets."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        self.script = None
        self.requests = []
        self.closed = threading.Event()
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self):
        # shutdown wakes the thread that waits in accept; close alone would not.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                while self._read_request(connection):
                    if self.script(connection) != "again":
                        return
            except OSError:
                pass  # The gateway hung up, as it may.
            finally:
                self.closed.set()

    def _read_request(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            received = connection.recv(65536)
            if not received:
                return False
            data += received
        head, _, body = data.partition(b"\r\n\r\n")
        size = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                     if line.lower().startswith(b"content-length:")), 0)
        while len(body) < size:
            received = connection.recv(65536)
            if not received:
                return False
            body += received
        self.requests.append((head, body))
        return True


def answer(body, status="200 OK", content_type="application/json", extra=""):
    """A whole HTTP answer."""
    if isinstance(body, str):
        body = body.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n{extra}\r\n"
    return head.encode() + body


def raw(data):
    """A script that sends this and nothing else."""
    return lambda connection: connection.sendall(data)
