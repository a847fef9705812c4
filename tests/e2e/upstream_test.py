"""Upstream answers that no sane server sends; each ends in its documented code, soon, and without harm."""

import gzip
import json
import time
import unittest

from bgclient import CallError
from harness import BILLOGRAM, COMMAND, expand_tables, table
from odd_upstream import OddUpstream, answer, raw
from servers import Gateway, wait_until

import tempfile
import threading

GET = (BILLOGRAM + "GetBillogram", {"id": "abc1234"})
PAYMENT = (COMMAND + "Payment", {"id": "abc1234", "amount": {"value": "10"}})
GOOD = '{"status":"OK","data":{"id":"abc1234","state":"Unpaid"}}'
MIB = 1 << 20


def send_slowly(connection):
    """A byte every 20 ms: never idle, never done."""
    for byte in answer(GOOD):
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def send_100_mb(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (100 * MIB))
    connection.sendall(b'{"status":"OK","data":{"id":"')
    for _ in range(100):
        connection.sendall(b"a" * MIB)


def send_endless_chunks(connection):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"100000\r\n" + b" " * MIB + b"\r\n")


def bomb():
    """A body of a hundred thousand bytes that unpacks to a hundred million."""
    packed = gzip.compress(b'{"status":"OK","data":{"id":"' + b"a" * (100 * MIB) + b'"}}')
    return raw(answer(packed, extra="Content-Encoding: gzip\r\n"))


