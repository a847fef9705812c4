"""What the test files share: a stack for each class, cases from tables."""

import re
import unittest

from bgclient import CallError
from servers import Stack

BILLOGRAM = "billogram.v2.BillogramService/"
COMMAND = "billogram.v2.CommandService/"
CUSTOMER = "billogram.v2.CustomerService/"


class StackTest(unittest.TestCase):
    """Sandbox and gateway live as long as the class; the sandbox forgets between cases."""

    stack_options = {}
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.stack = Stack(**cls.stack_options)
        cls.sandbox = cls.stack.sandbox
        cls.gateway = cls.stack.gateway
        cls.client = cls.gateway.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.stack.stop()

    def setUp(self):
        self.sandbox.clear_faults()
        self.sandbox.reset()

    def create_customer(self, **fields):
        customer = {
            "name": "Testkund AB", "company_type": "COMPANY_TYPE_BUSINESS",
            "contact": {"name": "Kontakt", "email": "kund@example.com"},
            "address": {"address_line_1": "Provgatan 1", "zipcode": "11111", "city": "Stockholm", "country": "SE"},
        }
        return self.client.call(CUSTOMER + "CreateCustomer", {"customer": {**customer, **fields}})

    def create_billogram(self, send=True, price="100", customer_no=None, **fields):
        customer_no = customer_no or self.create_customer().customer_no
        item = {"title": "Konsulttimme", "count": {"value": "1"}, "price": {"value": price},
                "vat": {"value": "25"}, "unit": "hour"}
        request = {"billogram": {"customer": {"customer_no": customer_no}, "items": [item], **fields}}
        if send:
            request["on_success"] = {"command": "send", "method": "DELIVERY_METHOD_EMAIL"}
        return self.client.call(BILLOGRAM + "CreateBillogram", request)

    def fails(self, method, request, **options):
        """The CallError of a call that must not succeed."""
        with self.assertRaises(CallError, msg=f"{method} {request} succeeded") as caught:
            self.client.call(method, request, **options)
        return caught.exception

    def violations(self, error):
        """Field path -> description of the error's BadRequest."""
        detail = error.detail("BadRequest") or {}
        return {v["field"]: v.get("description", "") for v in detail.get("field_violations", [])}


def table(rows):
    """Makes one test method a row: rows are (name, arguments...)."""

    def decorate(function):
        function.rows = rows
        return function

    return decorate


def expand_tables(cls):
    """Class decorator: replaces every method under @table by a test method a row."""
    for name, function in list(vars(cls).items()):
        rows = getattr(function, "rows", None)
        if rows is None:
            continue
        delattr(cls, name)
        for row in rows:
            case = f"{name}_{re.sub(r'[^A-Za-z0-9]+', '_', row[0]).strip('_')}"
            if hasattr(cls, case):
                raise ValueError(f"two rows are called {case}")

            def run(self, _function=function, _row=row):
                _function(self, *_row[1:])

            run.__name__ = case
            setattr(cls, case, run)
    return cls
