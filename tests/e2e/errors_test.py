"""Every error status of the Billogram reference (section 2.4), and what the gateway makes of it.

Expected codes are the table "Errors" of the design, written out by hand; the details are decoded with
the stock google.rpc messages.
"""

import json
import socket

from bgclient import CallError
from harness import BILLOGRAM, COMMAND, CUSTOMER, StackTest, expand_tables, table

GET = (BILLOGRAM + "GetBillogram", {"id": "abc1234"})
DELETE = (BILLOGRAM + "DeleteBillogram", {"id": "abc1234"})
PAYMENT = (COMMAND + "Payment", {"id": "abc1234", "amount": {"value": "10"}})
LIST = (CUSTOMER + "ListCustomers", {"page_size": 5})
ITEM = {"title": "Rad", "count": {"value": "1"}, "price": {"value": "100"}, "vat": {"value": "25"}, "unit": "unit"}
CREATE = (BILLOGRAM + "CreateBillogram", {"billogram": {"customer": {"customer_no": 1}, "items": [ITEM]}})
CREATE_KEYED = (BILLOGRAM + "CreateBillogram", {
    "billogram": {"customer": {"customer_no": 1}, "items": [ITEM], "creditor_unique_value": "order-7"}})
CREATE_CUSTOMER = (CUSTOMER + "CreateCustomer", {"customer": {"name": "Kund"}})
CREATE_CUSTOMER_KEYED = (CUSTOMER + "CreateCustomer", {"customer": {"name": "Kund", "customer_no": 7}})
UPDATE_CUSTOMER = (CUSTOMER + "UpdateCustomer", {
    "customer_no": 1, "customer": {"name": "Kund"}, "update_mask": "name"})
RENUMBER_CUSTOMER = (CUSTOMER + "UpdateCustomer", {
    "customer_no": 1, "customer": {"customer_no": 2}, "update_mask": "customerNo"})
UPDATE_BILLOGRAM = (BILLOGRAM + "UpdateBillogram", {
    "id": "abc1234", "billogram": {"due_days": 10}, "update_mask": "dueDays"})
CREDIT = (COMMAND + "Credit", {"id": "abc1234", "mode": "CREDIT_MODE_FULL"})

PROVIDER = "billogram.com"
GATEWAY = "billing-gateway"

# HTTP status, the provider's code, what the caller gets; the reference's own combinations.
STATUSES = [
    (401, "MISSING_AUTH", "FAILED_PRECONDITION"),
    (403, "MISSING_AUTH", "FAILED_PRECONDITION"),
    (401, "INVALID_AUTH", "FAILED_PRECONDITION"),
    (403, "INVALID_AUTH", "FAILED_PRECONDITION"),
    (403, "PERMISSION_DENIED", "PERMISSION_DENIED"),
    (404, "NOT_FOUND", "NOT_FOUND"),
    (404, "NOT_AVAILABLE_YET", "UNAVAILABLE"),
    (405, "METHOD_NOT_ALLOWED", "UNIMPLEMENTED"),
    (400, "MISSING_QUERY_PARAMETER", "INVALID_ARGUMENT"),
    (400, "INVALID_QUERY_PARAMETER", "INVALID_ARGUMENT"),
    (400, "INVALID_PARAMETER", "INVALID_ARGUMENT"),
    (400, "INVALID_PARAMETER_COMBINATION", "INVALID_ARGUMENT"),
    (400, "READ_ONLY_PARAMETER", "INVALID_ARGUMENT"),
    (400, "UNKNOWN_PARAMETER", "INVALID_ARGUMENT"),
    (400, "INVALID_OBJECT_STATE", "FAILED_PRECONDITION"),
    # The provider's code decides, whatever its HTTP status.
    (409, "NOT_FOUND", "NOT_FOUND"),
    (400, "NOT_AVAILABLE_YET", "UNAVAILABLE"),
    (422, "INVALID_PARAMETER", "INVALID_ARGUMENT"),
    (200, "INVALID_PARAMETER", "INVALID_ARGUMENT"),
    (200, "INVALID_OBJECT_STATE", "FAILED_PRECONDITION"),
    (200, "NOT_FOUND", "NOT_FOUND"),
    # A code no page lists goes by its HTTP status.
    (400, "SOMETHING_NEW", "INVALID_ARGUMENT"),
    (401, "SOMETHING_NEW", "FAILED_PRECONDITION"),
    (403, "SOMETHING_NEW", "PERMISSION_DENIED"),
    (404, "SOMETHING_NEW", "NOT_FOUND"),
    (409, "SOMETHING_NEW", "ABORTED"),
    (422, "SOMETHING_NEW", "FAILED_PRECONDITION"),
]

