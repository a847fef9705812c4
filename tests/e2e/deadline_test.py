"""Deadlines and cancellation, seen by a client that keeps no timer of its own."""

import base64
import os
import threading
import time

import grpc

from bgclient import CallError, stock_messages
from harness import BILLOGRAM, COMMAND, StackTest
from http2 import Connection, grpc_frame
from servers import wait_until

GET = BILLOGRAM + "GetBillogram"
PAYMENT = COMMAND + "Payment"
STALL_MS = 5000


def details(trailers):
    """The google.rpc details of a stream's trailers, by message name."""
    text = trailers["grpc-status-details-bin"]
    data = text if isinstance(text, bytes) else base64.b64decode(text + "=" * (-len(text) % 4))
    stock = stock_messages()
    status = stock.new("google.rpc.Status")
    status.ParseFromString(data)
    messages = [stock.any_to_message(detail) for detail in status.details]
    return {message.DESCRIPTOR.name: message for message in messages}


class DeadlineTest(StackTest):

    def setUp(self):
        super().setUp()
        # One call on a warm path: what is timed below is the deadline, not the first connection.
        self.client.method(GET)
        self.fails(GET, {"id": "warm001"})
        self.sandbox.reset()
        self.sandbox.fault(path="/api/v2/", delay_ms=STALL_MS)

    def message(self, method, **fields):
        return grpc_frame(self.client.request(method, fields).SerializeToString())

    def aborted(self):
        """The record of the one request that arrived, once its connection was found closed."""
        def find():
            record = self.sandbox.requests("/api/v2/")
            return record[0] if record and record[0]["client_closed"] else None
        return wait_until(find, 3)

    def run_to_deadline(self, method, timeout, **fields):
        message = self.message(method, **fields)
        with Connection(self.gateway.address) as connection:
            begin = time.monotonic()
            stream = connection.wait(connection.start(method, [("grpc-timeout", timeout)], message))
            return (stream.ended_at - begin) * 1000, stream

    def test_read_is_answered_before_the_deadline(self):
        taken, stream = self.run_to_deadline(GET, "300m", id="abc1234")
        self.assertLess(taken, 300)
        self.assertGreater(taken, 200)
        self.assertEqual(stream.trailers["grpc-status"], "4")
        info = details(stream.trailers)["ErrorInfo"]
        self.assertTrue(info.reason)
        self.assertEqual(info.domain, "billing-gateway")
        self.assertIn("RequestInfo", details(stream.trailers))
        record = self.aborted()
        self.assertIsNotNone(record, "the upstream request was not aborted")
        self.assertLess(record["ended_after_ms"], taken + 50)

    def test_unsafe_write_is_left_in_doubt(self):
        taken, stream = self.run_to_deadline(PAYMENT, "300m", id="abc1234", amount={"value": "5"})
        self.assertLess(taken, 300)
        self.assertEqual(stream.trailers["grpc-status"], "2")
        self.assertEqual(details(stream.trailers)["ErrorInfo"].reason, "OUTCOME_UNKNOWN")
        self.assertEqual(stream.trailers["grpc-retry-pushback-ms"], "-1")
        record = self.aborted()
        self.assertIsNotNone(record)
        self.assertLess(record["ended_after_ms"], taken + 50)

    def test_margin_grows_to_50_ms_and_no_further(self):
        taken, stream = self.run_to_deadline(GET, "1S", id="abc1234")
        self.assertEqual(stream.trailers["grpc-status"], "4")
        self.assertLess(taken, 1000)
        self.assertGreater(taken, 900)

    def test_hardly_any_time_at_all(self):
        taken, stream = self.run_to_deadline(GET, "1n", id="abc1234")
        self.assertTrue(stream.reset is not None or stream.trailers.get("grpc-status") == "4")
        self.assertLess(taken, 100)
        self.assertTrue(wait_until(lambda: all(r["client_closed"] for r in self.sandbox.requests("/api/v2/")), 1))

    def cancel_when_upstream_has_it(self, method, **fields):
        with Connection(self.gateway.address) as connection:
            stream = connection.start(method, (), self.message(method, **fields))
            self.assertTrue(wait_until(lambda: self.sandbox.requests("/api/v2/")), "never arrived")
            begin = time.monotonic()
            connection.cancel(stream)
            record = self.aborted()
            self.assertIsNotNone(record, "the upstream request was not aborted")
            return (time.monotonic() - begin) * 1000

    def test_cancel_aborts_the_read(self):
        self.assertLess(self.cancel_when_upstream_has_it(GET, id="abc1234"), 50)

    def test_cancel_aborts_the_write(self):
        self.assertLess(self.cancel_when_upstream_has_it(PAYMENT, id="abc1234", amount={"value": "5"}), 50)

    def test_vanished_client_aborts(self):
        with Connection(self.gateway.address) as connection:
            connection.start(GET, (), self.message(GET, id="abc1234"))
            self.assertTrue(wait_until(lambda: self.sandbox.requests("/api/v2/")), "never arrived")
        begin = time.monotonic()
        self.assertIsNotNone(self.aborted())
        self.assertLess((time.monotonic() - begin) * 1000, 50)

    def test_others_are_served_meanwhile(self):
        self.sandbox.clear_faults()
        self.sandbox.fault(path="/api/v2/billogram/slow", delay_ms=STALL_MS)
        with Connection(self.gateway.address) as connection:
            slow = connection.start(GET, [("grpc-timeout", "2S")], self.message(GET, id="slow001"))
            quick = connection.start(GET, [("grpc-timeout", "2S")], self.message(GET, id="quick01"))
            self.assertEqual(connection.wait(quick).trailers["grpc-status"], "5")
            self.assertIsNone(connection.streams[slow].ended_at)
            connection.cancel(slow)


class SeveralThreadsDeadlineTest(DeadlineTest):
    """The same where requests upstream have a thread of their own."""

    stack_options = {"extra": "limits: { grpc_threads: 2 }"}


class UnwatchedDeadlineTest(DeadlineTest):
    """The same where gRPC polls in a way that the gateway cannot watch."""

    @classmethod
    def setUpClass(cls):
        os.environ["GRPC_POLL_STRATEGY"] = "poll"
        try:
            super().setUpClass()
        finally:
            del os.environ["GRPC_POLL_STRATEGY"]


class SilentCallsTest(StackTest):
    stack_options = {"extra": "limits: { max_concurrent_calls: 5, default_deadline: 1s }"}

    def test_calls_without_a_message_make_room(self):
        self.client.method(GET)
        over = threading.Event()
        self.addCleanup(over.set)

        def nothing():
            over.wait()
            yield from ()

        silent = self.client.channel.stream_unary(
            "/" + GET, request_serializer=lambda b: b, response_deserializer=lambda b: b)
        waiting = [silent.future(nothing()) for _ in range(5)]
        self.assertTrue(wait_until(self.is_full, 10))
        # The second is over for each in its turn: whoever comes next is served, or at the latest the one after.
        self.assertTrue(wait_until(lambda: not self.is_full() and all(call.done() for call in waiting), 10))
        for call in waiting:
            self.assertEqual(call.code(), grpc.StatusCode.DEADLINE_EXCEEDED)
            self.assertEqual(CallError(GET, call).reason, "MESSAGE_MISSING")
        self.assertIn(b'billing_gateway_rpcs_refused_total{reason="TOO_MANY_CALLS"}', self.gateway.get("/metrics")[2])

    def is_full(self):
        return self.fails(GET, {"id": "nosuch1"}).reason == "TOO_MANY_CALLS"
