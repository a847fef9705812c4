"""What the workflow tests share: a fixed first day, rows, and checks of states, sums and events."""

import datetime
from decimal import Decimal

from harness import BILLOGRAM, COMMAND, StackTest

# Every case begins on this day, at midnight UTC.
TODAY = datetime.date(2031, 3, 1)


def day(days):
    """The date so many days after the first."""
    return TODAY + datetime.timedelta(days=days)


def date_fields(date):
    return {"year": date.year, "month": date.month, "day": date.day}


def as_date(date):
    return datetime.date(date.year, date.month, date.day)


def row(price, count="1", vat="25", **fields):
    return {"title": "Rad", "count": {"value": count}, "price": {"value": price}, "vat": {"value": vat},
            "unit": "unit", **fields}


class WorkflowTest(StackTest):

    def setUp(self):
        super().setUp()
        self.turn_clock(TODAY)

    def tearDown(self):
        """Nothing that the sandbox answers is unknown to the protos."""
        drift = [line for line in self.gateway.get("/metrics")[2].decode().splitlines()
                 if line.startswith("billing_gateway_upstream_drift_total{")]
        self.assertEqual(drift, [])

    def turn_clock(self, date, time="00:00:00"):
        self.sandbox.control("POST", "clock", {"set": f"{date.isoformat()} {time}"})

    def create(self, *rows, send="DELIVERY_METHOD_EMAIL", customer_no=None, **fields):
        customer_no = customer_no or self.create_customer().customer_no
        request = {"billogram": {"customer": {"customer_no": customer_no}, "items": list(rows), **fields}}
        if send:
            request["on_success"] = {"command": "send", "method": send}
        return self.client.call(BILLOGRAM + "CreateBillogram", request)

    def command(self, name, billogram, **fields):
        return self.client.call(COMMAND + name, {"id": billogram.id, **fields})

    def refused(self, name, billogram, **fields):
        return self.fails(COMMAND + name, {"id": billogram.id, **fields}).reason

    def get(self, billogram):
        return self.client.call(BILLOGRAM + "GetBillogram", {"id": billogram.id})

    def recipient_pays(self, billogram, amount):
        self.sandbox.control("POST", "payments", {
            "billogram_id": billogram.id, "amount": float(amount), "payer_name": "Testkund AB"})
        return self.get(billogram)

    def events(self, billogram, event_type=None):
        answer = self.client.call(BILLOGRAM + "ListBillogramEvents", {"billogram_id": billogram.id})
        return [event for event in answer.events if event_type in (None, event.type)]

    def assert_events(self, billogram, *types):
        self.assertEqual([event.type for event in self.events(billogram)], list(types))

    def assert_sums(self, message, **expected):
        """Decimals of a message by field name; those of detailed_sums too where it has them."""
        found = {}
        for name in expected:
            part = message if name in message.DESCRIPTOR.fields_by_name else message.detailed_sums
            found[name] = Decimal(getattr(part, name).value)
        self.assertEqual(found, {name: Decimal(value) for name, value in expected.items()})

    def assert_state(self, billogram, state, **sums):
        self.assertEqual(billogram.state, state)
        self.assert_sums(billogram, **sums)
        self.assert_sums(billogram.detailed_sums, remaining_sum=billogram.remaining_sum.value)
        self.assertEqual(self.get(billogram), billogram)
