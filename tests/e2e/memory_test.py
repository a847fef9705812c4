"""Resident memory idle and under a thousand stalled calls, and that everything is given back."""

import time

from bgclient import REFLECTION_V1
from harness import BILLOGRAM, CUSTOMER, StackTest
from servers import wait_until

GET = BILLOGRAM + "GetBillogram"
CALLS = 1000
CLIENTS = 10
MIB = 1024  # /proc counts in KiB


class MemoryTest(StackTest):

    def test_idle_loaded_and_after(self):
        gateway = self.gateway
        self.report("idle")
        self.assertLess(gateway.status("VmRSS"), 40 * MIB)

        self.client.method(GET)
        self.fails(GET, {"id": "warm001"})
        files = gateway.open_files()
        self.sandbox.fault(path="/api/v2/billogram/stall", delay_ms=120000)
        after = []
        for _ in range(3):
            self.assertLess(self.stall_a_thousand(), 120 * MIB)
            self.assertTrue(wait_until(lambda: gateway.open_files() <= files + 4, 15),
                            f"{gateway.open_files()} files open, {files} before")
            self.report("after")
            after.append(gateway.status("VmRSS"))
        self.assertLess(after[2], after[0] + 4 * MIB, "every round leaves something behind")

        self.sandbox.clear_faults()
        self.assertEqual(self.fails(GET, {"id": "nosuch1"}).reason, "NOT_FOUND")

    def stall_a_thousand(self):
        """Starts the calls, cancels them all; the gateway's resident memory while they stood, in KiB."""
        clients = [self.gateway.client(reflection=REFLECTION_V1) for _ in range(CLIENTS)]
        try:
            calls = []
            for client in clients:
                client.method(GET)
                calls += [client.start(GET, {"id": f"stall{i}"}, timeout=100) for i in range(CALLS // CLIENTS)]
            self.assertTrue(wait_until(lambda: self.in_flight() >= CALLS, 30), self.in_flight())
            self.report(f"{CALLS} calls in flight")
            loaded = self.gateway.status("VmRSS")
            self.assertFalse(any(call.done() for call in calls))
            for call in calls:
                call.cancel()
            self.assertTrue(wait_until(lambda: self.in_flight() == 0, 10), self.in_flight())
            return loaded
        finally:
            for client in clients:
                client.close()

    def report(self, when):
        print(f"{when}: {self.gateway.status('VmRSS') / MIB:.1f} MiB, {self.gateway.open_files()} files")

    def in_flight(self):
        text = self.gateway.get("/metrics")[2].decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
                   if line.startswith("billing_gateway_rpcs_in_flight"))


class ExportMemoryTest(StackTest):
    MANY = 20000

    def test_many_in_little_memory(self):
        self.sandbox.control("POST", "seed", {"billograms": self.MANY})
        self.client.stream_all(CUSTOMER + "ExportCustomers", {})
        before = self.gateway.status("VmRSS")
        peak = 0
        ids = set()
        count = 0
        begin = time.monotonic()
        for page in self.client.stream(BILLOGRAM + "ExportBillograms", {}, timeout=300):
            count += len(page.billograms)
            ids.update(billogram.id for billogram in page.billograms)
            peak = max(peak, self.gateway.status("VmRSS"))
        took = time.monotonic() - begin
        print(f"{count} billograms in {took:.1f} s, {(peak - before) / MIB:.1f} MiB above idle")
        self.assertEqual((count, len(ids)), (self.MANY, self.MANY))
        self.assertLess(peak - before, 20 * MIB)
