"""The billing-sandbox by itself: state that outlives it, large files, many billograms."""

import base64
import contextlib
import http.client
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest

from servers import Server, binary, exchange, wait_until

MANY = 100000
PDF_BYTES = 30 << 20
FILES = 12
KIB = 1024


class SandboxTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.state = os.path.join(self.folder, "state")
        listing = subprocess.run(
            [binary("billing-sandbox"), "--print-credentials"], check=True, capture_output=True, timeout=60)
        entry = json.loads(listing.stdout)
        secret = base64.b64encode(f"{entry['user']}:{entry['key']}".encode()).decode()
        self.headers = {"Authorization": "Basic " + secret}

    def start(self, *flags):
        self.server = Server("billing-sandbox", ["--listen", "127.0.0.1:0", *flags], self.folder)
        self.addCleanup(self.end, self.server)
        return self.server

    @staticmethod
    def end(server):
        if server.process.poll() is None:
            server.stop()

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        status, _, answer = exchange(self.server.ready["address"], method, path, data, self.headers)
        self.assertEqual(status, 200, answer[:500])
        return json.loads(answer)

    def billograms(self, page, more=""):
        return self.ask("GET", f"/api/v2/billogram?page={page}&page_size=100{more}")

    def test_state_outlives_a_kill(self):
        self.start("--state", self.state)
        self.ask("POST", "/sandbox/seed", {"billograms": 20})
        self.ask("POST", "/api/v2/item", {"title": "L\u00e5da", "price": 1, "vat": 25, "unit": "day"})
        self.ask("POST", "/sandbox/clock", {"advance": "40d"})
        before = [self.billograms(1), self.ask("GET", "/api/v2/item"), self.ask("GET", "/api/v2/report")]
        self.assertEqual(before[0]["data"][0]["state"], "Overdue")
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait(60)
        self.start("--state", self.state)
        self.assertEqual(before, [self.billograms(1), self.ask("GET", "/api/v2/item"),
                                  self.ask("GET", "/api/v2/report")])

    def test_state_of_another_seed_is_refused(self):
        self.start("--state", self.state).stop()
        refused = subprocess.run(
            [binary("billing-sandbox"), "--listen", "127.0.0.1:0", "--state", self.state, "--seed", "2"],
            capture_output=True, timeout=60)
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"another seed", refused.stderr)

    def test_a_pdf_of_thirty_megabytes(self):
        self.start()
        self.ask("POST", "/sandbox/seed", {"billograms": 1})
        self.ask("POST", "/sandbox/features", {"pdf_bytes": PDF_BYTES, "pdf_delay_ms": 0})
        path = f"/api/v2/billogram/{self.billograms(1)['data'][0]['id']}.pdf"
        content = base64.b64decode(self.ask("GET", path)["data"]["content"], validate=True)
        self.assertEqual(len(content), PDF_BYTES)
        self.ask("POST", "/sandbox/features", {"raw_pdf": True})
        status, headers, raw = exchange(self.server.ready["address"], "GET", path, None, self.headers)
        self.assertEqual((status, headers["content-type"]), (200, "application/pdf"))
        self.assertEqual(raw, content)

    @unittest.skipUnless(os.environ["BG_BIN"].endswith("release/bin"), "a sanitizer keeps what is freed")
    def test_memory_is_given_back(self):
        server = self.start()
        idle = server.status("VmRSS")
        self.ask("POST", "/sandbox/seed", {"billograms": 20000})
        self.ask("POST", "/sandbox/features", {"pdf_bytes": PDF_BYTES, "pdf_delay_ms": 0, "raw_pdf": True})
        identifiers = [one["id"] for one in self.billograms(1)["data"][:FILES]]
        for page in range(1, 201):
            self.billograms(page)
        seeded = server.status("VmRSS")
        for _ in range(2):
            with contextlib.ExitStack() as stack:
                for identifier in identifiers:
                    connection = http.client.HTTPConnection(server.ready["address"], timeout=30)
                    stack.callback(connection.close)
                    connection.request("GET", f"/api/v2/billogram/{identifier}.pdf", headers=self.headers)
                    self.assertEqual(connection.getresponse().status, 200)
                unread = server.status("VmRSS")
                self.billograms(1)
            self.assertTrue(wait_until(lambda: server.status("VmRSS") < seeded + PDF_BYTES // KIB, 15),
                            f"{server.status('VmRSS')} KiB, {seeded} before the files, {unread} with them")
        self.ask("POST", "/sandbox/reset")
        after = server.status("VmRSS")
        print(f"  idle {idle} KiB, seeded {seeded}, {FILES} files unread {unread}, reset {after}")
        self.assertLess(after, idle + 16 * KIB)

    def test_a_late_page_of_many_costs_what_the_first_does(self):
        self.start()
        self.ask("POST", "/sandbox/seed", {"billograms": MANY})

        def seconds(page, more):
            started = time.monotonic()
            answer = self.billograms(page, more)
            self.assertEqual(answer["meta"]["total_count"], MANY)
            self.assertEqual(len(answer["data"]), 100)
            return time.monotonic() - started

        for more in ("", "&order_field=due_date&order_direction=desc"):
            seconds(1, more)  # the first of an ordered list makes the list
            early = min(seconds(page, more) for page in range(2, 7))
            late = min(seconds(page, more) for page in range(990, 995))
            print(f"  page of {MANY}{more}: {early * 1000:.1f} ms, late {late * 1000:.1f} ms")
            self.assertLess(late, early * 5 + 0.02)


if __name__ == "__main__":
    unittest.main()
