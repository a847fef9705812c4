"""Files under way when something ends: the caller's patience, the connection, the gateway, what is allowed."""

import tempfile
import threading
import time
import unittest

from bgclient import CallError
from files_harness import PDF, FileTest, bytes_of, document
from harness import BILLOGRAM, expand_tables, table
from http2 import Connection, grpc_frame
from odd_upstream import OddUpstream, answer, raw
from servers import Gateway, wait_until

ATTACHMENT = BILLOGRAM + "GetBillogramAttachment"
LARGE = 30_000_000


def not_yet(times, then):
    """A script that says so many times that the file is being made, on the same connection."""
    left = [times]

    def script(connection):
        if left[0] == 0:
            then(connection)
        else:
            left[0] -= 1
            connection.sendall(answer('{"status":"NOT_AVAILABLE_YET","data":{"message":"Too early"}}', "404 Not Found"))
        return "again"

    return script


@expand_tables
class FileTroubleTest(FileTest):

    extra = "limits: { max_file_bytes: 100000 }"

    def connections(self, script):
        """Wraps a script; the list gets the far end of each connection that a request came on."""
        seen = []

        def wrapped(connection):
            seen.append(connection.getpeername())
            return script(connection)

        self.upstream.script = wrapped
        return seen

    @table([("html", "text/html; charset=utf-8"), ("xhtml", "application/xhtml+xml")])
    def test_a_page_is_no_file(self, content_type):
        for body in ("<html>Sign in</html>", ""):
            error = self.fails(raw(answer(body, content_type=content_type)))
            self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"))

    def test_a_redirection_is_no_file(self):
        body = '{"status":"NOT_AVAILABLE_YET","data":{}}'
        error = self.fails(raw(answer(body, "302 Found", extra="Location: /login\r\n")))
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_REDIRECT"))
        self.assertEqual(len(self.upstream.requests), 1)

    @table([("told", True), ("untold", False)])
    def test_larger_than_allowed(self, told):
        body = answer(bytes_of(100_001), content_type="application/pdf")
        if not told:
            body = body.replace(b"Content-Length: 100001", b"Connection: close")
        error = self.fails(raw(body))
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_TOO_LARGE"))

    def test_as_large_as_allowed(self):
        self.upstream.script = raw(answer(bytes_of(100_000), content_type="application/pdf"))
        self.assertTrue(self.get()[0] == bytes_of(100_000))

    def test_the_length_is_too_long(self):
        body = answer("x" * 90_000, content_type="application/pdf").replace(b": 90000", b": 95000")
        error = self.fails(raw(body))
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "UPSTREAM_BROKEN"))

    def test_the_length_of_a_document_is_too_short(self):
        text = document(b"x" * 3000)
        body = answer(text).replace(b": %d" % len(text), b": 3000")
        self.assertEqual(self.fails(raw(body)).reason, "UPSTREAM_MALFORMED")

    def test_what_follows_a_file_is_nobodys_answer(self):
        def script(connection):
            connection.sendall(answer(document(b"mine")) + answer(document(b"stray")))
            return "again"

        seen = self.connections(script)
        for _ in range(3):
            self.assertEqual(self.get()[0], b"mine")
        self.assertEqual(len(set(seen)), 3)

    def test_a_connection_serves_file_after_file(self):
        def script(connection):
            connection.sendall(answer(document(b"x" * 60_000)))
            return "again"

        seen = self.connections(script)
        for _ in range(5):
            self.assertEqual(len(self.get()[0]), 60_000)
        self.assertEqual((len(seen), len(set(seen))), (5, 1))

    def test_a_refused_files_connection_is_not_used_again(self):
        def script(connection):
            connection.sendall(answer('{"status":"OK","data":{"content":"?' + "A" * 50_000 + '"}}'))
            return "again"

        seen = self.connections(script)
        for _ in range(3):
            self.assertEqual(self.fails(self.upstream.script).reason, "UPSTREAM_MALFORMED")
        self.assertEqual((len(seen), len(set(seen))), (3, 3))

    def tries(self):
        """How many were counted and how many timed so far."""
        lines = self.gateway.get("/metrics")[2].decode().splitlines()
        return [sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"billing_gateway_{name}{{"))
                for name in ("upstream_attempts_total", "upstream_duration_seconds_count")]

    def test_every_try_is_counted_and_timed(self):
        counted, timed = self.tries()
        self.upstream.script = not_yet(2, raw(answer(document(b"done"))))
        self.get("billogram.v2.ReportService/GetReport", {"filename": "a.csv"})
        # A call is counted once it is over, which its caller may see first.
        wait_until(lambda: self.tries() == [counted + 3, timed + 3], 5)
        self.assertEqual(self.tries(), [counted + 3, timed + 3])

    def test_tries_slow_down(self):
        begin = time.monotonic()
        error = self.fails(not_yet(1000, None), timeout=3)
        # At 0, 0.25, 0.75 and 1.75 seconds; the next would be at 3.75, after the deadline: a last one before it.
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "NOT_AVAILABLE_YET"))
        self.assertEqual((error.trailers["billing-attempts"], len(self.upstream.requests)), ("5", 5))
        self.assertTrue(2.5 < time.monotonic() - begin < 2.97)