ABSENT = [(400, "INVALID_ARGUMENT"), (401, "FAILED_PRECONDITION"), (403, "PERMISSION_DENIED"),
          (404, "NOT_FOUND"), (409, "ABORTED"), (422, "FAILED_PRECONDITION")]

# Upstream's field and field_path, the request, the proto path the caller is told.
FIELDS = [
    ("string path", CREATE, "price", "items[0]:price", "billogram.items[0].price"),
    ("string path two levels", CREATE, None, "customer:customer_no", "billogram.customer.customer_no"),
    ("array path", CREATE_CUSTOMER, None, ["contact", "email"], "customer.contact.email"),
    ("empty array falls back", CREATE_CUSTOMER, "customer_no", [], "customer.customer_no"),
    ("null falls back", CREATE_CUSTOMER, "customer_no", None, "customer.customer_no"),
    ("empty string falls back", CREATE_CUSTOMER, "name", "", "customer.name"),
    ("colons in field", CREATE_CUSTOMER, "address:zipcode", None, "customer.address.zipcode"),
    ("unknown verbatim", CREATE_CUSTOMER, "item_id", [], "item_id"),
    ("beside the resource", CREATE, "on_success:method", None, "on_success.method"),
    ("command", PAYMENT, "amount", None, "amount"),
    ("command items", CREDIT, None, "items[2]:count", "items[2].count"),
    ("query", LIST, "page_size", None, "page_size"),
    ("query in a sub-message", LIST, "filter_field", None, "filter.field"),
    ("update", UPDATE_BILLOGRAM, "due_days", "due_days", "billogram.due_days"),
    ("hostile path", CREATE, None, "items[99999999999999999999]:price",
     "billogram.items[99999999999999999999].price"),
    ("path into nowhere", CREATE, None, "items[0]:colour:hue", "items[0]:colour:hue"),
    ("no path at all", CREATE, None, "]:[", "]:["),
]

# What a failure after sending means, by the safety of the call.
REPEATABLE = [("GetBillogram", GET), ("ListCustomers", LIST), ("UpdateCustomer", UPDATE_CUSTOMER),
              ("DeleteBillogram", DELETE), ("CreateBillogram with its own key", CREATE_KEYED),
              ("CreateCustomer with its own number", CREATE_CUSTOMER_KEYED)]
UNSAFE = [("Payment", PAYMENT), ("CreateBillogram", CREATE), ("CreateCustomer", CREATE_CUSTOMER),
          ("UpdateCustomer changing the number", RENUMBER_CUSTOMER), ("UpdateBillogram", UPDATE_BILLOGRAM)]


def envelope(code, **data):
    return json.dumps({"status": code, "data": {"message": f"about {code}", **data}})


