"""Calls that must never reach upstream, each with its code, and all its violations at once."""

import struct

from bgclient import CallError
from harness import BILLOGRAM, COMMAND, CUSTOMER, StackTest, expand_tables, table
from http2 import Connection, grpc_frame

GET = BILLOGRAM + "GetBillogram"
CREATE = BILLOGRAM + "CreateBillogram"
PAYMENT = COMMAND + "Payment"
MAX_REQUEST_BYTES = 4 << 20


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, data):
    """A length-delimited field on the wire."""
    if isinstance(data, str):
        data = data.encode()
    return varint(number << 3 | 2) + varint(len(data)) + data


@expand_tables
class BadInputTest(StackTest):

    def tearDown(self):
        self.client.metadata = ()
        self.assertEqual(self.sandbox.requests("/api/v2/"), [], "a bad call went upstream")

    def raw(self, method, data, **options):
        """The CallError of a call with these bytes as its message."""
        with self.assertRaises(CallError) as caught:
            self.client.call(method, data, **options)
        return caught.exception

    def check(self, error, *fields, code="INVALID_ARGUMENT"):
        self.assertEqual(error.code.name, code, error)
        info = error.detail("ErrorInfo")
        self.assertTrue(info["reason"], error)
        self.assertEqual(info["domain"], "billing-gateway")
        self.assertEqual(sorted(self.violations(error)), sorted(fields))
        for path, description in self.violations(error).items():
            self.assertTrue(description, path)

    @table([("dot", "."), ("dots", ".."), ("empty", ""), ("new line", "a\nb"), ("nul", "a\0b"), ("tab", "a\tb"),
            ("delete", "a\x7fb"), ("pdf", "x.pdf"), ("absent", None)])
    def test_id(self, value):
        request = {} if value is None else {"id": value}
        self.check(self.fails(GET, request), "id")
        self.check(self.fails(PAYMENT, {**request, "amount": {"value": "1"}}), "id")

    def test_decimal_without_value(self):
        self.check(self.fails(PAYMENT, {"id": "abc1234", "amount": {}}), "amount")

    @table([("empty", ""), ("nan", "NaN"), ("infinity", "Infinity"), ("65 digits", "1" * 65),
            ("exponent", "1e65"), ("negative exponent", "1e-65"), ("plus", "+1"), ("comma", "1,5"),
            ("hex", "0x10"), ("leading zero", "01"), ("point first", ".5"), ("point last", "5."), ("space", " 1"),
            ("two numbers", "1 2"), ("injection", '1,"state":"Paid"'), ("long", "9" * 100000)])
    def test_decimal(self, value):
        self.check(self.fails(PAYMENT, {"id": "abc1234", "amount": {"value": value}}), "amount")

    @table([("month 13", (2026, 13, 1)), ("day 0", (2026, 1, 0)), ("february 30", (2026, 2, 30)),
            ("no leap year", (2027, 2, 29)), ("negative year", (-1, 1, 1)), ("year 10000", (10000, 1, 1)),
            ("all zero", (0, 0, 0))])
    def test_date(self, value):
        date = dict(zip(("year", "month", "day"), value))
        self.check(self.fails(COMMAND + "Respite", {"id": "abc1234", "date": date}), "date")

    def test_all_missing_fields_at_once(self):
        self.check(self.fails(PAYMENT, {}), "id", "amount")
        self.check(self.fails(COMMAND + "CreditAllocate", {}), "id", "amount", "source_id")
        request = {"billogram": {"customer": {}, "items": [{"title": "a"}, {"count": {"value": "1"}}]},
                   "on_success": {}}
        self.check(self.fails(CREATE, request), "billogram.customer.customer_no", "billogram.items[0].count",
                   "on_success.command", "on_success.method")

    def test_all_kinds_of_violations_at_once(self):
        item = {"count": {"value": "NaN"}, "price": {"value": "1e99"}}
        request = {"billogram": {"customer": {"customer_no": 1}, "items": [item], "currency": "SEK",
                                 "invoice_date": {"year": 2026, "month": 2, "day": 31},
                                 "unmapped": {"extra": "{not json"}}}
        self.check(self.fails(CREATE, request), "billogram.items[0].count", "billogram.items[0].price",
                   "billogram.invoice_date", "billogram")

    def test_documented_limits_are_checked_here(self):
        item = {"count": {"value": "1"}, "title": "t" * 101, "vat": {"value": "100.5"}}
        request = {"billogram": {"customer": {"customer_no": 0}, "items": [item], "due_days": 10,
                                 "due_date": {"year": 2031, "month": 1, "day": 2},
                                 "creditor_unique_value": "v" * 41}}
        self.check(self.fails(CREATE, request), "billogram.customer.customer_no", "billogram.items[0].title",
                   "billogram.items[0].vat", "billogram.due_days", "billogram.due_date",
                   "billogram.creditor_unique_value")
        self.check(self.fails(PAYMENT, {"id": "abc1234", "amount": {"value": "0"}}), "amount")
        self.check(self.fails(COMMAND + "Credit", {"id": "abc1234", "mode": "CREDIT_MODE_AMOUNT"}), "amount")

    @table([
        ("fees and rates", {"invoice_fee": {"value": "-1"}, "reminder_fee": {"value": "-0.01"},
                            "interest_rate": {"value": "-8.5"}, "due_days": -1}),
        ("currency", {"currency": "kr"}),
        ("callbacks", {"callbacks": {"url": "http://hooks.example/x"}}),
    ])
    def test_values_that_billograms_cannot_have(self, values):
        request = {"billogram": {"customer": {"customer_no": 1}, "items": [{"count": {"value": "1"}}], **values}}
        paths = ["billogram.callbacks.url" if name == "callbacks" else f"billogram.{name}" for name in values]
        self.check(self.fails(CREATE, request), *paths)

    def test_values_that_other_calls_cannot_have(self):
        for command in ("Resend", "Remind"):
            for method in ("EDI", "EINVOICE", "EMAIL_LETTER"):
                request = {"id": "abc1234", "method": f"DELIVERY_METHOD_{method}"}
                self.check(self.fails(COMMAND + command, request), "method")
        item = {"item_no": "9999999999", "title": "t", "price": {"value": "1"}, "vat": {"value": "25"}, "unit": "hour"}
        self.check(self.fails("billogram.v2.ItemService/CreateItem", {"item": item}), "item.item_no")
        with self.assertRaises(CallError) as caught:
            self.client.stream_all(BILLOGRAM + "GetBillogramPdf", {"id": "abc1234", "invoice_no": -1}, 10)
        self.check(caught.exception, "invoice_no")

    def test_a_group_of_which_one_is_needed(self):
        error = self.fails(CUSTOMER + "CreateEinvoiceRegistration", {"customer_no": 1})
        self.check(error, "identifier")
        self.assertIn("identifier is required unless pec or codice_destinatario is set", error.message)

    def test_very_many_violations_still_arrive(self):
        # Stock clients take 8 KiB of trailers; the list may be cut, the answer may not be lost.
        items = [{"title": "x", "count": {"value": "NaN"}, "price": {"value": "x" * 500}} for _ in range(500)]
        error = self.fails(CREATE, {"billogram": {"customer": {"customer_no": 1}, "items": items}})
        self.assertEqual(error.code.name, "INVALID_ARGUMENT", error)
        self.assertGreater(len(self.violations(error)), 5)

    def test_create_without_resource(self):
        error = self.fails(CREATE, {})
        self.assertEqual(error.code.name, "INVALID_ARGUMENT")
        self.assertIn("billogram", " ".join(self.violations(error)))

    @table([("no mask", {"id": "abc1234", "billogram": {"due_days": 1}}, "update_mask"),
            ("unknown path", {"id": "abc1234", "billogram": {"due_days": 1}, "update_mask": "shoeSize"},
             "update_mask"),
            ("index", {"id": "abc1234", "billogram": {}, "update_mask": "items.title"}, "update_mask"),
            ("null refused", {"id": "abc1234", "billogram": {}, "update_mask": "customer"},
             "billogram.customer"),
            ("output only", {"id": "abc1234", "billogram": {"state": "Paid"}, "update_mask": "state"}, "update_mask")])
    def test_update_mask(self, request, path):
        error = self.fails(BILLOGRAM + "UpdateBillogram", request)
        self.assertEqual(error.code.name, "INVALID_ARGUMENT")
        self.assertTrue(all(name.startswith(path) for name in self.violations(error)), error)
        self.assertTrue(self.violations(error))

    @table([("too large", {"page_size": 101}, "page_size"), ("negative", {"page_size": -1}, "page_size"),
            ("garbage token", {"page_token": "no token"}, "page_token"),
            ("long token", {"page_token": "A" * 100000}, "page_token"),
            ("two mistakes", {"page_size": 500, "page_token": "junk"}, "page_size page_token"),
            ("half a filter", {"filter": {"type": "FILTER_TYPE_FIELD"}}, None),
            ("unspecified direction", {"order": {"field": "name", "direction": 99}}, None)])
    def test_list(self, request, path):
        error = self.fails(CUSTOMER + "ListCustomers", request)
        self.assertEqual(error.code.name, "INVALID_ARGUMENT")
        self.assertTrue(self.violations(error))
        if path:
            self.assertEqual(sorted(self.violations(error)), path.split())

    @table([("not protobuf", b"\xff\xff\xff\xff"), ("truncated field", b"\x0a\x7fabc"),
            ("truncated varint", b"\x0a\xff"), ("wrong wire type", b"\x08\x01"), ("group", b"\x0b\x0c"),
            ("field number 0", b"\x02\x00"), ("html", b"<html></html>"), ("zeros", bytes(1000)),
            ("deep", field(3, b"\x12\x7f") * 100)])
    def test_garbage(self, data):
        self.check_code(self.raw(GET, data))

    def check_code(self, error):
        self.assertEqual(error.code.name, "INVALID_ARGUMENT", error)
        self.assertTrue(error.reason, error)
        self.assertEqual(error.detail("ErrorInfo")["domain"], "billing-gateway")

    @table([("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"), ("lone byte", b"abc\xff"),
            ("above the range", b"\xf4\x90\x80\x80"), ("cut short", b"abc\xe2\x82")])
    def test_not_utf8(self, value):
        self.check_code(self.raw(GET, field(1, value)))

    @table([("top level", field(1, "abc1234") + field(77, "new")),
            ("varint", field(1, "abc1234") + b"\xf8\x07\x01"), ("alone", field(999, ""))])
    def test_unknown_field(self, data):
        self.check_code(self.raw(GET, data))

    def test_unknown_field_in_a_nested_message(self):
        request = self.client.request(CREATE, {"billogram": {"customer": {"customer_no": 1}, "items": [
            {"title": "x", "count": {"value": "1"}}]}}).SerializeToString()
        self.check_code(self.raw(CREATE, request + field(1, field(888, "new"))))

    def test_unknown_enum_value(self):
        error = self.fails(COMMAND + "Send", {"id": "abc1234", "method": 4711})
        self.check(error, "method")

    def test_empty_required_text(self):
        error = self.fails(BILLOGRAM + "ListBillogramEvents", {"billogram_id": ""})
        self.check(error, "billogram_id")

    def test_unspecified_enum_value(self):
        error = self.fails(COMMAND + "Send", {"id": "abc1234", "method": "DELIVERY_METHOD_UNSPECIFIED"})
        self.check(error, "method")

    def test_unknown_account(self):
        error = self.fails(GET, {"id": "abc1234"}, metadata=[("billing-account", "nobody")])
        self.check(error, code="NOT_FOUND")

    def test_account_given_twice(self):
        error = self.fails(GET, {"id": "abc1234"}, metadata=[("billing-account", "acme"), ("billing-account", "beta")])
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "ACCOUNT_AMBIGUOUS"))
        self.assertEqual(self.sandbox.requests("/api/"), [])

    def test_account_name_is_no_format_string(self):
        error = self.fails(GET, {"id": "abc1234"}, metadata=[("billing-account", "%s%n../../etc" + "x" * 2000)])
        self.check(error, code="NOT_FOUND")

    def test_message_over_the_limit(self):
        # Over the limit, but within what the transport takes: the gateway itself answers.
        error = self.raw(GET, field(1, "a" * MAX_REQUEST_BYTES))
        self.check_code(error)
        self.assertEqual(error.reason, "MESSAGE_TOO_LARGE")

    def test_message_far_over_the_limit(self):
        error = self.raw(GET, field(1, "a" * (5 * MAX_REQUEST_BYTES)))
        self.assertIn(error.code.name, ("INVALID_ARGUMENT", "RESOURCE_EXHAUSTED"))

    def test_unknown_method(self):
        with Connection(self.gateway.address) as connection:
            for method in ("billogram.v2.BillogramService/Nothing", "no.such.Service/Get", "x"):
                stream = connection.wait(connection.start(method, (), grpc_frame(b"")))
                self.assertEqual(stream.trailers.get("grpc-status"), "12", method)

    @table([("half a frame head", b"\0\0\0"), ("announced, not sent", struct.pack(">BI", 0, 100) + b"abc"),
            ("no message", b""), ("compressed without encoding", grpc_frame(b"", 1)),
            ("bad flag", grpc_frame(b"", 7)), ("4 GiB announced", struct.pack(">BI", 0, 0xFFFFFFFF))])
    def test_broken_grpc_frame(self, data):
        with Connection(self.gateway.address) as connection:
            stream = connection.wait(connection.start(GET, (), data))
            self.assertNotEqual(stream.trailers.get("grpc-status"), "0")
            self.assertTrue(stream.trailers or stream.reset is not None)
        self.assertEqual(self.client.health(), "SERVING")

    def test_not_http2(self):
        with Connection(self.gateway.address) as connection:
            connection._socket.sendall(b"\xff" * 4096)
            with self.assertRaises((ConnectionError, OSError)):
                for _ in range(100):
                    connection.step()
        self.assertEqual(self.client.health(), "SERVING")