class NobodyReadsTest(FileTest):
    """Callers that say no deadline and take nothing."""

    extra = "limits: { default_deadline: 1s, max_concurrent_calls: 20 }"

    def message(self):
        return grpc_frame(self.client.request(PDF, {"id": "abc1234"}).SerializeToString())

    def start(self, connection):
        return connection.start(PDF, (), self.message())

    def end_of_all(self, content):
        self.upstream.script = raw(answer(content, content_type="application/pdf"))
        with Connection(self.gateway.address) as connection:
            streams = [self.start(connection) for _ in range(20)]
            self.assertTrue(wait_until(lambda: self.in_flight() == 20, 5))
            self.assertTrue(wait_until(lambda: self.in_flight() == 0, 10))
            for stream in streams:
                self.assertIsNotNone(connection.wait(stream).ended_at)
        self.upstream.script = raw(answer(document(b"room again")))
        self.assertEqual(self.get()[0], b"room again")

    def test_a_file_that_is_still_upstream(self):
        self.end_of_all(bytes_of(LARGE))

    def test_a_file_that_the_gateway_has_all_of(self):
        self.end_of_all(bytes_of(300_000))

    def test_a_caller_that_reads_is_told(self):
        def script(connection):
            connection.sendall(answer(bytes_of(1_000_000), content_type="application/pdf")[:500_000])
            connection.recv(1)

        self.upstream.script = script
        call = self.client.stream(PDF, {"id": "abc1234"}, timeout=None)
        with self.assertRaises(Exception) as caught:
            list(call)
        error = CallError(PDF, caught.exception)
        self.assertEqual((error.code.name, error.reason), ("DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT"))


class NobodyReadsByThreadsTest(NobodyReadsTest):
    """The same with an upstream loop of its own thread."""

    extra = "limits: { default_deadline: 1s, max_concurrent_calls: 20, grpc_threads: 2 }"


@expand_tables
class FilesAtSigtermTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        self.addCleanup(folder.cleanup)
        self.upstream = OddUpstream()
        self.addCleanup(self.upstream.stop)
        self.folder = folder.name

    def serve(self, threads, grace):
        extra = f"drain: {{ grace: {grace} }}\nlimits: {{ grpc_threads: {threads} }}"
        self.gateway = Gateway(self.folder, [("acme", f"http://{self.upstream.address}/api/v2", "u", "k")], extra)
        self.addCleanup(self.gateway.stop)
        self.client = self.gateway.client()
        self.addCleanup(self.client.close)

    def halves(self, content):
        """Sends half of a file, and the rest when told."""
        go_on = threading.Event()

        def script(connection):
            body = answer(content, content_type="application/pdf")
            connection.sendall(body[:len(body) // 2])
            go_on.wait(20)
            connection.sendall(body[len(body) // 2:])

        self.upstream.script = script
        self.addCleanup(go_on.set)
        return go_on

    @table([("one", 1), ("two", 2)])
    def test_a_file_that_ends_in_time_is_whole(self, threads):
        self.serve(threads, "20s")
        content = bytes_of(2_000_000)
        go_on = self.halves(content)
        call = self.client.stream(PDF, {"id": "abc1234"})
        parts = [next(iter(call)).data]
        self.gateway.terminate()
        self.assertTrue(wait_until(lambda: self.gateway.get("/readyz")[0] == 503, 5))
        go_on.set()
        parts += [message.data for message in call]
        self.assertTrue(b"".join(parts) == content)
        self.gateway.stop()

    @table([("one", 1), ("two", 2)])
    def test_a_caller_is_told_that_the_rest_does_not_come(self, threads):
        self.serve(threads, "500ms")
        self.halves(bytes_of(2_000_000))
        call = self.client.stream(PDF, {"id": "abc1234"})
        next(iter(call))
        self.gateway.terminate()
        with self.assertRaises(Exception) as caught:
            list(call)
        error = CallError(PDF, caught.exception)
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "DRAINING"))
        self.gateway.stop()

    @table([("one", 1), ("two", 2)])
    def test_callers_that_take_nothing_hold_nobody_up(self, threads):
        self.serve(threads, "500ms")
        self.upstream.script = raw(answer(bytes_of(LARGE), content_type="application/pdf"))
        message = grpc_frame(self.client.request(PDF, {"id": "abc1234"}).SerializeToString())
        with Connection(self.gateway.address) as connection:
            for _ in range(10):
                connection.start(PDF, (), message)
            self.assertTrue(wait_until(lambda: len(self.upstream.requests) == 10, 5))
            begin = time.monotonic()
            self.gateway.stop()
            self.assertLess(time.monotonic() - begin, 10)

    def test_a_file_that_is_being_made(self):
        self.serve(1, "500ms")
        self.upstream.script = not_yet(1000, None)
        call = self.client.stream(PDF, {"id": "abc1234"})
        self.assertTrue(wait_until(lambda: len(self.upstream.requests) == 3, 5))
        self.gateway.terminate()
        with self.assertRaises(Exception) as caught:
            list(call)
        self.assertEqual(caught.exception.code().name, "UNAVAILABLE")
        self.gateway.stop()
