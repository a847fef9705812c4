"""What running out of file descriptors does to the gateway, and who is told."""

import json
import resource
import socket
import unittest

from harness import StackTest
from servers import wait_until


class FewDescriptors(StackTest):
    """gRPC gives its listener up when it finds no descriptor for a connection, and says nothing."""

    LIMIT = 60

    def hold(self, address, count):
        """Opens connections without a word; they go with the test."""
        host, port = address.rsplit(":", 1)
        held = [socket.create_connection((host, int(port)), timeout=10) for _ in range(count)]
        for connection in held:
            self.addCleanup(connection.close)
        return held

    def probe(self, path):
        try:
            status, _, body = self.gateway.get(path)
            return status, body
        except OSError:
            return None

    def setUp(self):
        super().setUp()
        before = resource.prlimit(self.gateway.process.pid, resource.RLIMIT_NOFILE)
        self.addCleanup(resource.prlimit, self.gateway.process.pid, resource.RLIMIT_NOFILE, before)
        resource.prlimit(self.gateway.process.pid, resource.RLIMIT_NOFILE, (self.LIMIT, before[1]))


class AdminTakesDescriptorsTest(FewDescriptors):

    def test_the_listener_is_left_alone(self):
        held = self.hold(self.gateway.admin, self.LIMIT)
        self.assertTrue(wait_until(lambda: self.gateway.open_files() >= self.LIMIT - 1))
        # Longer than it takes the gateway to look at its listener, which must not do it harm.
        self.assertTrue(wait_until(lambda: any("takes no connections" in line for line in self.gateway.lines), 40))
        for connection in held:
            connection.close()
        self.assertTrue(wait_until(lambda: self.probe("/readyz") == (200, b"ok\n"), 40), self.probe("/readyz"))
        self.assertEqual(self.probe("/livez"), (200, b"ok\n"))
        with self.gateway.client() as client:
            self.assertEqual(client.health(), "SERVING")


class CallersTakeDescriptorsTest(FewDescriptors):

    def test_both_probes_tell_of_a_listener_that_gave_up(self):
        self.assertEqual(self.client.health(), "SERVING")
        held = self.hold(self.gateway.address, 2 * self.LIMIT)
        self.assertTrue(wait_until(lambda: self.gateway.open_files() >= self.LIMIT))
        for connection in held:
            connection.close()
        gone = (503, b"takes no connections\n")
        self.assertTrue(wait_until(lambda: self.probe("/readyz") == gone, 40), self.probe("/readyz"))
        self.assertEqual(self.probe("/livez"), gone)
        # The connections it has are served, and it stops as it should.
        self.assertEqual(self.client.health(), "SERVING")

        def errors():
            return [e["msg"] for e in map(json.loads, list(self.gateway.lines)) if e["level"] == "error"]

        self.assertTrue(wait_until(errors))
        self.assertEqual(errors(), ["takes no connections"])


if __name__ == "__main__":
    unittest.main()