class DepthTest(StackTest):
    """limits.max_json_depth holds for requests and answers alike."""

    stack_options = {"extra": "limits: { max_json_depth: 8 }"}

    def test_raw_values_of_a_request(self):
        customer = {"name": "A", "unmapped": {"odd": "[" * 9 + "]" * 9}}
        error = self.fails(CUSTOMER + "CreateCustomer", {"customer": customer})
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INVALID_REQUEST"))
        self.assertIn("nested too deep", error.message)
        self.assertEqual(self.sandbox.requests("/api/v2/"), [])
        customer["unmapped"]["odd"] = "[" * 8 + "]" * 8
        self.assertEqual(self.fails(CUSTOMER + "CreateCustomer", {"customer": customer}).reason, "UNKNOWN_PARAMETER")

    def test_answers(self):
        for depth, code in ((8, "OK"), (9, "INTERNAL")):
            self.sandbox.clear_faults()
            self.sandbox.fault(path="/api/v2/", status=200,
                               body='{"status":"OK","data":{"odd":' + "[" * depth + "]" * depth + "}}")
            if code == "OK":
                self.client.call(GET, {"id": "abc1234"})
            else:
                self.assertIn("nested too deep", self.fails(GET, {"id": "abc1234"}).message)


class OddIdTest(StackTest):
    """Ids that are unusual but lawful arrive whole, as one path segment."""

    def test_percent_encoding(self):
        rows = {"a/b": "a%2Fb", "../customer": "..%2Fcustomer", "a?b=c": "a%3Fb%3Dc", "a#b": "a%23b", "a b": "a%20b",
                "å": "%C3%A5", "a%2Fb": "a%252Fb", "a+b": "a%2Bb", "...": "...", "a&b;c": "a%26b%3Bc"}
        for value, path in rows.items():
            with self.subTest(value):
                self.sandbox.reset()
                self.fails(GET, {"id": value})
                record = self.sandbox.requests("/api/v2/")
                self.assertEqual(len(record), 1)
                # Whether sub-delimiters are encoded is free (RFC 3986); that they stay data is not.
                sent = record[0]["path"].upper().replace("%3D", "=").replace("%26", "&").replace("%3B", ";")
                sent = sent.replace("%2B", "+")
                wanted = path.upper().replace("%3D", "=").replace("%26", "&").replace("%3B", ";").replace("%2B", "+")
                self.assertEqual(sent, "/API/V2/BILLOGRAM/" + wanted)