@expand_tables
class OddAnswersTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        cls.upstream = OddUpstream()
        cls.gateway = Gateway(cls.folder.name, [("acme", f"http://{cls.upstream.address}/api/v2", "u", "k")])
        cls.client = cls.gateway.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        try:
            cls.gateway.stop()
        finally:
            cls.upstream.stop()
            cls.folder.cleanup()

    def setUp(self):
        self.upstream.requests.clear()
        self.upstream.closed.clear()

    def tearDown(self):
        # Whatever came, the gateway still serves.
        self.upstream.script = raw(answer(GOOD))
        self.assertEqual(self.client.call(*GET).id, "abc1234")

    def fails(self, call, script, timeout=20):
        self.upstream.script = script
        with self.assertRaises(CallError) as caught:
            self.client.call(*call, timeout=timeout)
        return caught.exception

    def expect(self, call, script, code, reason):
        error = self.fails(call, script)
        self.assertEqual((error.code.name, error.reason), (code, reason), error)
        return error

    @table([("one length", send_100_mb), ("chunks", send_endless_chunks)])
    def test_too_large(self, script):
        self.expect(GET, script, "INTERNAL", "UPSTREAM_TOO_LARGE")
        self.assertTrue(self.upstream.closed.wait(5), "the gateway went on reading")
        self.expect(PAYMENT, script, "UNKNOWN", "OUTCOME_UNKNOWN")

    def test_gzip_bomb(self):
        script = bomb()
        self.expect(GET, script, "INTERNAL", "UPSTREAM_TOO_LARGE")
        self.assertLess(self.gateway.status("VmHWM"), 1 << 20, "KiB")

    def test_gzip_is_read(self):
        self.upstream.script = raw(answer(gzip.compress(GOOD.encode()), extra="Content-Encoding: gzip\r\n"))
        self.assertEqual(self.client.call(*GET).state, "Unpaid")
        self.assertIn(b"gzip", self.upstream.requests[0][0].lower())

    def test_slow_by_the_byte(self):
        begin = time.monotonic()
        error = self.fails(GET, send_slowly, timeout=0.5)
        self.assertLess(time.monotonic() - begin, 0.5)
        self.assertEqual(error.code.name, "DEADLINE_EXCEEDED")
        self.assertTrue(error.reason, "the caller's own timer was first")
        self.assertTrue(self.upstream.closed.wait(5))

    def test_slow_but_in_time(self):
        self.upstream.script = send_slowly
        self.assertEqual(self.client.call(*GET, timeout=20).state, "Unpaid")

    @table([
        ("length too long", raw(answer(GOOD).replace(b"Length: ", b"Length: 1"))),
        ("closed at once", lambda connection: None),
        ("half a status line", raw(b"HTTP/1.")),
        ("head without an end", raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")),
        ("chunk cut short", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"status\"")),
        ("408", raw(answer("", "408 Request Timeout"))),
    ])
    def test_cut_connection(self, script):
        self.assertEqual(self.fails(GET, script).code.name, "UNAVAILABLE")
        self.assertEqual(self.fails(PAYMENT, script).reason, "OUTCOME_UNKNOWN")

    @table([
        ("no http", raw(b"\x00\x01\x02" * 1000)),
        ("ftp", raw(b"220 ready\r\n")),
        ("status 999", raw(answer(GOOD, "999 Odd"))),
        ("bad chunk size", raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")),
        ("header flood", raw(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n" * 100000)),
        ("gzip that is none", raw(answer("plain", extra="Content-Encoding: gzip\r\n"))),
    ])
    def test_not_http(self, script):
        error = self.fails(GET, script)
        self.assertIn(error.code.name, ("UNAVAILABLE", "INTERNAL"))
        self.assertTrue(error.reason)
        self.assertEqual(self.fails(PAYMENT, script).reason, "OUTCOME_UNKNOWN")

    @table([
        ("empty", raw(answer(""))),
        ("gzip cut to nothing", raw(answer(gzip.compress(GOOD.encode())[:1], extra="Content-Encoding: gzip\r\n"))),
        ("gzip cut in its head", raw(answer(gzip.compress(GOOD.encode())[:5], extra="Content-Encoding: gzip\r\n"))),
        ("closed before the body", raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")),
        ("another encoding", raw(answer(b"hello", extra="Content-Encoding: br\r\n"))),
        ("a status nobody knows", raw(answer('{"status":"WEIRD","data":{"message":"hm"}}'))),
    ])
    def test_success_that_says_nothing(self, script):
        error = self.fails(GET, script)
        self.assertIn(error.reason, ("UPSTREAM_MALFORMED", "UPSTREAM_BROKEN"))
        error = self.fails(PAYMENT, script)
        self.assertEqual((error.code.name, error.reason), ("UNKNOWN", "OUTCOME_UNKNOWN"))

    def test_redirect_is_not_followed(self):
        target = OddUpstream()
        target.script = raw(answer(GOOD))
        try:
            extra = f"Location: http://{target.address}/api/v2/billogram/abc1234\r\n"
            for status in ("301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"):
                with self.subTest(status):
                    self.expect(GET, raw(answer("", status, extra=extra)), "INTERNAL", "UPSTREAM_REDIRECT")
                    self.expect(PAYMENT, raw(answer("", status, extra=extra)), "INTERNAL", "UPSTREAM_REDIRECT")
            self.assertEqual(target.requests, [])
        finally:
            target.stop()

    def test_interim_answers_are_skipped(self):
        self.upstream.script = raw(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer(GOOD))
        self.assertEqual(self.client.call(*GET).state, "Unpaid")

    def test_answer_without_length(self):
        self.upstream.script = raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + GOOD.encode())
        self.assertEqual(self.client.call(*GET).state, "Unpaid")

    def test_unknown_data_is_kept(self):
        body = ('{"status":"OK","data":{"id":"abc1234","brand_new":{"a":[1,2.50]},"total_sum":"12.50",'
                '"due_days":"soon","delivery_method":"Pigeon","invoice_no":null,"flags":[]}}')
        self.upstream.script = raw(answer(body))
        unmapped = self.client.call(*GET).unmapped
        self.assertEqual(json.loads(unmapped["brand_new"]), {"a": [1, 2.5]})
        self.assertEqual(unmapped["brand_new"], '{"a":[1,2.50]}')
        self.assertEqual(unmapped["total_sum"], '"12.50"')
        self.assertEqual(unmapped["due_days"], '"soon"')
        self.assertEqual(unmapped["delivery_method"], '"Pigeon"')
        self.assertEqual(unmapped["invoice_no"], "null")
        self.assertEqual(unmapped["flags"], "[]")

    def test_unsafe_write_on_a_dead_idle_connection_is_sent_once(self):
        # The connection is kept alive, then dies as the second request arrives: nobody may try again.
        count = []

        def script(connection):
            count.append(1)
            if len(count) == 1:
                connection.sendall(answer(GOOD))
                return "again"
            return "close"

        self.upstream.script = script
        self.client.call(*GET)
        with self.assertRaises(CallError) as caught:
            self.client.call(*PAYMENT)
        self.assertEqual(caught.exception.reason, "OUTCOME_UNKNOWN")
        self.assertEqual([head.split()[0] for head, _ in self.upstream.requests], [b"GET", b"POST"])

    def test_unasked_bytes_are_nobodys_answer(self):
        # As a load balancer's 408 on an idle connection: the next request gets a connection of its own.
        sent = threading.Event()

        def script(connection):
            connection.sendall(answer(GOOD))
            connection.sendall(answer(GOOD.replace("abc1234", "stray"), "408 Request Timeout"))
            sent.set()
            return "again"

        self.upstream.script = script
        for _ in range(20):
            self.assertEqual(self.client.call(*GET).id, "abc1234")
            # Nobody can tell bytes that come only after the next request was sent.
            self.assertTrue(sent.wait(10))
            sent.clear()

    def test_only_reads_are_sent_again(self):
        def script(connection):
            if len(self.upstream.requests) % 2:
                connection.sendall(answer(GOOD))
                return "again"
            return "close"

        self.upstream.script = script
        self.client.call(*GET)
        with self.assertRaises(CallError) as caught:
            self.client.call(BILLOGRAM + "DeleteBillogram", {"id": "abc1234"})
        self.assertEqual(caught.exception.code.name, "UNAVAILABLE")
        self.assertEqual([head.split()[0] for head, _ in self.upstream.requests], [b"GET", b"DELETE"])

    def test_credentials_go_to_upstream_alone(self):
        self.upstream.script = raw(answer(GOOD))
        self.client.call(*GET, metadata=[("authorization", "Bearer caller"), ("cookie", "a=b"), ("x-other", "c")])
        head = self.upstream.requests[0][0].decode().lower()
        self.assertIn("authorization: basic dtpr\r\n", head + "\r\n")
        for private in ("bearer caller", "cookie", "x-other"):
            self.assertNotIn(private, head)
        self.assertIn("accept: application/json", head)

    def test_logs_hold_no_secret(self):
        self.upstream.script = raw(answer(GOOD.replace("Unpaid", "PrivateState")))
        self.client.call(*GET)
        wait_until(lambda: any("GetBillogram" in line for line in self.gateway.lines), 2)
        text = "".join(self.gateway.lines) + self.gateway.stderr()
        for private in ("dTpr", "PrivateState", "Basic "):
            self.assertNotIn(private, text)
        for line in self.gateway.lines:
            self.assertIsInstance(json.loads(line), dict)
