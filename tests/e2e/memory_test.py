"""Resident memory idle and under a thousand stalled calls, and that everything is given back."""

from bgclient import REFLECTION_V1
from harness import BILLOGRAM, StackTest
from servers import wait_until

CALLS = 1000
MIB = 1024  # /proc counts in KiB


class MemoryTest(StackTest):

    def test_idle_and_under_load(self):
        gateway = self.gateway
        idle = gateway.status("VmRSS")
        print(f"idle: {idle / MIB:.1f} MiB")
        self.assertLess(idle, 40 * MIB)

        self.client.method(BILLOGRAM + "GetBillogram")
        self.fails(BILLOGRAM + "GetBillogram", {"id": "warm001"})
        files = gateway.open_files()
        self.sandbox.fault(path="/api/v2/billogram/stall", delay_ms=120000)
        clients = [gateway.client(reflection=REFLECTION_V1) for _ in range(10)]
        try:
            calls = []
            for client in clients:
                client.method(BILLOGRAM + "GetBillogram")
                calls += [client.start(BILLOGRAM + "GetBillogram", {"id": f"stall{i}"}, timeout=100)
                          for i in range(CALLS // len(clients))]
            self.assertTrue(wait_until(lambda: self.in_flight() >= CALLS, 30), self.in_flight())
            loaded = gateway.status("VmRSS")
            print(f"{CALLS} calls in flight: {loaded / MIB:.1f} MiB, {gateway.open_files()} files")
            self.assertFalse(any(call.done() for call in calls))
            self.assertLess(loaded, 120 * MIB)
            for call in calls:
                call.cancel()
            self.assertTrue(wait_until(lambda: self.in_flight() == 0, 10), self.in_flight())
        finally:
            for client in clients:
                client.close()
        self.assertTrue(wait_until(lambda: gateway.open_files() <= files + 8, 15),
                        f"{gateway.open_files()} files open, {files} before")
        after = gateway.status("VmRSS")
        print(f"after: {after / MIB:.1f} MiB, {gateway.open_files()} files")
        self.sandbox.clear_faults()
        self.assertEqual(self.fails(BILLOGRAM + "GetBillogram", {"id": "nosuch1"}).reason, "NOT_FOUND")

        # The second thousand must not need more than the first: nothing leaks.
        self.assertLess(after, loaded + MIB)

    def in_flight(self):
        text = self.gateway.get("/metrics")[2].decode()
        return sum(float(line.rpartition(" ")[2]) for line in text.splitlines()
                   if line.startswith("billing_gateway_rpcs_in_flight"))
