"""The admin port, health, reflection, --check with its exit codes, and the drain at SIGTERM."""

import json
import os
import re
import subprocess
import tempfile
import threading
import time
import unittest

import grpc

from bgclient import REFLECTION_V1, REFLECTION_V1ALPHA, ROOT, CallError, Client, stock_messages
from harness import BILLOGRAM, COMMAND, CUSTOMER, StackTest, expand_tables, table
from servers import Gateway, Stack, binary, wait_until, write_config

SERVICES = [f"billogram.v2.{name}Service" for name in (
    "BillingTab", "Billogram", "Branding", "Command", "Customer", "Item", "Offer", "PaymentSource", "Report", "Settings")]
# Of the other provider, which has no account here.
OTHERS = [f"billpro.v1.{name}Service" for name in ("Customer", "Order", "Product", "ScheduledPayment")]
COMMON = ["grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]
GOLDEN = os.path.join(ROOT, "tests", "testdata", "metrics.golden")


def families(text):
    """Metric name -> type of a text exposition; raises on a line that is none."""
    found = {}
    sample = re.compile(r'^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? '
                        r'([-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|Inf)|NaN)$')
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            if name in found:
                raise AssertionError(f"{name} is announced twice")
            found[name] = kind
        elif not line.startswith("#") and not sample.match(line):
            raise AssertionError(f"not a sample: {line}")
    return found


def samples(text, name):
    return [line for line in text.splitlines() if line.startswith((name + "{", name + " "))]


class AdminPortTest(StackTest):

    def metrics(self, accept="text/plain"):
        status, headers, body = self.gateway.get("/metrics", {"Accept": accept})
        self.assertEqual(status, 200)
        return headers["content-type"], body.decode()

    def test_live_and_ready(self):
        self.assertEqual(self.gateway.get("/livez")[0], 200)
        self.assertEqual(self.gateway.get("/readyz")[0], 200)

    def test_ready_does_not_follow_upstream(self):
        self.sandbox.fault(path="/api/v2/", status=503, body="")
        for _ in range(20):
            self.fails(BILLOGRAM + "GetBillogram", {"id": "abc1234"})
        self.assertEqual(self.gateway.get("/readyz")[0], 200)

    def test_other_paths(self):
        self.assertEqual(self.gateway.get("/nothing")[0], 404)
        self.assertEqual(self.gateway.get("/../etc/passwd")[0], 404)

    def test_every_series_is_in_the_golden_list(self):
        self.create_customer()
        self.fails(BILLOGRAM + "GetBillogram", {"id": "nosuch1"})
        text = self.metrics()[1]
        with open(GOLDEN, encoding="utf-8") as file:
            golden = file.read()
        listed = set(re.findall(r"\b(?:billing_gateway|process)_\w+", golden))
        self.assertEqual(set(families(text)) - listed, set())
        self.assertGreater(len(families(text)), 5)

    def test_calls_are_counted(self):
        name = "billing_gateway_rpc_duration_seconds_count"

        def count(code):
            return sum(float(line.rpartition(" ")[2]) for line in samples(self.metrics()[1], name)
                       if 'method="GetBillogram"' in line and f'code="{code}"' in line)

        before = count("NOT_FOUND")
        for _ in range(3):
            self.fails(BILLOGRAM + "GetBillogram", {"id": "nosuch1"})
        # A call is counted once it is over, which its caller may see first.
        self.assertTrue(wait_until(lambda: count("NOT_FOUND") == before + 3, 2), samples(self.metrics()[1], name))

    def test_drift_is_counted_by_path(self):
        self.sandbox.fault(path="/api/v2/billogram/drift01", status=200, body=json.dumps(
            {"status": "OK", "data": {"id": "drift01", "brand_new": 1}}))
        self.client.call(BILLOGRAM + "GetBillogram", {"id": "drift01"})
        lines = wait_until(lambda: [line for line in samples(
            self.metrics()[1], "billing_gateway_upstream_drift_total") if "brand_new" in line], 2)
        self.assertEqual(len(lines), 1)
        self.assertEqual(float(lines[0].rpartition(" ")[2]), 1)

    def test_no_caller_value_is_a_label(self):
        secret = "zz9secret"
        self.fails(BILLOGRAM + "GetBillogram", {"id": secret})
        self.fails(BILLOGRAM + "GetBillogram", {"id": "abc1234"}, metadata=[("billing-account", secret)])
        self.fails(BILLOGRAM + "GetBillogram", {"id": secret}, metadata=[("x-request-id", secret)])
        self.assertNotIn(secret, self.metrics()[1])

    def test_openmetrics(self):
        kind, text = self.metrics("application/openmetrics-text; version=1.0.0")
        self.assertTrue(kind.startswith("application/openmetrics-text"), kind)
        self.assertTrue(text.endswith("# EOF\n"))

    def test_access_log(self):
        self.fails(BILLOGRAM + "GetBillogram", {"id": "nosuch1"}, metadata=[("x-request-id", "log-17")])
        entry = wait_until(lambda: next((e for e in map(json.loads, list(self.gateway.lines))
                                         if e.get("request_id") == "log-17"), None), 5)
        self.assertTrue(entry, self.gateway.output())
        self.assertEqual(entry["account"], "acme")
        self.assertEqual(entry["code"], "NOT_FOUND")
        self.assertIn("GetBillogram", entry["method"])

    def test_health_of_each_service(self):
        for service in ["", *SERVICES]:
            self.assertEqual(self.client.health(service), "SERVING", service)
        for service in OTHERS:
            self.assertEqual(self.client.health(service), "NOT_SERVING", service)
        with self.assertRaises(CallError) as caught:
            self.client.health("no.such.Service")
        self.assertEqual(caught.exception.code, grpc.StatusCode.NOT_FOUND)

    def test_reflection_in_both_versions(self):
        for version in (REFLECTION_V1, REFLECTION_V1ALPHA):
            with self.gateway.client(reflection=version) as client:
                self.assertEqual(client.services(), sorted(SERVICES + OTHERS + COMMON))
                self.assertEqual(sorted(client.methods("billogram.v2.SettingsService")),
                                 ["GetSettings", "UpdateSettings"])
                with self.assertRaises(LookupError):
                    client.methods("no.such.Service")


class HealthTest(StackTest):
    """Health follows the credentials of the accounts; readiness does not."""

    def answer(self, **fault):
        self.sandbox.clear_faults()
        if fault:
            self.sandbox.fault(path="/api/v2/", **fault)
            return self.fails(BILLOGRAM + "ListBillograms", {}).reason
        return self.client.call(BILLOGRAM + "ListBillograms", {})

    def health(self):
        return {self.client.health(service) for service in ["", *SERVICES]}

    def test_only_a_success_that_was_read_clears_a_rejection(self):
        rejected = {"status": 200, "body": '{"status":"INVALID_AUTH","data":{"message":"no"}}'}
        html = {"body": "<html>hello</html>", "content_type": "text/html"}
        self.assertEqual(self.health(), {"SERVING"})
        for fault in (rejected, {"status": 200, **html}, {"status": 404, **html}, {"status": 429}, rejected,
                      {"status": 401}, {"status": 200, "body": "{}"}):
            self.answer(**fault)
            self.assertEqual(self.health(), {"NOT_SERVING"}, fault)
            self.assertEqual(self.gateway.get("/readyz")[0], 200)
        self.answer()
        self.assertEqual(self.health(), {"SERVING"})


@expand_tables
class CheckTest(unittest.TestCase):
    """--check and the exit codes: 0 clean, 1 runtime failure, 2 bad configuration or flags."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.config = write_config(self.folder, [("acme", "http://127.0.0.1:9/api/v2", "user", "key")])

    def run_gateway(self, *arguments):
        done = subprocess.run([binary("billing-gateway"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, check=False)
        return done.returncode, (done.stdout + done.stderr).decode()

    def write(self, text):
        path = os.path.join(self.folder, "bad.yaml")
        with open(path, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
        return path

    def test_good(self):
        self.assertEqual(self.run_gateway("--config", self.config, "--check")[0], 0)

    def test_help_and_version(self):
        for name in ("billing-gateway", "billing-sandbox"):
            for flag in ("--help", "--version"):
                done = subprocess.run([binary(name), flag], capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, (name, flag))
                self.assertTrue(done.stdout, (name, flag))

    def test_effective_config_is_a_config(self):
        code, text = self.run_gateway("--config", self.config, "--print-effective-config")
        self.assertEqual(code, 0)
        self.assertIn("acme", text)
        again = os.path.join(self.folder, "effective.yaml")
        with open(again, "w", encoding="utf-8") as file:
            file.write(text)
        self.assertEqual(self.run_gateway("--config", again, "--check")[0], 0)

    @table([("unknown flag", "--nonsense"), ("no file", "--config", "/nonexistent.yaml"), ("no config",)])
    def test_bad_flags(self, *arguments):
        code, text = self.run_gateway(*arguments)
        self.assertEqual(code, 2)
        self.assertTrue(text)

    def test_all_problems_with_path_and_line(self):
        path = self.write("\n".join([
            "grpc: { listen: nowhere }",
            "admin: { listen: 127.0.0.1:0 }",
            "store: { sqlite: { path: events.db } }",
            "colour: blue",
            "accounts:",
            "  - name: Acme Corp",
            "    provider: stripe",
            "    base_url: http://billogram.com/api/v2",
            "  - name: acme",
            "    provider: billogram",
            "    base_url: http://127.0.0.1:8081/api/v2",
            "    credentials: { user_file: missing.user, key_file: acme.key }",
        ]))
        code, text = self.run_gateway("--config", path, "--check")
        self.assertEqual(code, 2)
        for line, words in ((1, "grpc.listen"), (3, "store"), (4, "colour"), (6, "accounts[0].name"),
                            (7, "accounts[0].provider"), (8, "accounts[0].base_url"),
                            (12, "accounts[1].credentials.user_file")):
            pattern = rf"^(?=.*{re.escape(words)})(?=.*\b{line}\b).*$"
            self.assertRegex(text, re.compile(pattern, re.MULTILINE), f"{words}, line {line}")

    @table([("empty", ""), ("a list", "- a\n"), ("no yaml", "a: [b\n"), ("tabs", "grpc:\n\tlisten: x\n"),
            ("twice", "grpc: { listen: 127.0.0.1:0 }\ngrpc: { listen: 127.0.0.1:0 }\n"),
            ("not utf-8", "grpc: { listen: \"\udcff\" }\n"), ("deep", "a: " + "[" * 20000)])
    def test_bad_yaml(self, text):
        code, output = self.run_gateway("--config", self.write(text), "--check")
        self.assertEqual(code, 2, output)
        self.assertTrue(output)

    def accounts(self, user="user"):
        write_config(self.folder, [("acme", "http://127.0.0.1:9/api/v2", user, "key")])
        with open(self.config, encoding="utf-8") as file:
            return file.read()

    def test_check_and_start_agree(self):
        def refused(text, words):
            path = self.write(text)
            for flags in (["--check"], []):
                code, output = self.run_gateway("--config", path, *flags)
                self.assertEqual(code, 2, output)
                self.assertIn(words, output)

        refused(self.accounts().replace("127.0.0.1:0", "127.0.0.1:65001"), "admin.listen")
        refused(self.accounts(user="us:er"), "accounts[0]")

    def test_scheme_in_capitals(self):
        folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        self.addCleanup(folder.cleanup)
        Gateway(folder.name, [("acme", "HTTP://127.0.0.1:9/api/v2", "user", "key")]).stop()

    def test_secrets_are_not_printed(self):
        write_config(self.folder, [("acme", "http://127.0.0.1:9/api/v2", "uniqueuser", "uniquekey")])
        for flag in ("--check", "--print-effective-config"):
            text = self.run_gateway("--config", self.config, flag)[1]
            self.assertNotIn("uniqueuser", text)
            self.assertNotIn("uniquekey", text)

    def test_taken_port_is_a_runtime_failure(self):
        stack = Stack()
        try:
            with open(self.config, encoding="utf-8") as file:
                text = file.read().replace("grpc: { listen: 127.0.0.1:0 }",
                                           "grpc: { listen: %s }" % stack.gateway.address)
            code, output = self.run_gateway("--config", self.write(text))
            self.assertEqual(code, 1, output)
        finally:
            stack.stop()


class RefusalTest(StackTest):

    def test_refused_calls_leave_a_line(self):
        stub = self.client.channel.unary_unary("/no.such.Service/Method")
        for _ in range(50):
            with self.assertRaises(grpc.RpcError):
                stub(b"", timeout=10)

        def lines():
            return [e for e in map(json.loads, list(self.gateway.lines)) if e["msg"] == "calls refused"]

        self.assertTrue(wait_until(lines))
        first = lines()[0]
        self.assertEqual((first["level"], first["reason"], first["calls"]), ("warn", "METHOD_UNKNOWN", 1))
        self.assertLess(len(lines()), 10)
        self.assertNotIn("no.such", "".join(self.gateway.lines))


class DrainTest(unittest.TestCase):

    def setUp(self):
        self.stack = Stack()
        self.client = self.stack.gateway.client()
        self.addCleanup(self.client.close)

    def test_running_calls_finish(self):
        gateway, sandbox = self.stack.gateway, self.stack.sandbox
        self.client.call(CUSTOMER + "CreateCustomer", {"customer": {"name": "Kund"}})
        sandbox.fault(path="/api/v2/billogram/slow", delay_ms=1500, status=200,
                      body='{"status":"OK","data":{"id":"slow001"}}')
        running = [self.client.start(BILLOGRAM + "GetBillogram", {"id": "slow001"}) for _ in range(5)]
        self.assertTrue(wait_until(lambda: len(sandbox.requests("/billogram/slow001")) == 5))
        gateway.terminate()

        def not_ready():
            try:
                return gateway.get("/readyz")[0] == 503
            except OSError:
                return False

        self.assertTrue(wait_until(not_ready, 1.2), "/readyz stayed true while draining")
        for future in running:
            self.assertEqual(future.result().id, "slow001")
        # A client that keeps its connection open must not hold the gateway up.
        self.stack.stop()

    def test_new_connections_are_refused_while_draining(self):
        gateway, sandbox = self.stack.gateway, self.stack.sandbox
        self.client.method(BILLOGRAM + "GetBillogram")
        sandbox.fault(path="/api/v2/", delay_ms=1500, status=200, body='{"status":"OK","data":{}}')
        running = self.client.start(BILLOGRAM + "GetBillogram", {"id": "slow001"})
        self.assertTrue(wait_until(lambda: sandbox.requests("/billogram/slow001")))
        gateway.terminate()
        self.assertTrue(wait_until(lambda: gateway.get("/readyz")[0] == 503, 1.2))
        stub = Client(gateway.address).channel.unary_unary("/grpc.health.v1.Health/Check")
        with self.assertRaises(grpc.RpcError):
            stub(b"", timeout=0.5)
        running.result()
        self.stack.stop()

    def test_health_watch_tells_and_ends(self):
        stock = stock_messages()
        seen = []
        watch = self.client.channel.unary_stream(
            "/grpc.health.v1.Health/Watch", request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=stock.type("grpc.health.v1.HealthCheckResponse").FromString)
        stream = watch(stock.new("grpc.health.v1.HealthCheckRequest", service=""), timeout=30)

        def read():
            try:
                seen.extend(answer.status for answer in stream)
            except grpc.RpcError as error:
                seen.append(error.code())

        reader = threading.Thread(target=read)
        reader.start()
        self.assertTrue(wait_until(lambda: seen == [1]), seen)
        self.stack.stop()
        reader.join(10)
        self.assertFalse(reader.is_alive())
        self.assertEqual(seen[:2], [1, 2], "SERVING, then NOT_SERVING")

    def test_idle_gateway_stops_long_before_its_grace(self):
        # grpc's client looks at an idle connection, and sees the GOAWAY, every 5 s only.
        self.assertEqual(self.client.health(), "SERVING")
        begin = time.monotonic()
        self.stack.stop()
        self.assertLess(time.monotonic() - begin, 10)

    def test_gateway_without_clients_stops_at_once(self):
        begin = time.monotonic()
        self.stack.stop()
        self.assertLess(time.monotonic() - begin, 1)

    def test_grace_is_bounded(self):
        self.stack.stop()
        self.stack = Stack(extra="drain: { grace: 500ms }")
        with self.stack.gateway.client() as client:
            client.method(COMMAND + "Payment")
            self.stack.sandbox.fault(path="/api/v2/", delay_ms=30000)
            stuck = client.start(COMMAND + "Payment", {"id": "abc1234", "amount": {"value": "1"}}, timeout=60)
            self.assertTrue(wait_until(lambda: self.stack.sandbox.requests("/api/v2/")))
            self.stack.stop()
            with self.assertRaises(grpc.RpcError) as caught:
                stuck.result()
            # Upstream may have done it, and the caller is told so.
            self.assertEqual(caught.exception.code(), grpc.StatusCode.UNKNOWN)
            self.assertIn(("grpc-retry-pushback-ms", "-1"), [tuple(pair) for pair in caught.exception.trailing_metadata()])
