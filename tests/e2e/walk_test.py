"""One invoice from creation to payment, by a client that learns the API through reflection.

Expected values are worked out here from the reference's rules; what the sandbox received is read from
its own record.
"""

import datetime
import json
from decimal import Decimal

from harness import BILLOGRAM, COMMAND, CUSTOMER, StackTest


def as_date(date):
    return datetime.date(date.year, date.month, date.day)


def date_fields(date):
    return {"year": date.year, "month": date.month, "day": date.day}


class WalkTest(StackTest):

    def assert_sums(self, billogram, state, total, remaining):
        self.assertEqual(billogram.state, state)
        self.assertEqual(Decimal(billogram.total_sum.value), Decimal(total))
        self.assertEqual(Decimal(billogram.remaining_sum.value), Decimal(remaining))

    def types(self, billogram_id):
        answer = self.client.call(BILLOGRAM + "ListBillogramEvents", {"billogram_id": billogram_id})
        self.assertEqual(answer.total_size, len(answer.events))
        return [event.type for event in answer.events]

    def test_from_creation_to_payment(self):
        customer = self.create_customer(name="Åkes Rör & Bygg AB")
        self.assertEqual(customer.name, "Åkes Rör & Bygg AB")
        self.assertGreater(customer.customer_no, 0)

        items = [
            {"title": "Arbete", "count": {"value": "5"}, "price": {"value": "12"}, "vat": {"value": "12"},
             "unit": "hour"},
            {"title": "Material", "count": {"value": "2"}, "price": {"value": "12"}, "vat": {"value": "25"},
             "discount": {"value": "1"}, "unit": "unit"},
        ]
        billogram = self.client.call(BILLOGRAM + "CreateBillogram", {
            "billogram": {"customer": {"customer_no": customer.customer_no}, "items": items, "due_days": 30,
                          "info": {"message": "Tack för köpet"}},
            "on_success": {"command": "send", "method": "DELIVERY_METHOD_EMAIL_LETTER"}})
        # The second row of the reference's sums: net 83, VAT 12.95, rounded up by 0.05 to 96.
        self.assert_sums(billogram, "Unpaid", "96", "96")
        sums = billogram.detailed_sums
        self.assertEqual([Decimal(d.value) for d in (sums.net_sum, sums.vat_sum, sums.gross_sum, sums.rounding)],
                         [Decimal("83"), Decimal("12.95"), Decimal("95.95"), Decimal("0.05")])
        self.assertEqual([event.type for event in billogram.events], ["BillogramCreated", "BillogramSent"])
        self.assertTrue(billogram.HasField("attested_at"))
        due = as_date(billogram.due_date)
        self.assertEqual(due - as_date(billogram.invoice_date), datetime.timedelta(days=30))

        read = self.client.call(BILLOGRAM + "GetBillogram", {"id": billogram.id})
        self.assertEqual(read, billogram)
        self.assertEqual(read.info.message, "Tack för köpet")

        later = due + datetime.timedelta(days=14)
        billogram = self.client.call(COMMAND + "Respite", {"id": read.id, "date": date_fields(later)})
        self.assertEqual(as_date(billogram.respite_date), later)
        self.assert_sums(billogram, "Unpaid", "96", "96")

        billogram = self.client.call(
            COMMAND + "Credit", {"id": read.id, "mode": "CREDIT_MODE_AMOUNT", "amount": {"value": "20.50"}})
        self.assertEqual(Decimal(billogram.remaining_sum.value), Decimal("75.50"))

        self.sandbox.control("POST", "payments", {"billogram_id": read.id, "amount": 25.5})
        billogram = self.client.call(BILLOGRAM + "GetBillogram", {"id": read.id})
        self.assertEqual(billogram.state, "PartlyPaid")
        self.assertEqual(Decimal(billogram.remaining_sum.value), Decimal("50"))

        self.sandbox.control("POST", "payments", {"billogram_id": read.id, "amount": 50})
        billogram = self.client.call(BILLOGRAM + "GetBillogram", {"id": read.id})
        self.assertEqual(billogram.state, "Paid")
        self.assertEqual(Decimal(billogram.remaining_sum.value), Decimal("0"))

        types = self.types(read.id)
        wanted = ["BillogramCreated", "BillogramSent", "Respite", "Credit", "Payment", "Payment", "BillogramEnded"]
        self.assertEqual([name for name in types if name in wanted], wanted)
        self.check_record(customer, read.id)

    def check_record(self, customer, billogram_id):
        """What upstream got: every call once, in order, as the reference writes it."""
        record = self.sandbox.requests("/api/v2/")
        calls = [(request["method"], request["path"]) for request in record]
        one = f"/api/v2/billogram/{billogram_id}"
        self.assertEqual(calls, [
            ("POST", "/api/v2/customer"), ("POST", "/api/v2/billogram"), ("GET", one),
            ("POST", one + "/command/respite"), ("POST", one + "/command/credit"), ("GET", one), ("GET", one),
            ("GET", "/api/v2/billogram_event")])
        create = json.loads(record[1]["body"])
        self.assertEqual(create["customer"], {"customer_no": customer.customer_no})
        self.assertEqual(create["on_success"], {"command": "send", "method": "Email+Letter"})
        self.assertEqual(create["items"][1], {
            "title": "Material", "count": 2, "price": 12, "vat": 25, "discount": 1, "unit": "unit"})
        self.assertIn('"amount":20.50', record[4]["body"].replace(" ", ""))
        self.assertEqual(json.loads(record[0]["body"])["company_type"], "business")
        for name in ("state", "id", "events"):
            self.assertNotIn(name, create)

    def test_every_command_reaches_its_path(self):
        # An open billogram refuses some of these; what matters here is what goes out, once.
        day = {"year": 2031, "month": 2, "day": 3}
        rows = {
            "Send": ({"method": "DELIVERY_METHOD_SMS"}, "send", {"method": "SMS"}),
            "Resend": ({"method": "DELIVERY_METHOD_EMAIL"}, "resend", {"method": "Email"}),
            "Remind": ({"message": "Hej"}, "remind", {"message": "Hej"}),
            "Collect": ({}, "collect", {}),
            "Payment": ({"amount": {"value": "1.250"}}, "payment", {"amount": 1.25}),
            "SettleUnderpayment": ({}, "settle-underpayment", {}),
            "Credit": ({"mode": "CREDIT_MODE_FULL"}, "credit", {"mode": "full"}),
            "CreditAllocate": ({"amount": {"value": "1"}, "source_id": "zzzzzzz"}, "credit-allocate",
                               {"amount": 1, "source_id": "zzzzzzz"}),
            "CreditPayment": ({"mode": "CREDIT_PAYMENT_MODE_AMOUNT", "amount": {"value": "3"}}, "credit-payment",
                              {"mode": "amount", "amount": 3}),
            "Writeoff": ({}, "writeoff", {}),
            "Writedown": ({}, "writedown", {}),
            "RevertWritedown": ({}, "revert-writedown", {}),
            "ConfirmedLoss": ({}, "confirmed-loss", {}),
            "Respite": ({"date": day}, "respite", {"date": "2031-02-03"}),
            "RemoveRespite": ({}, "remove-respite", {}),
            "Message": ({"message": "Hallå"}, "message", {"message": "Hallå"}),
            "Attach": ({"filename": "a.pdf", "content": "JVBERg=="}, "attach",
                       {"filename": "a.pdf", "content": "JVBERg=="}),
            "Sell": ({}, "sell", {}),
        }
        methods = [m.name for m in self.client.method(COMMAND + "Send").containing_service.methods]
        self.assertEqual(sorted(methods), sorted(rows))
        for name, (fields, path, body) in rows.items():
            with self.subTest(name):
                self.sandbox.reset()
                self.sandbox.fault(path="/api/v2/billogram/abc1234/command/", status=400, body=json.dumps(
                    {"status": "INVALID_OBJECT_STATE", "data": {"message": "no"}}))
                error = self.fails(COMMAND + name, {"id": "abc1234", **fields})
                self.assertEqual(error.reason, "INVALID_OBJECT_STATE")
                record = self.sandbox.requests("/api/v2/")
                self.assertEqual([(r["method"], r["path"]) for r in record],
                                 [("POST", f"/api/v2/billogram/abc1234/command/{path}")])
                self.assertEqual(json.loads(record[0]["body"]), body)

    def test_update_sends_the_mask_and_nothing_else(self):
        billogram = self.create_billogram(send=False)
        read = self.client.call(BILLOGRAM + "GetBillogram", {"id": billogram.id})
        request = self.client.request(BILLOGRAM + "UpdateBillogram", {
            "id": billogram.id, "update_mask": "dueDays,info,invoiceFee,automaticRemindersSettings"})
        request.billogram.CopyFrom(read)
        request.billogram.due_days = 45
        request.billogram.info.Clear()
        request.billogram.info.message = "Ny text"
        request.billogram.ClearField("invoice_fee")
        request.billogram.ClearField("automatic_reminders_settings")
        updated = self.client.call(BILLOGRAM + "UpdateBillogram", request)
        self.assertEqual(updated.due_days, 45)
        self.assertEqual(updated.info.message, "Ny text")
        body = json.loads(self.sandbox.requests("/api/v2/")[-1]["body"])
        self.assertEqual(set(body), {"due_days", "info", "invoice_fee", "automatic_reminders_settings"})
        self.assertIsNone(body["invoice_fee"])

    def test_delete(self):
        billogram = self.create_billogram(send=False)
        self.client.call(BILLOGRAM + "DeleteBillogram", {"id": billogram.id})
        self.assertEqual(self.fails(BILLOGRAM + "GetBillogram", {"id": billogram.id}).reason, "NOT_FOUND")

    def test_pages_of_a_list(self):
        numbers = [self.create_customer(name=f"Kund {i}").customer_no for i in range(7)]
        seen, token, sizes = [], "", []
        while True:
            answer = self.client.call(CUSTOMER + "ListCustomers", {
                "page_size": 3, "page_token": token,
                "order": {"field": "customer_no", "direction": "ORDER_DIRECTION_ASC"}})
            self.assertEqual(answer.total_size, 7)
            seen += [customer.customer_no for customer in answer.customers]
            sizes.append(len(answer.customers))
            token = answer.next_page_token
            if not token:
                break
        self.assertEqual((seen, sizes), (sorted(numbers), [3, 3, 1]))
        pages = [request["query"] for request in self.sandbox.requests("/api/v2/customer")[-3:]]
        self.assertEqual([("page=%d" % (i + 1) in page, "page_size=3" in page) for i, page in enumerate(pages)],
                         [(True, True)] * 3)

    def test_page_token_is_bound_to_the_request(self):
        for i in range(3):
            self.create_customer(name=f"Kund {i}")
        order = {"field": "name", "direction": "ORDER_DIRECTION_ASC"}
        token = self.client.call(
            CUSTOMER + "ListCustomers", {"page_size": 1, "order": order}).next_page_token
        self.assertTrue(token)
        for change in ({"page_size": 2, "order": order},
                       {"page_size": 1},
                       {"page_size": 1, "order": order,
                        "filter": {"type": "FILTER_TYPE_FIELD", "field": "name", "value": "Kund 1"}}):
            with self.subTest(change):
                error = self.fails(CUSTOMER + "ListCustomers", {"page_token": token, **change})
                self.assertEqual(error.code.name, "INVALID_ARGUMENT")
                self.assertIn("page_token", self.violations(error))

    def test_filter_reaches_upstream(self):
        wanted = self.create_customer(name="Nyckel & Lås AB")
        self.create_customer(name="Någon annan")
        answer = self.client.call(CUSTOMER + "ListCustomers", {
            "filter": {"type": "FILTER_TYPE_FIELD", "field": "name", "value": "Nyckel & Lås AB"}})
        self.assertEqual([c.customer_no for c in answer.customers], [wanted.customer_no])
        query = self.sandbox.requests("/api/v2/customer")[-1]["query"]
        self.assertIn("filter_value=Nyckel%20%26%20L%C3%A5s%20AB", query)

    def test_request_id_and_attempts_come_back(self):
        number = self.create_customer().customer_no
        _, initial, trailers = self.client.call_with_metadata(
            CUSTOMER + "GetCustomer", {"customer_no": number}, metadata=[("x-request-id", "walk-42")])
        self.assertEqual({**initial, **trailers}.get("x-request-id"), "walk-42")
        self.assertEqual(trailers.get("billing-attempts"), "1")
        sent = self.sandbox.requests("/api/v2/customer")[-1]["headers"]
        self.assertEqual(sent.get("x-request-id"), "walk-42")
        _, initial, trailers = self.client.call_with_metadata(CUSTOMER + "GetCustomer", {"customer_no": number})
        self.assertTrue({**initial, **trailers}.get("x-request-id"))

    def test_traceparent_is_passed_on(self):
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        number = self.create_customer().customer_no
        self.client.call(CUSTOMER + "GetCustomer", {"customer_no": number},
                         metadata=[("traceparent", f"00-{trace}-00f067aa0ba902b7-01")])
        sent = self.sandbox.requests("/api/v2/customer")[-1]["headers"]
        self.assertTrue(sent.get("traceparent", "").startswith(f"00-{trace}-"), sent)

    def test_decimals_keep_their_digits(self):
        # More digits than a double holds, through the whole path and back.
        number = self.create_customer().customer_no
        self.sandbox.fault(path="/api/v2/billogram/exact01", status=200, body=(
            '{"status":"OK","data":{"id":"exact01","total_sum":12345678901234567890.123456789012345678,'
            '"remaining_sum":1.50e+3,"rounding_value":-0.0}}'))
        read = self.client.call(BILLOGRAM + "GetBillogram", {"id": "exact01"})
        self.assertEqual([read.total_sum.value, read.remaining_sum.value, read.rounding_value.value],
                         ["12345678901234567890.123456789012345678", "1.50e+3", "-0.0"])
        self.fails(COMMAND + "Payment", {"id": "nosuch1", "amount": {"value": "1.10000000000000000000000000000001"}})
        self.assertIn("1.10000000000000000000000000000001", self.sandbox.requests("/command/payment")[-1]["body"])
        self.assertGreater(number, 0)