@expand_tables
class ErrorsTest(StackTest):
    @classmethod
    def setUpClass(cls):
        # Bound but not listening: connections to it are refused, and nobody else can take the port.
        cls.closed = socket.socket()
        cls.closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{cls.closed.getsockname()[1]}/api/v2"
        cls.stack_options = {"more_accounts": [("dead", url, "u", "k")]}
        super().setUpClass()

    @classmethod
    def tearDownClass(cls):
        super().tearDownClass()
        cls.closed.close()

    def call(self, call, **options):
        options.setdefault("metadata", [("billing-account", "acme")])
        return self.fails(*call, **options)

    def inject(self, **fault):
        self.sandbox.fault(path="/api/v2/", **fault)

    def check_info(self, error, reason, domain, http_status, method):
        info = error.detail("ErrorInfo")
        self.assertIsNotNone(info, error)
        self.assertEqual((info["reason"], info["domain"]), (reason, domain), error)
        metadata = info["metadata"]
        self.assertEqual(metadata.get("account"), "acme")
        self.assertEqual(metadata.get("method", "").lstrip("/"), method)
        if http_status is not None:
            self.assertEqual(metadata.get("http_status"), str(http_status))
        self.assertEqual(error.status.code, error.code.value[0])
        self.assertEqual(error.status.message, error.message)
        return metadata

    @table([(f"{http} {code}", http, code, grpc) for http, code, grpc in STATUSES])
    def test_status(self, http, code, grpc):
        self.inject(status=http, body=envelope(code, field="name", field_path=None))
        error = self.call(GET, metadata=[("billing-account", "acme"), ("x-request-id", "req-1")])
        self.assertEqual(error.code.name, grpc)
        self.assertEqual(error.message, f"about {code}")
        metadata = self.check_info(error, code, PROVIDER, http, GET[0])
        self.assertEqual(metadata.get("field"), "name")
        self.assertEqual(error.detail("RequestInfo")["request_id"], "req-1")
        self.assertEqual("RetryInfo" in error.details, code == "NOT_AVAILABLE_YET")
        if code in ("MISSING_AUTH", "INVALID_AUTH"):
            self.assertEqual(metadata.get("upstream_credentials"), "rejected")
        elif http != 401:
            self.assertNotIn("upstream_credentials", metadata)

    @table([(f"{code} on a write", http, code, grpc) for http, code, grpc in STATUSES[:15]
            if code != "NOT_AVAILABLE_YET" and (http, code) not in ((403, "MISSING_AUTH"), (403, "INVALID_AUTH"))])
    def test_status_of_unsafe(self, http, code, grpc):
        # A 4xx with a code is an answer, not a doubt.
        self.inject(status=http, body=envelope(code))
        error = self.call(PAYMENT)
        self.assertEqual(error.code.name, grpc)
        self.check_info(error, code, PROVIDER, http, PAYMENT[0])
        self.assertEqual(len(self.sandbox.requests("/api/v2/")), 1)

    @table([(f"{http} {kind}", http, kind, grpc) for http, grpc in ABSENT for kind in ("html", "json", "empty")])
    def test_absent_code(self, http, kind, grpc):
        body, content_type = {"html": ("<html><h1>Nej</h1></html>", "text/html"),
                              "json": ('{"detail": "no"}', "application/json"),
                              "empty": ("", "application/json")}[kind]
        self.inject(status=http, body=body, content_type=content_type)
        error = self.call(GET)
        self.assertEqual(error.code.name, grpc)
        info = error.detail("ErrorInfo")
        self.assertTrue(info["reason"])
        self.assertEqual(info["metadata"].get("http_status"), str(http))

    @table(FIELDS)
    def test_field(self, call, field, field_path, proto_path):
        self.inject(status=400, body=envelope("INVALID_PARAMETER", field=field, field_path=field_path))
        error = self.call(call)
        self.assertEqual(error.code.name, "INVALID_ARGUMENT")
        self.assertEqual(self.violations(error), {proto_path: "about INVALID_PARAMETER"})
        metadata = self.check_info(error, "INVALID_PARAMETER", PROVIDER, 400, call[0])
        if field:
            self.assertEqual(metadata.get("field"), field)
        if isinstance(field_path, str) and field_path:
            self.assertEqual(metadata.get("field_path"), field_path)

    def test_precondition_failure_names_the_state(self):
        self.inject(status=400, body=envelope("INVALID_OBJECT_STATE"))
        detail = self.call(CREDIT).detail("PreconditionFailure")
        self.assertIsNotNone(detail)
        self.assertIn("INVALID_OBJECT_STATE", json.dumps(detail))

    @table([("ascii", "a", "a"), ("not ascii", "\u00e5", "\u00e5"), ("percent", "%", "%"), ("line ends", "\n", "\n")])
    def test_long_message_is_shortened(self, letter, kept):
        # It is sent percent-encoded and again in the details, and stock clients take 8 KiB of trailers.
        self.inject(status=400, body=json.dumps({"status": "INVALID_PARAMETER", "data": {
            "message": letter * 20000, "field": "f" * 20000}}))
        error = self.call(GET)
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INVALID_PARAMETER"), error)
        self.assertLessEqual(len(error.message.encode()), 4096)
        self.assertGreater(len(error.message.encode()), 300)
        self.assertEqual(set(error.message.rstrip(".\u2026")), {kept})

    @table([("with Retry-After", GET, 7), ("without", GET, None), ("unsafe write", PAYMENT, 3)])
    def test_429(self, call, seconds):
        self.inject(status=429, body="{}", **({"retry_after": seconds} if seconds else {}))
        error = self.call(call)
        self.assertEqual(error.code.name, "RESOURCE_EXHAUSTED")
        self.assertIsNotNone(error.detail("RetryInfo"))
        delay = error.details["RetryInfo"].retry_delay
        if seconds:
            self.assertEqual((delay.seconds, delay.nanos), (seconds, 0))
        else:
            self.assertGreater(delay.ToMilliseconds(), 0)
        self.assertEqual(len(self.sandbox.requests("/api/v2/")), 1)

    @table([(f"{name} {status} {kind}", call, status, body) for name, call in REPEATABLE
            for status, kind, body in ((500, "json", envelope("INTERNAL")), (503, "html", "<html>down</html>"),
                                       (502, "empty", ""))])
    def test_5xx_of_repeatable(self, call, status, body):
        self.inject(status=status, body=body)
        error = self.call(call)
        self.assertEqual(error.code.name, "UNAVAILABLE")
        info = error.detail("ErrorInfo")
        self.assertEqual(info["metadata"].get("http_status"), str(status))
        self.assertNotEqual(info["reason"], "OUTCOME_UNKNOWN")

    @table([(f"{name} {kind}", call, fault) for name, call in UNSAFE for kind, fault in (
        ("500 json", {"status": 500, "body": envelope("INTERNAL")}),
        ("503 html", {"status": 503, "body": "<html>down</html>"}),
        ("reset", {"reset": True}),
        ("reset after handling", {"reset_after_handling": True}),
        ("truncated", {"truncate": True}),
        ("html 200", {"status": 200, "body": "<html>Hej</html>", "content_type": "text/html"}),
        ("half a document", {"status": 200, "body": '{"status":"OK","data":{"id":"abc'}),
    )])
    def test_doubt_of_unsafe(self, call, fault):
        if fault.get("truncate") or fault.get("reset_after_handling"):
            self.prepare_objects()
            call = self.real(call)
        before = len(self.sandbox.requests("/api/v2/"))
        self.inject(**fault)
        error = self.call(call)
        self.assertEqual((error.code.name, error.reason), ("UNKNOWN", "OUTCOME_UNKNOWN"), error)
        self.assertEqual(error.detail("ErrorInfo")["domain"], GATEWAY)
        self.assertEqual(error.trailers.get("grpc-retry-pushback-ms"), "-1")
        self.assertEqual(len(self.sandbox.requests("/api/v2/")), before + 1)

    def prepare_objects(self):
        self.client.metadata = (("billing-account", "acme"),)
        try:
            self.customer_no = self.create_customer().customer_no
            self.sent_id = self.create_billogram(customer_no=self.customer_no).id
            self.unsent_id = self.create_billogram(customer_no=self.customer_no, send=False).id
        finally:
            self.client.metadata = ()

    def real(self, call):
        """The call, aimed at objects that exist, so that only the fault makes it fail."""
        method, request = call[0], json.loads(json.dumps(call[1]))
        if "id" in request:
            request["id"] = self.unsent_id if method.endswith("UpdateBillogram") else self.sent_id
        if "customer_no" in request:
            request["customer_no"] = self.customer_no
        if "billogram" in request and "customer" in request["billogram"]:
            request["billogram"]["customer"]["customer_no"] = self.customer_no
        if request.get("customer", {}).get("customer_no"):
            request["customer"]["customer_no"] = self.customer_no + 50
        return method, request

    @table([(name, call) for name, call in REPEATABLE])
    def test_reset_of_repeatable(self, call):
        self.inject(reset=True)
        self.assertEqual(self.call(call).code.name, "UNAVAILABLE")

    def test_truncated_read(self):
        self.prepare_objects()
        self.inject(truncate=True)
        self.assertEqual(self.call((GET[0], {"id": self.sent_id})).code.name, "UNAVAILABLE")

    @table([("read", GET), ("unsafe write", PAYMENT)])
    def test_refused_connection(self, call):
        error = self.fails(*call, metadata=[("billing-account", "dead")])
        self.assertEqual(error.code.name, "UNAVAILABLE")
        self.assertNotEqual(error.reason, "OUTCOME_UNKNOWN")
        self.assertNotEqual(error.trailers.get("grpc-retry-pushback-ms"), "-1")

    @table([("301 read", GET, 301), ("302 read", GET, 302), ("307 write", PAYMENT, 307), ("308 write", CREATE, 308)])
    def test_redirect(self, call, status):
        self.inject(status=status, body="")
        error = self.call(call)
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_REDIRECT"))
        self.assertEqual(error.detail("ErrorInfo")["domain"], GATEWAY)
        self.assertEqual(len(self.sandbox.requests("/api/v2/")), 1)

    @table([("data null", 200, '{"status":"OK","data":null}'), ("data empty", 200, '{"status":"OK","data":{}}'),
            ("204", 204, "")])
    def test_empty_success(self, status, body):
        self.inject(status=status, body=body)
        for method, request in (GET, DELETE):
            answer = self.client.call(method, request, metadata=[("billing-account", "acme")])
            self.assertEqual(answer.ByteSize(), 0, answer)

    @table([("no body", ""), ("an empty object", " {} "), ("null", "null")])
    def test_nothing_said_of_a_write_that_may_be_repeated(self, body):
        self.inject(status=200, body=body)
        self.assertEqual(self.client.call(*DELETE, metadata=[("billing-account", "acme")]).ByteSize(), 0)

    @table([
        ("nothing", "", "application/json"),
        ("html", "<html>Hej</html>", "text/html"),
        ("html called json", "<html>Hej</html>", "application/json"),
        ("pdf", "%PDF-1.4 ...", "application/pdf"),
        ("half a document", '{"status":"OK","data":{"id":"abc', "application/json"),
        ("no envelope", '["a"]', "application/json"),
        ("a number", "17", "application/json"),
        ("data of a wrong type", '{"status":"OK","data":"text"}', "application/json"),
        ("duplicate keys", '{"status":"OK","data":{"id":"a","id":"b"}}', "application/json"),
        ("deep", '{"status":"OK","data":' + "[" * 100000 + "]" * 100000 + "}", "application/json"),
        ("deep unfinished", '{"status":"OK","data":' + '{"a":' * 50000, "application/json"),
        ("two documents", '{"status":"OK","data":{}}{"status":"OK","data":{}}', "application/json"),
        ("control character", '{"status":"OK","data":{"id":"a\nb"}}', "application/json"),
        ("bad number", '{"status":"OK","data":{"total_sum":01}}', "application/json"),
    ])
    def test_malformed(self, body, content_type):
        self.inject(status=200, body=body, content_type=content_type)
        error = self.call(GET)
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"))
        self.assertEqual(error.detail("ErrorInfo")["domain"], GATEWAY)

    def test_garbage(self):
        self.prepare_objects()
        self.inject(garbage=True)
        error = self.call((GET[0], {"id": self.sent_id}))
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"))


