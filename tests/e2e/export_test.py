"""Exports: every object once, whatever happens to the list meanwhile, in little memory."""

import collections
import http.server
import json
import random
import tempfile
import threading
import time
import unittest
import urllib.parse

import grpc

from bgclient import CallError
from harness import BILLOGRAM, CUSTOMER, StackTest
from servers import Gateway, wait_until

EXPORT = BILLOGRAM + "ExportBillograms"
LIST = BILLOGRAM + "ListBillograms"


class ShiftingList:
    """An upstream with one list, which a test changes before any request it likes."""

    def __init__(self):
        self.lock = threading.Lock()
        self.before_request = lambda listed, page, size: None
        self.more_counted = 0
        self.hold = lambda: None  # runs beside other requests, before an answer
        self.listed = []
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1
            disable_nagle_algorithm = True

            def do_GET(self):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                page, size = int(query["page"]), int(query["page_size"])
                with outer.lock:
                    outer.before_request(outer.listed, page, size)
                    outer.requests.append((page, size))
                    objects = [{"id": key} if key else {"state": "Unattested"} for key in outer.listed[(page - 1) * size:page * size]]
                    body = {"status": "OK", "data": objects,
                            "meta": {"total_count": len(outer.listed) + outer.more_counted}}
                if page > 1:
                    outer.hold()
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = "127.0.0.1:%d" % self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class ShiftingListTest(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        cls.upstream = ShiftingList()
        cls.gateway = Gateway(cls.folder.name, [("acme", f"http://{cls.upstream.address}/api/v2", "u", "k")])
        cls.client = cls.gateway.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.gateway.stop()
        cls.upstream.stop()
        cls.folder.cleanup()

    def setUp(self):
        self.upstream.requests.clear()
        self.upstream.before_request = lambda listed, page, size: None

    def export(self, page_size=10):
        pages = self.client.stream_all(EXPORT, {"page_size": page_size})
        return [billogram.id for page in pages for billogram in page.billograms]

    def test_a_still_list(self):
        for count in (0, 1, 9, 10, 11, 20, 57, 100):
            with self.subTest(count):
                self.upstream.listed = [f"b{i}" for i in range(count)]
                self.assertEqual(self.export(), self.upstream.listed)

    def test_objects_that_go_and_come(self):
        counts = collections.Counter()
        for seed in range(60):
            draw = random.Random(seed)
            self.upstream.listed = [f"b{i}" for i in range(draw.randrange(30, 600))]
            stayed = set(self.upstream.listed)
            changes = [0]

            def change(listed, page, size):
                # Changes end, or no reader could ever be sure.
                if changes[0] >= 12 or draw.random() < 0.4:
                    return
                changes[0] += 1
                kind = draw.choice(["delete", "insert", "insert at front", "move", "delete many"])
                counts[kind] += 1
                if kind in ("delete", "move", "delete many"):
                    for _ in range(25 if kind == "delete many" else 1):
                        if not listed:
                            break
                        key = listed.pop(draw.randrange(len(listed)))
                        # What moves has no place of its own that a reader could look at.
                        stayed.discard(key)
                        if kind == "move":
                            listed.insert(draw.randrange(len(listed) + 1), key)
                else:
                    at = 0 if kind == "insert at front" else draw.randrange(len(listed) + 1)
                    listed.insert(at, f"new{seed}-{changes[0]}")

            self.upstream.before_request = change
            exported = self.export()
            repeated = [key for key, times in collections.Counter(exported).items() if times > 1]
            self.assertEqual(repeated, [], f"seed {seed}")
            self.assertEqual(stayed - set(exported), set(), f"seed {seed}")
        print("changes:", dict(counts))
        self.assertTrue(all(counts[kind] > 20 for kind in ("delete", "insert", "insert at front", "move", "delete many")))

    def test_a_list_that_turns_round(self):
        def rotate(listed, page, size):
            listed.append(listed.pop(0))

        self.upstream.listed = [f"b{i}" for i in range(500)]
        self.upstream.before_request = rotate
        exported = self.export()
        self.assertEqual(sorted(exported), sorted(self.upstream.listed))

    def test_a_list_that_never_rests(self):
        self.upstream.listed = [f"b{i}" for i in range(5000)]
        draw = random.Random(1)
        self.upstream.before_request = lambda listed, page, size: draw.shuffle(listed)
        with self.assertRaises(CallError) as caught:
            self.export()
        self.assertEqual((caught.exception.code.name, caught.exception.reason), ("ABORTED", "LIST_CHANGES"))

    def test_more_counted_than_given(self):
        self.upstream.listed = [f"b{i}" for i in range(150)]
        for more in (1, 1 << 30):
            self.upstream.more_counted = more
            self.addCleanup(setattr, self.upstream, "more_counted", 0)
            self.upstream.requests.clear()
            call = self.client.stream(EXPORT, {"page_size": 100})
            got = []
            with self.assertRaises(grpc.RpcError):
                for page in call:
                    got += [billogram.id for billogram in page.billograms]
            error = CallError(EXPORT, call)
            self.assertEqual((error.code.name, error.reason), ("INTERNAL", "LIST_INCOMPLETE"))
            self.assertEqual(got, self.upstream.listed)
            self.assertLess(len(self.upstream.requests), 60)

    def test_a_page_or_less_a_message(self):
        self.upstream.listed = [f"b{i}" for i in range(95)]
        for page_size in (1, 10, 40, 100):
            pages = self.client.stream_all(EXPORT, {"page_size": page_size})
            self.assertEqual([b.id for page in pages for b in page.billograms], self.upstream.listed)
            self.assertLessEqual(max(len(page.billograms) for page in pages), page_size)
            self.assertEqual({page.total_size for page in pages}, {95})

    def test_objects_without_a_key(self):
        self.upstream.listed = [None, "b1"]
        self.assertEqual(self.export(), ["", "b1"])

    def test_pages_are_asked_for_ahead(self):
        # The first requests are held back until several are there: only who reads ahead gets on.
        several = threading.Event()
        self.upstream.listed = [f"b{i}" for i in range(1000)]
        self.upstream.hold = lambda: several.wait(20)

        def count(listed, page, size):
            if len(self.upstream.requests) >= 4:
                several.set()

        self.upstream.before_request = count
        try:
            self.assertEqual(len(self.export(100)), 1000)
        finally:
            self.upstream.hold = lambda: None
        self.assertTrue(several.is_set())


class ExportTest(StackTest):
    def test_all_kinds(self):
        for name in ("a", "b", "c"):
            self.create_customer(name=name)
        pages = self.client.stream_all(CUSTOMER + "ExportCustomers", {})
        self.assertEqual(sorted(c.name for page in pages for c in page.customers), ["a", "b", "c"])
        self.assertEqual(self.client.stream_all(EXPORT, {})[0].billograms[:], [])

    def test_filter_and_order(self):
        self.sandbox.control("POST", "seed", {"billograms": 250})
        request = {"order": {"field": "invoice_no", "direction": "ORDER_DIRECTION_DESC"}, "page_size": 100}
        made = [int(b.invoice_no) for page in self.client.stream_all(EXPORT, request) for b in page.billograms]
        self.assertEqual(len(made), 250)
        self.assertEqual(made, sorted(made, reverse=True))

    def test_slow_caller_holds_upstream_back(self):
        self.sandbox.control("POST", "seed", {"billograms": 100000})
        self.sandbox.control("DELETE", "requests")
        call = self.client.stream(EXPORT, {})
        next(iter(call))
        self.assertTrue(wait_until(lambda: self.requests_stand_still(), 20))
        self.assertLess(len(self.sandbox.requests("/billogram")), 1000)
        call.cancel()

    def requests_stand_still(self):
        before = len(self.sandbox.requests("/billogram"))
        time.sleep(0.5)
        return before == len(self.sandbox.requests("/billogram"))

    def test_attempts_are_all_counted(self):
        self.sandbox.control("POST", "seed", {"billograms": 1000})
        for fault in ({}, {"status": 503, "count": 1}):
            self.sandbox.control("DELETE", "requests")
            before = self.counted("billing_gateway_upstream_attempts_total"), self.timed()
            call = self.client.stream(EXPORT, {"page_size": 32})
            stream = iter(call)
            next(stream)
            if fault:
                self.sandbox.fault(path="/api/v2/billogram", **fault)
            for _ in self.until_end(stream):
                pass
            asked = len(self.sandbox.requests("/api/v2/billogram"))
            self.assertEqual(dict(call.trailing_metadata())["billing-attempts"], str(asked))
            self.assertTrue(wait_until(
                lambda: self.counted("billing_gateway_upstream_attempts_total") - before[0] == asked, 10))
            self.assertEqual(self.timed() - before[1], asked)

    def until_end(self, stream):
        try:
            yield from stream
        except grpc.RpcError:
            pass

    def counted(self, series):
        text = self.gateway.get("/metrics")[2].decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(series + "{"))

    def timed(self):
        return self.counted("billing_gateway_upstream_duration_seconds_count")

    def test_an_error_in_the_middle(self):
        self.sandbox.control("POST", "seed", {"billograms": 1000})
        call = self.client.stream(EXPORT, {"page_size": 10})
        stream = iter(call)
        next(stream)
        self.sandbox.fault(path="/api/v2/billogram", status=503)
        with self.assertRaises(grpc.RpcError):
            for _ in stream:
                pass
        error = CallError(EXPORT, call)
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "UPSTREAM_FAILED"))

    def test_cancel_ends_what_is_under_way(self):
        self.sandbox.control("POST", "seed", {"billograms": 1000})
        call = self.client.stream(EXPORT, {"page_size": 10})
        next(iter(call))
        self.sandbox.fault(path="/api/v2/billogram", delay_ms=60000)
        call.cancel()
        self.assertTrue(wait_until(lambda: b"billing_gateway_rpcs_in_flight 0" in self.gateway.get("/metrics")[2], 10))


class UnreadTest(StackTest):
    stack_options = {"extra": "limits: { default_deadline: 1s }"}

    def test_a_caller_that_takes_nothing_is_cancelled(self):
        self.sandbox.control("POST", "seed", {"billograms": 20000})
        call = self.client.stream(EXPORT, {}, timeout=None)
        next(iter(call))
        self.assertTrue(wait_until(lambda: b"billing_gateway_rpcs_in_flight 0" in self.gateway.get("/metrics")[2], 20))

    def test_a_caller_that_takes_its_time_is_not(self):
        self.sandbox.control("POST", "seed", {"billograms": 1000})
        began = time.monotonic()
        count = 0
        for page in self.client.stream(EXPORT, {}, timeout=None):
            time.sleep(0.3)
            count += len(page.billograms)
        self.assertEqual(count, 1000)
        self.assertGreater(time.monotonic() - began, 2)


if __name__ == "__main__":
    unittest.main()
