"""A file takes next to no memory, whatever its size and however slow its caller."""

import gzip
import time

from files_harness import PDF, FileTest, bytes_of, document
from odd_upstream import answer, raw
from servers import wait_until

MIB = 1024  # /proc counts in KiB


class FileMemoryTest(FileTest):

    def growth(self, take):
        """By how much the gateway's resident memory rose at its highest, in KiB."""
        gateway = self.gateway
        before = gateway.status("VmRSS")
        with open(f"/proc/{gateway.process.pid}/clear_refs", "w", encoding="ascii") as file:
            file.write("5")  # the highest so far is forgotten
        take()
        return gateway.status("VmHWM") - before

    def check(self, name, size, body, pause=0):
        def take():
            call = iter(self.client.stream(PDF, {"id": "abc1234"}))
            taken = len(next(call).data)
            time.sleep(pause)
            self.assertEqual(taken + sum(len(message.data) for message in call), size)

        self.upstream.script = raw(answer(document(b"still here")))
        self.get()
        self.upstream.script = raw(body)
        grown = self.growth(take)
        print(f"{name}: grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 8 * MIB)

    def test_document_of_30_mb(self):
        self.check("document", 30 << 20, answer(document(bytes_of(30 << 20))))

    def test_raw_file_of_30_mb(self):
        self.check("raw", 30 << 20, answer(bytes_of(30 << 20), content_type="application/pdf"))

    def test_packed_document_of_30_mb(self):
        packed = gzip.compress(document(bytes_of(30 << 20)).encode(), 1)
        self.check("packed", 30 << 20, answer(packed, extra="Content-Encoding: gzip\r\n"))

    def test_many_callers_that_pause(self):
        """64 files of 30 MB at once, none of which is read for a while."""
        size, callers = 30 << 20, 64

        def take():
            calls = [iter(self.client.stream(PDF, {"id": f"abc{i}"})) for i in range(callers)]
            taken = [len(next(call).data) for call in calls]
            self.assertTrue(wait_until(lambda: len(self.upstream.requests) == callers, 10))
            time.sleep(1)
            for i, call in enumerate(calls):
                if i % 8 == 0:
                    self.assertEqual(taken[i] + sum(len(message.data) for message in call), size)
                else:
                    call.cancel()

        self.upstream.script = raw(answer(document(b"still here")))
        self.get()
        self.upstream.requests.clear()
        self.upstream.script = raw(answer(document(bytes_of(size))))
        grown = self.growth(take)
        print(f"{callers} paused: grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, callers * MIB)

    def test_a_caller_that_pauses(self):
        self.check("paused", 30 << 20, answer(document(bytes_of(30 << 20))), pause=1)