@expand_tables
class SandboxErrorsTest(StackTest):
    """The same codes as the stateful sandbox gives them by itself."""

    stack_options = {"more_accounts": [("wrong", None, "1234-AbCdEfGh", "0" * 32)]}

    def setUp(self):
        super().setUp()
        self.client.metadata = (("billing-account", "acme"),)

    def expect(self, call, grpc, reason, *fields):
        error = self.fails(*call)
        self.assertEqual((error.code.name, error.reason), (grpc, reason), error)
        self.assertEqual(sorted(self.violations(error)), sorted(fields))

    def test_not_found(self):
        self.expect((BILLOGRAM + "GetBillogram", {"id": "nosuch1"}), "NOT_FOUND", "NOT_FOUND")
        self.expect((CUSTOMER + "GetCustomer", {"customer_no": 987654}), "NOT_FOUND", "NOT_FOUND")

    def test_customer_number_taken(self):
        number = self.create_customer().customer_no
        self.expect((CUSTOMER + "CreateCustomer", {"customer": {"name": "B", "customer_no": number}}),
                    "INVALID_ARGUMENT", "INVALID_PARAMETER", "customer.customer_no")

    def test_creditor_unique_value_taken(self):
        number = self.create_customer().customer_no
        self.create_billogram(customer_no=number, creditor_unique_value="order-1")
        request = {"billogram": {"customer": {"customer_no": number}, "items": [ITEM],
                                 "creditor_unique_value": "order-1"}}
        self.expect((BILLOGRAM + "CreateBillogram", request), "INVALID_ARGUMENT", "INVALID_PARAMETER",
                    "billogram.creditor_unique_value")

    def test_bad_item(self):
        number = self.create_customer().customer_no
        # Raw text goes upstream as it is.
        raw = {key: value for key, value in ITEM.items() if key != "vat"} | {"unmapped": {"vat": "101"}}
        items = [ITEM, raw]
        request = {"billogram": {"customer": {"customer_no": number}, "items": items}}
        self.expect((BILLOGRAM + "CreateBillogram", request), "INVALID_ARGUMENT", "INVALID_PARAMETER",
                    "billogram.items[1].vat")

    def test_unknown_parameter(self):
        request = {"customer": {"name": "B", "unmapped": {"item_id": "1"}}}
        self.expect((CUSTOMER + "CreateCustomer", request), "INVALID_ARGUMENT", "UNKNOWN_PARAMETER", "item_id")

    def test_combination(self):
        number = self.create_customer().customer_no
        item = {**ITEM, "start_date": {"year": 2031, "month": 1, "day": 2},
                "end_date": {"year": 2031, "month": 1, "day": 1}}
        request = {"billogram": {"customer": {"customer_no": number}, "items": [item]}}
        error = self.fails(BILLOGRAM + "CreateBillogram", request)
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INVALID_PARAMETER_COMBINATION"))

    def test_wrong_state(self):
        sent = self.create_billogram()
        self.expect((BILLOGRAM + "DeleteBillogram", {"id": sent.id}), "FAILED_PRECONDITION", "INVALID_OBJECT_STATE")
        self.expect((COMMAND + "Send", {"id": sent.id, "method": "DELIVERY_METHOD_EMAIL"}),
                    "FAILED_PRECONDITION", "INVALID_OBJECT_STATE")

    def test_query(self):
        request = {"filter": {"type": "FILTER_TYPE_FIELD", "field": "shoe_size", "value": "43"}}
        self.expect((CUSTOMER + "ListCustomers", request), "INVALID_ARGUMENT", "INVALID_QUERY_PARAMETER",
                    "filter.field")

    def test_wrong_credentials(self):
        self.client.metadata = (("billing-account", "wrong"),)
        error = self.fails(CUSTOMER + "ListCustomers", {})
        self.assertEqual((error.code.name, error.reason), ("FAILED_PRECONDITION", "INVALID_AUTH"))
        self.assertEqual(error.detail("ErrorInfo")["metadata"].get("upstream_credentials"), "rejected")
        self.assertNotIn("0" * 32, str(error.status))

    def test_error_is_a_callerror_with_request_id(self):
        try:
            self.client.call(BILLOGRAM + "GetBillogram", {"id": "nosuch1"})
            self.fail("no error")
        except CallError as error:
            self.assertTrue(error.detail("RequestInfo")["request_id"])
