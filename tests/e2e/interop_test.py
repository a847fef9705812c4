"""Clients that no one here wrote: @grpc/grpc-js from the protos, buf (a Go client) through reflection."""

import base64
import json
import os
import subprocess
import tempfile

from bgclient import ROOT, stock_messages
from harness import StackTest

HERE = os.path.dirname(os.path.abspath(__file__))
BUF = os.path.join(HERE, "node_modules", ".bin", "buf")


class InteropTest(StackTest):

    @classmethod
    def setUpClass(cls):
        cls.cache = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.cache.cleanup()

    def run_tool(self, *command):
        environment = {**os.environ, "BUF_CACHE_DIR": self.cache.name, "HOME": self.cache.name}
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False,
                              cwd=self.cache.name, env=environment)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def buf_curl(self, *arguments):
        return self.run_tool(BUF, "curl", "--protocol", "grpc", "--http2-prior-knowledge", *arguments)

    def test_node(self):
        code, out, error = self.run_tool("node", os.path.join(HERE, "interop.js"), self.gateway.address)
        self.assertEqual(code, 0, error)
        result = json.loads(out)
        self.assertEqual(result["failed"], [])
        self.assertEqual(result["customer"]["customer_no"], "7001")
        self.assertEqual(result["state"], "Unpaid")
        self.assertEqual(float(result["total"]), 325)
        self.assertEqual(result["events"], ["BillogramCreated", "BillogramSent"])
        wrong = result["error"]
        self.assertEqual(wrong["code"], 3)
        self.assertEqual(wrong["details"]["ErrorInfo"]["reason"], "INVALID_REQUEST")
        self.assertEqual(wrong["details"]["ErrorInfo"]["domain"], "billing-gateway")
        self.assertEqual([v["field"] for v in wrong["details"]["BadRequest"]["field_violations"]],
                         ["billogram.items[1].vat"])
        self.assertEqual(wrong["details"]["RequestInfo"]["request_id"], "node-1")

    def test_buf_lists_methods(self):
        code, out, error = self.buf_curl("--list-methods", f"http://{self.gateway.address}")
        self.assertEqual(code, 0, error)
        for method in ("billogram.v2.BillogramService/GetBillogram", "billogram.v2.CommandService/SettleUnderpayment",
                       "billogram.v2.CustomerService/CreateCustomer", "grpc.health.v1.Health/Watch"):
            self.assertIn(method, out.split())

    def test_buf_calls(self):
        url = f"http://{self.gateway.address}/billogram.v2.CustomerService/"
        customer = {"customer": {"name": "Bufkund", "contact": {"email": "b@example.com"}}}
        code, out, error = self.buf_curl("-d", json.dumps(customer), url + "CreateCustomer")
        self.assertEqual(code, 0, error)
        number = json.loads(out)["customerNo"]
        code, out, error = self.buf_curl("-d", json.dumps({"customerNo": number}), url + "GetCustomer")
        self.assertEqual(code, 0, error)
        self.assertEqual(json.loads(out)["contact"]["email"], "b@example.com")

    def test_buf_calls_with_the_protos(self):
        code, out, error = self.buf_curl(
            "--schema", os.path.join(ROOT, "proto"), "-d", "{}",
            f"http://{self.gateway.address}/billogram.v2.CustomerService/ListCustomers")
        self.assertEqual(code, 0, error)
        self.assertEqual(json.loads(out or "{}").get("customers", []), [])

    def test_buf_decodes_error_details(self):
        code, _, error = self.buf_curl("-d", '{"id": "nosuch1"}',
                                       f"http://{self.gateway.address}/billogram.v2.BillogramService/GetBillogram")
        self.assertNotEqual(code, 0)
        status = json.loads(error[error.index("{"):])
        self.assertEqual(status["code"], "not_found")
        stock, details = stock_messages(), {}
        for detail in status["details"]:
            value = detail["value"]
            message = stock.new(detail["type"])
            message.ParseFromString(base64.b64decode(value + "=" * (-len(value) % 4)))
            details[detail["type"]] = message
        self.assertEqual(details["google.rpc.ErrorInfo"].reason, "NOT_FOUND")
        self.assertEqual(details["google.rpc.ErrorInfo"].domain, "billogram.com")
