"""A gRPC call in bare HTTP/2 frames (RFC 9113): no timer, no retry and no check of its own.

Header names and values are sent as literals that are never indexed; what comes back is decoded with
Debian's python3-hpack, since grpc compresses binary trailers.
"""

import socket
import struct
import time

import hpack

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE = 0, 1, 3, 4, 6, 8
END_STREAM = ACK = 0x1
END_HEADERS = 0x4
CANCEL = 0x8


def integer(value, prefix_bits):
    """HPACK's prefixed integer, with zeros for the bits before the prefix."""
    limit = (1 << prefix_bits) - 1
    if value < limit:
        return bytes([value])
    out, value = bytearray([limit]), value - limit
    while value >= 128:
        out.append(value % 128 | 128)
        value //= 128
    return bytes(out) + bytes([value])


def literal(name, value):
    field = bytearray([0x10])
    for text in (name, value):
        data = text.encode() if isinstance(text, str) else text
        field += integer(len(data), 7) + data
    return bytes(field)


def grpc_frame(message, compressed=0):
    return struct.pack(">BI", compressed, len(message)) + message


class Stream:
    """What came back on one stream so far."""

    def __init__(self):
        self.headers, self.trailers, self.data = {}, {}, b""
        self.ended_at = None
        self.reset = None


class Connection:
    """One HTTP/2 connection; streams are opened one after the other and may overlap."""

    def __init__(self, address, timeout=30):
        host, _, port = address.rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._decoder = hpack.Decoder()
        self._buffer = b""
        self._next_id = 1
        self.streams = {}
        self._socket.sendall(PREFACE + self._frame(SETTINGS, 0, 0, b""))

    def close(self):
        self._socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def _frame(kind, flags, stream, payload):
        return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload

    def start(self, method, metadata=(), data=b"", end=True):
        """Opens a stream with one DATA frame of these bytes; returns its id."""
        stream, self._next_id = self._next_id, self._next_id + 2
        fields = [(":method", "POST"), (":scheme", "http"), (":path", "/" + method), (":authority", "localhost"),
                  ("content-type", "application/grpc"), ("te", "trailers"), *metadata]
        block = b"".join(literal(name, value) for name, value in fields)
        self.streams[stream] = Stream()
        self._socket.sendall(self._frame(HEADERS, END_HEADERS, stream, block)
                             + self._frame(DATA, END_STREAM if end else 0, stream, data))
        return stream

    def cancel(self, stream):
        self._socket.sendall(self._frame(RST_STREAM, 0, stream, struct.pack(">I", CANCEL)))

    def _read(self, size):
        while len(self._buffer) < size:
            received = self._socket.recv(65536)
            if not received:
                raise ConnectionError("closed by the server")
            self._buffer += received
        out, self._buffer = self._buffer[:size], self._buffer[size:]
        return out

    def step(self):
        """Handles one frame."""
        head = self._read(9)
        size = struct.unpack(">I", b"\0" + head[:3])[0]
        kind, flags, stream_id = struct.unpack(">BBI", head[3:])
        payload = self._read(size)
        now = time.monotonic()
        if kind == SETTINGS and not flags & ACK:
            self._socket.sendall(self._frame(SETTINGS, ACK, 0, b""))
        elif kind == PING and not flags & ACK:
            self._socket.sendall(self._frame(PING, ACK, 0, payload))
        stream = self.streams.get(stream_id)
        if stream is None:
            return
        if kind == HEADERS:
            fields = {(n if isinstance(n, str) else n.decode()): v
                      for n, v in self._decoder.decode(payload, raw=False)}
            (stream.trailers if "grpc-status" in fields else stream.headers).update(fields)
        elif kind == DATA:
            stream.data += payload
            if payload:
                update = struct.pack(">I", len(payload))
                self._socket.sendall(self._frame(WINDOW_UPDATE, 0, 0, update)
                                     + self._frame(WINDOW_UPDATE, 0, stream_id, update))
        elif kind == RST_STREAM:
            stream.reset = struct.unpack(">I", payload)[0]
            stream.ended_at = now
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            stream.ended_at = now

    def wait(self, stream_id):
        """Reads until the stream has ended; raises if the server closes or says nothing for too long."""
        stream = self.streams[stream_id]
        while stream.ended_at is None:
            self.step()
        return stream
