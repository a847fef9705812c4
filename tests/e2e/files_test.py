"""Files: handed on as they arrive, however upstream sends them and the caller takes them."""

import base64
import gzip
import json
import threading
import time

from bgclient import CallError
from files_harness import PDF, FileTest, bytes_of, document
from harness import BILLOGRAM, expand_tables, table
from http2 import Connection, grpc_frame
from odd_upstream import answer, raw
from servers import wait_until

ATTACHMENT = BILLOGRAM + "GetBillogramAttachment"
REPORT = "billogram.v2.ReportService/GetReport"


def failure(status, code, extra=""):
    return raw(answer(json.dumps({"status": code, "data": {"message": "Too early"}}), status, extra=extra))


def framed(how, body):
    """A script that sends the document by other means than its length."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    if how == "gzip":
        return raw(answer(gzip.compress(body), extra="Content-Encoding: gzip\r\n"))
    if how == "closed":
        return raw(head + b"Connection: close\r\n\r\n" + body)
    pieces = (body[i:i + 7777] for i in range(0, len(body), 7777))
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return raw(head + b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n")


@expand_tables
class FilesTest(FileTest):

    def test_document(self):
        self.upstream.script = raw(answer(document(
            b"%PDF-1.4", [("file_type", "application/pdf")], [("filename", "faktura.pdf")])))
        content, messages = self.get()
        self.assertEqual((content, len(messages)), (b"%PDF-1.4", 1))
        self.assertEqual((messages[0].content_type, messages[0].filename), ("application/pdf", "faktura.pdf"))
        self.assertIn(b"GET /api/v2/billogram/abc1234.pdf HTTP/1.1", self.upstream.requests[-1][0])

    def test_initial_and_trailing_metadata(self):
        self.upstream.script = raw(answer(document(b"x")))
        call = self.client.stream(PDF, {"id": "abc1234"}, metadata=[("x-request-id", "files-1")])
        list(call)
        self.assertEqual(dict(call.initial_metadata())["x-request-id"], "files-1")
        self.assertEqual(dict(call.trailing_metadata())["billing-attempts"], "1")

    def test_what_comes_after_a_long_file_is_in_the_last_message(self):
        content = bytes_of(300_000)
        self.upstream.script = raw(answer(document(
            content, [("filename", "a.pdf")], [("file_type", "application/pdf")])))
        got, messages = self.get()
        self.assertEqual(got, content)
        self.assertGreater(len(messages), 3)
        self.assertLess(max(len(message.data) for message in messages), 100_000)
        self.assertEqual([m.filename for m in messages], ["a.pdf"] + [""] * (len(messages) - 1))
        self.assertEqual([m.content_type for m in messages], [""] * (len(messages) - 1) + ["application/pdf"])

    @table([("pdf", "application/pdf"), ("parameter", "Application/PDF; version=1.4"),
            ("octets", "application/octet-stream")])
    def test_raw(self, content_type):
        content = bytes_of(300_000)
        self.upstream.script = raw(answer(content, content_type=content_type))
        got, messages = self.get(ATTACHMENT)
        self.assertEqual(got, content)
        self.assertEqual([m.content_type for m in messages], [content_type] + [""] * (len(messages) - 1))

    @table([("plain", "application/json"), ("parameter", "Application/JSON; charset=utf-8"),
            ("suffix", "application/vnd.billogram+json"), ("none", None),
            ("plain text", "text/plain"), ("script", "text/javascript"), ("page", "text/html")])
    def test_json(self, content_type):
        body = answer(document(b"abc"), content_type=content_type)
        if content_type is None:
            body = body.replace(b"Content-Type: None\r\n", b"")
        self.upstream.script = raw(body)
        self.assertEqual(self.get(REPORT, {"filename": "a.csv"})[0], b"abc")

    def test_empty_files(self):
        for body in (answer(document(b"")), answer(b"", content_type="application/pdf")):
            self.upstream.script = raw(body)
            content, messages = self.get()
            self.assertEqual((content, len(messages)), (b"", 1))

    @table([
        ("plain text", "text/plain", "Service is down for maintenance"),
        ("xml", "application/xml", '<?xml version="1.0"?><error/>'),
        ("page", "text/html; charset=utf-8", "<html>Sign in</html>"),
        ("list", "text/plain", '[{"status": "OK"}]'),
        ("untold", None, "%PDF-1.4"),
        ("another file", "image/png", "%PDF-1.4"),
    ])
    def test_neither_file_nor_document(self, content_type, body):
        data = answer(body, content_type=content_type)
        if content_type is None:
            data = data.replace(b"Content-Type: None\r\n", b"")
        error = self.fails(raw(data))
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"), error)
        self.assertEqual(error.trailers["billing-attempts"], "1")

    def test_reports_come_in_documents_only(self):
        for content_type in ("application/pdf", "text/csv"):
            self.upstream.script = raw(answer("a;b", content_type=content_type))
            with self.assertRaises(CallError) as caught:
                self.get(REPORT, {"filename": "a.csv"})
            self.assertEqual(caught.exception.reason, "UPSTREAM_MALFORMED")

    @table([("part", "206 Partial Content", "Content-Range: bytes 0-999/200004\r\n"), ("created", "201 Created", ""),
            ("altered", "203 Non-Authoritative Information", "")])
    def test_only_200_is_a_whole_file(self, status, extra):
        for body, content_type in ((b"%PDF-" + bytes_of(995), "application/pdf"),
                                   (document(b"%PDF-1.4"), "application/json")):
            error = self.fails(raw(answer(body, status, content_type, extra)))
            self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"), error)
            self.assertEqual(error.detail("ErrorInfo")["metadata"]["http_status"], status[:3])

    def test_being_made_under_another_type(self):
        too_early = raw(answer('{"status":"NOT_AVAILABLE_YET","data":{}}', content_type="text/plain"))
        scripts = iter([too_early, raw(answer(document(b"done"), content_type="text/plain"))])
        self.upstream.script = lambda connection: next(scripts)(connection)
        self.assertEqual(self.get()[0], b"done")

    @table([("chunked", "chunked"), ("closed", "closed"), ("gzip", "gzip")])
    def test_sent(self, how):
        content = bytes_of(500_000)
        self.upstream.script = framed(how, document(content).encode())
        self.assertTrue(self.get()[0] == content)

    @table([
        ("bad base64", '{"status":"OK","data":{"content":"Zm9v!"}}'),
        ("short base64", '{"status":"OK","data":{"content":"Zm9"}}'),
        ("no content", '{"status":"OK","data":{}}'),
        ("no data", '{"status":"OK","data":null}'),
        ("no status", '{"data":{"content":"Zm9v"}}'),
        ("cut off", '{"status":"OK","data":{"content":"Zm9v'),
        ("html", "<html>Sign in</html>"),
        ("nothing", ""),
        ("unknown status", '{"status":"ODD","data":{}}'),
        ("deep", '{"status":"OK","x":' + "[" * 100 + "]" * 100 + ',"data":{"content":""}}'),
    ])
    def test_unreadable(self, body):
        error = self.fails(raw(answer(body)))
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"), error)
        self.assertEqual(error.trailers["billing-attempts"], "1")

    def test_base64_that_goes_bad_late(self):
        text = base64.b64encode(bytes_of(600_000)).decode()
        body = '{"status":"OK","data":{"content":"%s"}}' % (text[:500_000] + "!" + text[500_000:])
        self.assertEqual(self.fails(raw(answer(body))).reason, "UPSTREAM_MALFORMED")

    @table([
        ("not found", "404 Not Found", "NOT_FOUND", "NOT_FOUND"),
        ("not found in a success", "200 OK", "NOT_FOUND", "NOT_FOUND"),
        ("not allowed", "403 Forbidden", "PERMISSION_DENIED", "PERMISSION_DENIED"),
        ("failed", "503 No", "UPSTREAM_FAILED", "UNAVAILABLE"),
    ])
    def test_errors(self, status, reason, code):
        error = self.fails(failure(status, reason))
        self.assertEqual((error.code.name, error.reason), (code, reason))
        self.assertEqual(len(self.upstream.requests), 1)

    def test_dies_in_the_middle(self):
        def script(connection):
            body = answer(document(bytes_of(2_000_000)))
            connection.sendall(body[:1_500_000])

        error = self.fails(script)
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "UPSTREAM_BROKEN"))

    def test_larger_than_allowed(self):
        def script(connection):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 400000000\r\n\r\nx")
            connection.recv(1)

        self.assertEqual(self.fails(script).reason, "UPSTREAM_TOO_LARGE")

    def test_stalls_until_the_deadline(self):
        def script(connection):
            connection.sendall(answer(document(bytes_of(2_000_000)))[:1_000_000])
            connection.recv(1)

        begin = time.monotonic()
        error = self.fails(script, timeout=1)
        self.assertEqual(error.code.name, "DEADLINE_EXCEEDED")
        self.assertLess(time.monotonic() - begin, 3)
        self.assertTrue(self.upstream.closed.wait(2))

    def not_available(self, times, then, **answer_options):
        """A script that says so many times that the file is being made."""
        left = [times]

        def script(connection):
            if left[0] == 0:
                return then(connection)
            left[0] -= 1
            failure(answer_options.get("status", "404 Not Found"), "NOT_AVAILABLE_YET",
                    answer_options.get("extra", ""))(connection)
            return "again"

        return script

    @table([("not found", "404 Not Found"), ("success", "200 OK"), ("failure", "503 Busy")])
    def test_not_available_yet(self, status):
        self.upstream.script = self.not_available(2, raw(answer(document(b"done"))), status=status)
        begin = time.monotonic()
        call = self.client.stream(PDF, {"id": "abc1234"})
        self.assertEqual([message.data for message in call], [b"done"])
        # 250 ms, then 500.
        self.assertGreater(time.monotonic() - begin, 0.74)
        self.assertEqual(dict(call.trailing_metadata())["billing-attempts"], "3")
        self.assertEqual(len(self.upstream.requests), 3)

    def test_not_available_yet_says_when(self):
        self.upstream.script = self.not_available(1, raw(answer(document(b"done"))), extra="Retry-After: 1\r\n")
        begin = time.monotonic()
        self.assertEqual(self.get()[0], b"done")
        self.assertGreater(time.monotonic() - begin, 0.99)

    def test_not_available_before_the_deadline(self):
        error = self.fails(self.not_available(1000, None), timeout=1)
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "NOT_AVAILABLE_YET"))
        self.assertIsNotNone(error.detail("RetryInfo"))
        # At once, after 250 ms and after 500 more.
        self.assertEqual(error.trailers["billing-attempts"], "3")

    def test_not_available_and_cancelled(self):
        self.upstream.script = self.not_available(1000, None)
        call = self.client.stream(PDF, {"id": "abc1234"})
        self.assertTrue(wait_until(lambda: self.upstream.requests))
        call.cancel()
        self.assertTrue(wait_until(lambda: self.in_flight() == 0, 2))

    def test_cancelled_in_the_middle(self):
        self.upstream.script = raw(answer(document(bytes_of(30_000_000))))
        call = self.client.stream(PDF, {"id": "abc1234"})
        next(iter(call))
        call.cancel()
        self.assertTrue(wait_until(lambda: self.in_flight() == 0, 2))
        self.assertTrue(self.upstream.closed.wait(2))

    def test_cancelled_while_nothing_is_read(self):
        self.upstream.script = raw(answer(document(bytes_of(30_000_000))))
        with Connection(self.gateway.address) as connection:
            connection.start(PDF, (), self.message())
            self.assertTrue(wait_until(lambda: self.in_flight() == 1))
            time.sleep(0.3)
        self.assertTrue(wait_until(lambda: self.in_flight() == 0, 2))
        self.assertTrue(self.upstream.closed.wait(2))

    def message(self):
        return grpc_frame(self.client.request(PDF, {"id": "abc1234"}).SerializeToString())

    def test_a_caller_that_pauses(self):
        content = bytes_of(8_000_000)
        sent = threading.Event()

        def script(connection):
            connection.sendall(answer(content, content_type="application/pdf"))
            sent.set()

        self.upstream.script = script
        with Connection(self.gateway.address) as connection:
            stream = connection.start(PDF, (), self.message())
            time.sleep(1)
            self.assertFalse(sent.is_set(), "the gateway took all of it although nobody reads")
            # Others are served meanwhile.
            self.upstream.script = raw(answer(document(b"quick")))
            self.assertEqual(self.get()[0], b"quick")
            result = connection.wait(stream)
        self.assertEqual(result.trailers["grpc-status"], "0")
        self.assertGreater(len(result.data), len(content))

    def test_many_at_once(self):
        content = bytes_of(1_000_000)
        self.upstream.script = raw(answer(document(content)))
        calls = [self.client.stream(PDF, {"id": f"abc{i}"}) for i in range(30)]
        for call in calls:
            self.assertTrue(b"".join(message.data for message in call) == content)


class FilesByThreadsTest(FilesTest):
    """The same with an upstream loop of its own thread."""

    extra = "limits: { grpc_threads: 2 }"
