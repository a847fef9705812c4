"""What the tests of files share: a gateway before an upstream that answers as a test says."""

import base64
import json
import random
import tempfile
import unittest

from bgclient import CallError
from harness import BILLOGRAM
from odd_upstream import OddUpstream, answer, raw
from servers import Gateway, wait_until

PDF = BILLOGRAM + "GetBillogramPdf"


def bytes_of(size):
    return random.Random(7).randbytes(size)


def document(content, before=(), after=(), status="OK"):
    """An envelope with the file in it; what stands before and after it are pairs."""
    data = dict([*before, ("content", base64.b64encode(content).decode()), *after])
    return json.dumps({"status": status, "data": data})


class FileTest(unittest.TestCase):
    """A gateway before an upstream that does as a test says."""

    extra = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        cls.upstream = OddUpstream()
        cls.gateway = Gateway(
            cls.folder.name, [("acme", f"http://{cls.upstream.address}/api/v2", "u", "k")], cls.extra)
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
        # Whatever came, the gateway still serves, and holds on to nothing.
        self.upstream.script = raw(answer(document(b"still here")))
        self.assertEqual(self.get()[0], b"still here")
        self.assertTrue(wait_until(lambda: self.in_flight() == 0, 5))

    def in_flight(self):
        text = self.gateway.get("/metrics")[2].decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
                   if line.startswith("billing_gateway_rpcs_in_flight"))

    def get(self, method=PDF, request=None, timeout=60):
        """The file, and the messages it came in."""
        messages = self.client.stream_all(method, request or {"id": "abc1234"}, timeout)
        return b"".join(message.data for message in messages), messages

    def fails(self, script, timeout=20):
        self.upstream.script = script
        with self.assertRaises(CallError) as caught:
            self.get(timeout=timeout)
        return caught.exception
