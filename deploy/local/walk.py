"""Walks one invoice from creation to payment: walk.py GATEWAY SANDBOX, both host:port."""

import datetime
import json
import os
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "e2e"))

from bgclient import CallError, Client  # noqa: E402

BILLOGRAM = "billogram.v2.BillogramService/"
COMMAND = "billogram.v2.CommandService/"
CUSTOMER = "billogram.v2.CustomerService/"


def state_line(step, billogram):
    print(f"  {step:<34} {billogram.state:<11} total {billogram.total_sum.value:>8}"
          f"  remaining {billogram.remaining_sum.value:>8} {billogram.currency}")


def expect(what, actual, wanted):
    if actual != wanted:
        raise AssertionError(f"{what} is {actual!r}, not {wanted!r}")


def pay(sandbox, billogram_id, amount):
    body = json.dumps({"billogram_id": billogram_id, "amount": amount}).encode()
    request = urllib.request.Request(
        f"http://{sandbox}/sandbox/payments", data=body, headers={"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        answer.read()


def walk(client, sandbox):
    customer = client.call(CUSTOMER + "CreateCustomer", {"customer": {
        "name": "Exempelbolaget AB", "company_type": "COMPANY_TYPE_BUSINESS",
        "contact": {"name": "Ekonomi", "email": "ekonomi@example.com"}}})
    print(f"  {'customer created':<34} no {customer.customer_no}, {customer.name}")

    items = [{"title": "Consulting", "count": {"value": "10"}, "price": {"value": "1500"},
              "vat": {"value": "25"}, "unit": "hour"}]
    billogram = client.call(BILLOGRAM + "CreateBillogram", {
        "billogram": {"customer": {"customer_no": customer.customer_no}, "items": items},
        "on_success": {"command": "send", "method": "DELIVERY_METHOD_EMAIL"}})
    state_line(f"created and sent, id {billogram.id}", billogram)
    expect("state", billogram.state, "Unpaid")
    expect("total", float(billogram.total_sum.value), 18750.0)

    billogram = client.call(BILLOGRAM + "GetBillogram", {"id": billogram.id})
    state_line(f"read, invoice {billogram.invoice_no}", billogram)

    due = billogram.due_date
    later = datetime.date(due.year, due.month, due.day) + datetime.timedelta(days=14)
    billogram = client.call(COMMAND + "Respite", {
        "id": billogram.id, "date": {"year": later.year, "month": later.month, "day": later.day}})
    state_line(f"respite until {later}", billogram)

    billogram = client.call(COMMAND + "Credit", {
        "id": billogram.id, "mode": "CREDIT_MODE_AMOUNT", "amount": {"value": "750"}})
    state_line("credited 750", billogram)
    expect("remaining sum", float(billogram.remaining_sum.value), 18000.0)

    pay(sandbox, billogram.id, 18000)
    billogram = client.call(BILLOGRAM + "GetBillogram", {"id": billogram.id})
    state_line("paid by its recipient", billogram)
    expect("state", billogram.state, "Paid")
    expect("remaining sum", float(billogram.remaining_sum.value), 0.0)

    answer = client.call(BILLOGRAM + "ListBillogramEvents", {"billogram_id": billogram.id})
    types = [event.type for event in answer.events]
    print(f"  {'events':<34} {', '.join(types)}")
    for wanted in ("BillogramCreated", "BillogramSent", "Respite", "Credit", "Payment", "BillogramEnded"):
        if wanted not in types:
            raise AssertionError(f"no {wanted} event")


def main():
    gateway, sandbox = sys.argv[1:]
    print("one invoice, through gRPC:")
    try:
        with Client(gateway) as client:
            walk(client, sandbox)
    except (CallError, AssertionError, OSError) as error:
        print(f"walk: {error}", file=sys.stderr)
        for name in getattr(error, "details", {}):
            print(f"  {name} {json.dumps(error.detail(name))}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
