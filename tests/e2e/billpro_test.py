"""BillPro through gRPC: workflows, every status of orders and payments, addresses, pages, errors, accounts."""

import datetime
import json
import re
import subprocess
import tempfile
import unittest

from bgclient import CallError
from billpro import BEGIN, CUSTOMERS, ORDERS, PAYMENTS, PRODUCTS, BillProTest, money, stamp
from harness import CUSTOMER, expand_tables, table
from odd_upstream import OddUpstream, answer
from servers import BillPro, Gateway, binary, write_config

DAY = datetime.timedelta(days=1)
MONTH_LATER = datetime.datetime(2031, 4, 1, 10)


class SinglePaymentTest(BillProTest):

    def test_paid_by_link(self):
        product = self.create_product("single_payment", "44.99")
        order = self.create_order("SinglePayment", product, {"qty": 2, "discount_amount": money("4.98")},
                                  invoice_id="W58XGHF", description="Two of them")
        self.assertEqual((order.status, order.invoice_id, order.description), ("pending", "W58XGHF", "Two of them"))
        self.assertEqual(order.total_discount_amount.value, "4.98")
        self.assertEqual((order.products[0].product_id, order.products[0].qty), (product, 2))
        self.assertTrue(order.payment_link)
        self.assertEqual(dict(order.unmapped).keys() - {
            "monthly_amount", "scheduled_duration_unit", "scheduled_duration_number", "total_to_pay",
            "count_to_pay", "total_installment_amount", "checkout_id"}, set())
        self.act(order, "decline")
        self.assert_status(order, "pending")
        paid = self.act(order, "approve")
        self.assertEqual(paid["collected"], "85.00")
        self.assert_status(order, "complete")
        self.assertEqual(self.order(order), self.client.call(ORDERS + "ListOrders", {}).orders[0])

    def test_custom_checkout_expires_and_is_renewed(self):
        order = self.create_order("SinglePayment", self.create_product("single_payment"), create_checkout=True)
        self.assertTrue(order.checkout_id)
        self.turn_clock(BEGIN + datetime.timedelta(minutes=26))
        with self.assertRaises(AssertionError):
            self.act(order, "approve", checkout_id=order.checkout_id)
        checkout = self.client.call(ORDERS + "RenewCheckout", {"id": order.id})
        self.assertEqual(checkout.order_id, order.id)
        self.assertNotEqual(checkout.checkout_id, order.checkout_id)
        self.act(order, "approve", checkout_id=checkout.checkout_id)
        self.assert_status(order, "complete")
        self.assertEqual(self.fails(ORDERS + "RenewCheckout", {"id": order.id}).code.name, "FAILED_PRECONDITION")


class InstalmentTest(BillProTest):

    def test_deposit_to_completion(self):
        order = self.create_order(
            "Instalment", self.create_product("instalment"), initial_amount=money("9.99"), split_number=3,
            scheduled_unit="SCHEDULED_UNIT_MONTH", scheduled_interval=1)
        self.assertEqual(order.monthly_amount.value, "30.00")
        self.assertEqual((order.total_to_pay.value, order.count_to_pay), ("100.00", 4))
        self.assertEqual((order.scheduled_unit, order.scheduled_duration_number), (3, 3))
        self.assert_status(order, "pending", *["scheduled"] * 3)
        # 100.00 less the deposit, in thirds; the last one takes what rounding leaves.
        self.assertEqual([p.amount.value for p in self.payments(order)], ["30.00", "30.00", "30.01"])

        self.act(order, "approve")
        self.assert_status(order, "active", *["scheduled"] * 3)
        self.turn_clock(MONTH_LATER)
        self.assert_status(order, "active", "complete", "scheduled", "scheduled")
        self.turn_clock(datetime.datetime(2031, 7, 1))
        self.assert_status(order, "complete", *["complete"] * 3)
        self.assertEqual(self.sandbox.control("GET", f"orders/{order.id}")["collected"], "100.00")
        self.assertEqual(self.fails(ORDERS + "CancelOrder", {"id": order.id}).reason, "UNPROCESSABLE")

    def test_first_payment_on_a_day(self):
        order = self.create_order(
            "Instalment", self.create_product("instalment"), initial_amount=money("10"), split_number=2,
            start_date={"year": 2031, "month": 7, "day": 10})
        self.assertEqual([stamp(p.scheduled_at.ToDatetime())[:10] for p in self.payments(order)],
                         ["2031-07-10", "2031-08-10"])

    def test_collected_too_much_is_reviewed(self):
        order = self.create_order("Instalment", self.create_product("instalment"), initial_amount=money("10"),
                                  split_number=3)
        self.act(order, "approve")
        self.act(order, "approve", amount="95.00")
        self.assert_status(order, "review", "review", "scheduled", "scheduled")
        error = self.fails(PAYMENTS + "UpdateScheduledPayment", {
            "order_id": order.id, "id": self.payments(order)[0].id, "scheduled_payment": {"status": "skipped"},
            "update_mask": "status"})
        self.assertEqual((error.code.name, error.reason), ("FAILED_PRECONDITION", "UNPROCESSABLE"))
        self.assertEqual(self.client.call(ORDERS + "CancelOrder", {"id": order.id}).status, "complete")
        self.assert_status(order, "complete", "review", "cancelled", "cancelled")

    def test_skipped_moved_and_merged(self):
        order = self.create_order("Instalment", self.create_product("instalment"), initial_amount=money("10"),
                                  split_number=3)
        self.act(order, "approve")
        first, second, third = self.payments(order)
        self.assertEqual(self.update_payment(first, status="skipped").status, "skipped")
        moved = self.update_payment(second, scheduled_at="2031-05-02T08:30:00.250Z", amount=money("25.00"))
        self.assertEqual((moved.amount.value, moved.scheduled_at.ToJsonString()),
                         ("25.00", "2031-05-02T08:30:00.250Z"))
        self.act(order, "merge", scheduled_payment_ids=[second.id, third.id],
                 scheduled_at="2031-06-01T00:00:00Z")
        self.assert_status(order, "active", "skipped", "merged", "merged", "scheduled")
        self.assertEqual(self.payments(order)[3].amount.value, "55.00")


class SubscriptionTest(BillProTest):

    def subscribe(self, **fields):
        product = self.create_product(
            "subscription", "44.99", scheduled_interval="1", scheduled_unit="MONTH",
            discount={"name": "Trial", "percentage": "5.00"}, discount_for_initial_payment_only=True)
        order = self.create_order("Subscription", product, **fields)
        self.act(order, "approve")
        return order

    def test_trial_pause_resume_failure_recovery_and_end(self):
        order = self.subscribe()
        # The trial: 44.99 less 5 %; afterwards the price.
        self.assertEqual(self.sandbox.control("GET", f"orders/{order.id}")["collected"], "42.74")
        self.assertEqual(self.order(order).monthly_amount.value, "44.99")
        self.assert_status(order, "active", "scheduled")
        due = self.payments(order)[0]
        self.assertEqual((due.amount.value, due.scheduled_interval, due.scheduled_unit), ("44.99", 1, 3))

        self.assertEqual(self.client.call(ORDERS + "PauseOrder", {"id": order.id}).status, "paused")
        self.assert_status(order, "paused", "paused")
        self.assertEqual(self.fails(ORDERS + "PauseOrder", {"id": order.id}).code.name, "FAILED_PRECONDITION")
        self.turn_clock(BEGIN + 10 * DAY)
        self.assertEqual(self.client.call(ORDERS + "ResumeOrder", {"id": order.id}).status, "active")
        self.assert_status(order, "active", "scheduled")

        self.act(order, "outcomes", next=["soft-declined"], then="approved")
        self.turn_clock(MONTH_LATER)
        self.assert_status(order, "failed", "soft-declined", "scheduled")
        self.turn_clock(MONTH_LATER + DAY)
        self.assert_status(order, "active", "recovered", "scheduled")

        self.turn_clock(datetime.datetime(2031, 5, 1, 10))
        self.assert_status(order, "active", "recovered", "complete", "scheduled")
        self.assertEqual(self.client.call(ORDERS + "CancelOrder", {"id": order.id}).status, "complete")
        self.assert_status(order, "complete", "recovered", "complete", "cancelled")

    def test_paused_while_failed(self):
        order = self.subscribe()
        self.act(order, "outcomes", then="soft-declined")
        self.turn_clock(MONTH_LATER)
        self.client.call(ORDERS + "PauseOrder", {"id": order.id})
        self.assert_status(order, "paused", "soft-declined", "paused")
        self.assertEqual(self.client.call(ORDERS + "ResumeOrder", {"id": order.id}).status, "failed")

    def test_suspended_until_the_card_is_updated(self):
        soft, hard = self.subscribe(), self.subscribe()
        self.act(soft, "outcomes", then="soft-declined")
        self.act(hard, "outcomes", then="hard-declined")
        self.turn_clock(MONTH_LATER)
        self.assert_status(hard, "suspended", "hard-declined", "scheduled")
        self.assert_status(soft, "failed", "soft-declined", "scheduled")
        self.turn_clock(MONTH_LATER + 8 * DAY)  # All automatic retries are used up.
        self.assert_status(soft, "suspended", "soft-declined", "scheduled")
        for order in (soft, hard):
            self.act(order, "update-card")
        self.assert_status(soft, "active", "recovered", "scheduled")
        self.assert_status(hard, "active", "complete", "scheduled")

    def test_a_retry_by_hand(self):
        order = self.subscribe()
        self.act(order, "outcomes", next=["soft-declined"])
        self.turn_clock(MONTH_LATER)
        declined = self.payments(order)[0]
        self.assertEqual(declined.status, "soft-declined")
        # A retry needs a date as well.
        error = self.fails(PAYMENTS + "UpdateScheduledPayment", {
            "order_id": order.id, "id": declined.id, "scheduled_payment": {"status": "scheduled"},
            "update_mask": "status"})
        self.assertEqual(error.code.name, "FAILED_PRECONDITION")
        again = self.update_payment(declined, status="scheduled", scheduled_at="2031-04-02T00:00:00Z")
        self.assertEqual((again.id, again.status), (declined.id, "scheduled"))
        self.turn_clock(datetime.datetime(2031, 4, 3))
        self.assertIn(self.payments(order)[0].status, ("complete", "recovered"))

    def test_another_amount_and_interval_from_the_next_on(self):
        order = self.subscribe(recurring_collection_interval="2")
        self.update_payment(self.payments(order)[0], amount=money("50"), scheduled_interval=3,
                            scheduled_unit="SCHEDULED_UNIT_WEEK")
        self.assertEqual(self.order(order).monthly_amount.value, "50.00")
        self.turn_clock(datetime.datetime(2031, 5, 2))
        first, second = self.payments(order)
        self.assertEqual((first.status, second.amount.value), ("complete", "50.00"))
        self.assertEqual(second.scheduled_at.ToDatetime() - first.scheduled_at.ToDatetime(), 21 * DAY)


class MeteredTest(BillProTest):

    def test_charged_as_it_falls_due(self):
        order = self.create_order("Metered", self.create_product("metered"), initial_amount=money("5"))
        self.act(order, "approve")
        self.assert_status(order, "active")
        self.act(order, "charge", amount="12.50")
        self.act(order, "charge", amount="7.25", scheduled_at="2031-03-10T00:00:00Z")
        self.assert_status(order, "active", "complete", "scheduled")
        self.turn_clock(datetime.datetime(2031, 3, 11))
        self.assert_status(order, "active", "complete", "complete")
        self.assertEqual(self.sandbox.control("GET", f"orders/{order.id}")["collected"], "24.75")
        self.assertEqual(self.fails(ORDERS + "PauseOrder", {"id": order.id}).code.name, "FAILED_PRECONDITION")
        self.assertEqual(self.client.call(ORDERS + "CancelOrder", {"id": order.id}).status, "complete")


class EveryStatusTest(BillProTest):
    """The statuses of the reference, sections 5.1 and 5.2, each as GetOrder and ListScheduledPayments tell it."""

    def in_pages(self, draft):
        """An order that staff made."""
        customer = self.create_customer()
        product = self.create_product("single_payment")
        made = self.sandbox.control("POST", "orders", {"type": "single_payment", "draft": draft, "order": {
            "customer_id": customer.id, "currency": "EUR", "order_products": [{"product_id": product}]}})
        return self.client.call(ORDERS + "GetOrder", {"id": made["order"]["id"]})

    def instalments(self, **fields):
        order = self.create_order("Instalment", self.create_product("instalment"), initial_amount=money("10"),
                                  split_number=3, **fields)
        self.act(order, "approve")
        return order

    def subscription(self):
        order = self.create_order("Subscription", self.create_product("subscription"))
        self.act(order, "approve")
        return order

    def due(self, order, outcome):
        self.act(order, "outcomes", next=[outcome])
        self.turn_clock(MONTH_LATER)

    def test_orders(self):
        reached = {}

        def note(order):
            status = self.order(order).status
            reached.setdefault(status, order.id)
            return status

        draft = self.in_pages(draft=True)
        self.assertEqual((note(draft), draft.order_source), ("draft", 1))
        self.act(draft, "decline")
        self.assertEqual(note(draft), "rejected")
        self.assertEqual(self.order(draft).profile_payment_method, 2)  # MOTO: at the terminal.
        self.act(draft, "send-link")
        self.assertEqual(note(draft), "pending")
        self.client.call(ORDERS + "CancelOrder", {"id": draft.id})
        self.assertEqual(note(draft), "cancelled")
        self.assertEqual(self.fails(ORDERS + "CancelOrder", {"id": draft.id}).code.name, "FAILED_PRECONDITION")

        subscription = self.subscription()
        self.assertEqual(note(subscription), "active")
        self.client.call(ORDERS + "PauseOrder", {"id": subscription.id})
        self.assertEqual(note(subscription), "paused")
        self.client.call(ORDERS + "ResumeOrder", {"id": subscription.id})
        over, soft, hard = self.instalments(), self.subscription(), self.instalments()
        self.act(over, "approve", amount="99.00")
        self.assertEqual(note(over), "review")
        self.act(hard, "outcomes", next=["hard-declined"])
        self.due(soft, "soft-declined")
        self.assertEqual(note(soft), "failed")
        self.assertEqual(note(hard), "suspended")
        self.client.call(ORDERS + "CancelOrder", {"id": hard.id})
        self.assertEqual(note(hard), "complete")
        self.assertEqual(set(reached), {"draft", "pending", "rejected", "cancelled", "active", "failed", "suspended",
                                        "paused", "review", "complete"})

    def test_scheduled_payments(self):
        reached = set()

        def note(order, *expected):
            statuses = [payment.status for payment in self.payments(order)]
            self.assertEqual(statuses, list(expected))
            reached.update(statuses)

        subscription, recovering, hard = self.subscription(), self.subscription(), self.subscription()
        self.client.call(ORDERS + "PauseOrder", {"id": subscription.id})
        note(subscription, "paused")
        parts = self.instalments()
        self.update_payment(self.payments(parts)[0], status="skipped")
        self.act(parts, "merge", scheduled_payment_ids=[p.id for p in self.payments(parts)[1:]],
                 scheduled_at="2031-06-01T00:00:00Z")
        note(parts, "skipped", "merged", "merged", "scheduled")
        odd = self.instalments()
        self.act(odd, "approve", amount="29.99")
        self.update_payment(self.payments(odd)[1], status="cancelled")
        note(odd, "review", "cancelled", "scheduled")
        self.act(hard, "outcomes", next=["hard-declined"])
        self.due(recovering, "soft-declined")
        note(recovering, "soft-declined", "scheduled")
        note(hard, "hard-declined", "scheduled")
        self.turn_clock(MONTH_LATER + DAY)
        note(recovering, "recovered", "scheduled")
        self.turn_clock(datetime.datetime(2031, 5, 1, 10))
        note(recovering, "recovered", "complete", "scheduled")
        self.assertEqual(reached, {"scheduled", "complete", "recovered", "soft-declined", "hard-declined", "skipped",
                                   "merged", "cancelled", "paused", "review"})

    def test_the_other_spelling_is_handed_on(self):
        self.sandbox.control("POST", "profiles", {"underscore_statuses": True})
        order = self.subscription()
        self.due(order, "soft-declined")
        self.assertEqual(self.payments(order)[0].status, "soft_declined")


class AddressTest(BillProTest):

    BOTH = {"billing_address": {"street": "1 High St", "city": "York", "country": "GB"},
            "shipping_address": {"street": "2 Low St", "city": "Hull", "country": "GB"}}

    def update(self, customer, addresses, mask="addresses", **fields):
        request = {"id": customer.id, "customer": {"addresses": addresses, **fields}, "update_mask": mask}
        return self.client.call_with_metadata(CUSTOMERS + "UpdateCustomer", request)

    def test_all_are_replaced(self):
        customer = self.create_customer(addresses=self.BOTH)
        changed = {**self.BOTH, "shipping_address": {"city": "Leeds", "country": "GB"}}
        after, _, trailers = self.update(customer, changed, "addresses,phone", phone="+447700900123")
        self.assertEqual([(a.address_type, a.city) for a in after.addresses],
                         [("billing", "York"), ("shipping", "Leeds")])
        self.assertEqual(after.phone, "+447700900123")
        # Each was stored anew, as upstream does.
        self.assertFalse({a.id for a in after.addresses} & {a.id for a in customer.addresses})
        self.assertEqual(trailers["billing-attempts"], "2")
        self.assertEqual(after, self.client.call(CUSTOMERS + "GetCustomer", {"id": customer.id}))

    def test_leaving_one_out_is_refused_and_named(self):
        customer = self.create_customer(addresses=self.BOTH)
        for left, gone in (("billing", "shipping"), ("shipping", "billing")):
            request = {"id": customer.id, "customer": {"addresses": {f"{left}_address": {"city": "Leeds"}}},
                       "update_mask": "addresses"}
            error = self.fails(CUSTOMERS + "UpdateCustomer", request)
            self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INCOMPLETE_SET"))
            self.assertEqual(list(self.violations(error)), [f"customer.addresses.{gone}_address"])
            self.assertIn(f"customer.addresses.{gone}_address", error.message)
            self.assertEqual(error.detail("ErrorInfo")["metadata"]["method"],
                             "billpro.v1.CustomerService/UpdateCustomer")
        self.assertEqual([r["method"] for r in self.sandbox.requests("/customers/")], ["GET", "GET"])
        self.assertEqual(self.client.call(CUSTOMERS + "GetCustomer", {"id": customer.id}), customer)
        # The rest of the customer can be changed without a word about addresses, and without a look.
        self.client.call(CUSTOMERS + "UpdateCustomer", {
            "id": customer.id, "customer": {"last_name": "Roe"}, "update_mask": "lastName"})
        self.assertEqual([r["method"] for r in self.sandbox.requests("/customers/")], ["GET", "GET", "GET", "PUT"])
        self.assertEqual(len(self.client.call(CUSTOMERS + "GetCustomer", {"id": customer.id}).addresses), 2)

    def test_a_first_address_and_a_further_one(self):
        customer = self.create_customer()
        one, _, _ = self.update(customer, {"billing_address": self.BOTH["billing_address"]})
        self.assertEqual([a.address_type for a in one.addresses], ["billing"])
        both, _, _ = self.update(customer, self.BOTH)
        self.assertEqual([a.address_type for a in both.addresses], ["billing", "shipping"])

    def test_removed_knowingly(self):
        customer = self.create_customer(addresses=self.BOTH)
        after, _, _ = self.update(customer, {
            "billing_address": self.BOTH["billing_address"], "unmapped": {"shipping_address": "null"}})
        self.assertEqual([a.address_type for a in after.addresses], ["billing"])

    def test_a_failed_look_sends_nothing(self):
        customer = self.create_customer(addresses=self.BOTH)
        request = {"id": customer.id, "customer": {"addresses": self.BOTH}, "update_mask": "addresses"}
        self.sandbox.fault(path=f"/api/v1/customers/{customer.id}", method="GET", status=503)
        error = self.fails(CUSTOMERS + "UpdateCustomer", request)
        self.assertEqual((error.code.name, error.reason), ("UNAVAILABLE", "UPSTREAM_FAILED"))
        self.sandbox.clear_faults()
        self.sandbox.fault(path=f"/api/v1/customers/{customer.id}", method="GET", delay_ms=3000)
        error = self.fails(CUSTOMERS + "UpdateCustomer", request, timeout=0.5)
        self.assertEqual((error.code.name, error.reason), ("DEADLINE_EXCEEDED", "UPSTREAM_TIMEOUT"))
        self.assertEqual([r["method"] for r in self.sandbox.requests("/customers/")], ["GET", "GET"])
        self.sandbox.clear_faults()
        # After the update itself was sent, an error leaves doubt.
        self.sandbox.fault(path=f"/api/v1/customers/{customer.id}", method="PUT", status=503)
        error = self.fails(CUSTOMERS + "UpdateCustomer", request)
        self.assertEqual((error.code.name, error.reason), ("UNKNOWN", "OUTCOME_UNKNOWN"))
        self.sandbox.clear_faults()
        unknown = self.fails(CUSTOMERS + "UpdateCustomer", {**request, "id": 999999})
        self.assertEqual((unknown.code.name, unknown.reason), ("NOT_FOUND", "UNPROCESSABLE"))
        self.assertEqual([r["method"] for r in self.sandbox.requests("/customers/")][2:], ["GET", "PUT", "GET"])


class PageTest(BillProTest):

    def pages(self, method, plural, **request):
        pages, token = [], ""
        while True:
            answer = self.client.call(method, {**request, **({"page_token": token} if token else {})})
            pages.append([each.id for each in getattr(answer, plural)])
            token = answer.next_page_token
            if not token:
                return pages

    def test_a_short_page_is_the_last(self):
        self.sandbox.control("POST", "seed", {"provider": "billpro", "customers": 60, "orders": 50})
        pages = self.pages(CUSTOMERS + "ListCustomers", "customers")
        self.assertEqual([len(page) for page in pages], [25, 25, 10])
        self.assertEqual(sum(pages, []), sorted(set(sum(pages, []))))
        # A multiple of 25 costs one more request, answered with nothing.
        self.assertEqual([len(page) for page in self.pages(ORDERS + "ListOrders", "orders")], [25, 25, 0])
        self.assertEqual(list(self.violations(self.fails(ORDERS + "ListOrders", {"page_size": 10}))), ["page_size"])

    def test_filters_by_the_merchants_ids(self):
        customer = self.create_customer()
        self.create_customer()
        self.create_product("single_payment", product_id="E2824181D8")
        self.create_product("metered")
        answer = self.client.call(CUSTOMERS + "ListCustomers", {"merchant_customer_id": customer.merchant_customer_id})
        self.assertEqual([c.id for c in answer.customers], [customer.id])
        answer = self.client.call(PRODUCTS + "ListProducts", {"merchant_product_id": "E2824181D8"})
        self.assertEqual([p.merchant_product_id for p in answer.products], ["E2824181D8"])
        product = self.client.call(PRODUCTS + "GetProduct", {"id": answer.products[0].id})
        self.assertEqual(product, answer.products[0])


@expand_tables
class ErrorTest(BillProTest):

    def test_a_field_map(self):
        taken = self.create_customer()
        error = self.fails(CUSTOMERS + "CreateCustomer", {"customer": {
            "first_name": "Jane", "last_name": "Doe", "email": taken.email, "phone": "+44770000000000"}})
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INVALID_FIELDS"))
        self.assertEqual(self.violations(error),
                         {"customer.phone": "is invalid", "customer.email": "has already been taken"})
        self.assertEqual(error.detail("ErrorInfo")["domain"], "bill.pro")

    @table([
        ("get customer", CUSTOMERS + "GetCustomer", {"id": 99}, "NOT_FOUND"),
        ("update customer", CUSTOMERS + "UpdateCustomer",
         {"id": 99, "customer": {"phone": "+447700900123"}, "update_mask": "phone"}, "NOT_FOUND"),
        ("get product", PRODUCTS + "GetProduct", {"id": 99}, "NOT_FOUND"),
        ("get order", ORDERS + "GetOrder", {"id": 99}, "NOT_FOUND"),
        ("list payments", PAYMENTS + "ListScheduledPayments", {"order_id": 99}, "NOT_FOUND"),
        ("cancel", ORDERS + "CancelOrder", {"id": 99}, "FAILED_PRECONDITION"),
        ("renew", ORDERS + "RenewCheckout", {"id": 99}, "FAILED_PRECONDITION"),
        ("update payment", PAYMENTS + "UpdateScheduledPayment",
         {"order_id": 99, "id": 1, "scheduled_payment": {"status": "skipped"}, "update_mask": "status"},
         "FAILED_PRECONDITION"),
        ("create order", ORDERS + "CreateMeteredOrder",
         {"order": {"customer_id": 99, "currency": "EUR", "order_products": [{"product_id": 99}]}},
         "INVALID_ARGUMENT"),
    ])
    def test_unprocessable(self, method, request, code):
        error = self.fails(method, request)
        self.assertEqual((error.code.name, error.reason), (code, "UNPROCESSABLE"))
        self.assertEqual(error.detail("ErrorInfo")["metadata"]["http_status"], "422")

    def test_a_product_of_another_type(self):
        product = self.create_product("subscription")
        customer = self.create_customer()
        error = self.fails(ORDERS + "CreateMeteredOrder", {"order": {
            "customer_id": customer.id, "currency": "EUR", "order_products": [{"product_id": product}]}})
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "UNPROCESSABLE"))

    def test_an_unsafe_write_is_never_sent_twice(self):
        self.sandbox.fault(path="/api/v1/orders/create_single_order", method="POST", reset=True)
        error = self.fails(ORDERS + "CreateSinglePaymentOrder", {"order": {
            "customer_id": 1, "currency": "EUR", "order_products": [{"product_id": 1}]}})
        self.assertEqual((error.code.name, error.reason), ("UNKNOWN", "OUTCOME_UNKNOWN"))
        self.assertEqual(error.trailers["grpc-retry-pushback-ms"], "-1")
        self.assertEqual(len(self.sandbox.requests("create_single_order")), 1)

    def test_exports_end_by_the_short_page(self):
        def export(method, plural):
            pages = self.client.stream_all(method, {})
            self.assertLessEqual(max(len(getattr(page, plural)) for page in pages), 25)
            return [element.id for page in pages for element in getattr(page, plural)]

        self.assertEqual(export(ORDERS + "ExportOrders", "orders"), [])
        self.assertEqual(len(self.sandbox.requests("/api/v1/orders")), 1)
        for customers in (25, 35):
            self.sandbox.control("POST", "seed", {"provider": "billpro", "customers": customers, "orders": customers})
        for method, plural in ((CUSTOMERS + "ExportCustomers", "customers"), (ORDERS + "ExportOrders", "orders")):
            ids = export(method, plural)
            self.assertEqual(len(ids), 60)
            self.assertEqual(ids, sorted(set(ids)))


class PathTest(BillProTest):
    """An account for which the scheduled payments stand under flat paths."""

    FLAT = (("billpro.v1.ScheduledPaymentService.ListScheduledPayments", "/scheduled_payments?order_id={order_id}"),
            ("billpro.v1.ScheduledPaymentService.UpdateScheduledPayment", "/scheduled_payments/{id}"))
    stack_options = {"billpro": {"shop": "acme"}, "billpro_paths": {"shop": FLAT}}

    def test_flat_paths(self):
        order = self.create_order("Instalment", self.create_product("instalment"), initial_amount=money("10"),
                                  split_number=2)
        self.act(order, "approve")
        first, second = self.payments(order)
        self.assertEqual((first.order_id, second.order_id), (order.id, order.id))
        self.assertEqual(self.update_payment(second, status="skipped").status, "skipped")
        calls = [(r["method"], r["path"], r["query"]) for r in self.sandbox.requests("/api/v1/scheduled_payments")]
        self.assertEqual([call[:2] for call in calls], [
            ("GET", "/api/v1/scheduled_payments"), ("PUT", f"/api/v1/scheduled_payments/{second.id}")])
        self.assertIn(f"order_id={order.id}", calls[0][2])
        self.assertIn("profile_id=", calls[1][2])


    def test_a_path_that_cannot_be_is_told_by_check(self):
        for method, path, why in (
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts/{order_id}", "{order_id} is no variable"),
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts", "{id} is missing"),
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts/{id}?profile_id=9", "profile_id would be sent twice"),
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts/{id}?a=1&a=2", "a would be sent twice"),
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts/{id}?a=%zz", "written plainly"),
                ("billpro.v1.OrderService.RenewCheckout", "/../checkouts/{id}", "no relative segment"),
                ("billpro.v1.OrderService.RenewCheckout", "/./checkouts/{id}", "no relative segment"),
                ("billpro.v1.OrderService.RenewCheckout", "//checkouts/{id}", "no empty segment"),
                ("billpro.v1.OrderService.RenewCheckout", "/checkouts/{id}/", "no slash at its end"),
                ("billpro.v1.ScheduledPaymentService.ListScheduledPayments", "/sp?order_id={order_id}&page=3",
                 "page would be sent twice"),
                ("billpro.v1.CustomerService.ListCustomers", "/people?customer_id=3", "customer_id would be sent twice"),
                ("billogram.v2.ItemService.GetItem", "/items/{item_no}", "is no method of this provider"),
                ("billpro.v1.OrderService.Renew", "/checkouts/{id}", "is no method of this provider")):
            account = BillPro("shop", "http://127.0.0.1:1/api/v1", "token", 5, ((method, path),))
            with tempfile.TemporaryDirectory() as folder:
                checked = subprocess.run(
                    [binary("billing-gateway"), "--config", write_config(folder, [account]), "--check"],
                    capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(checked.returncode, 2)
            self.assertIn(f"accounts[0].paths[0]: {method}: ", checked.stderr)
            self.assertIn(why, checked.stderr)

    def test_every_bad_path_is_told_with_its_line(self):
        renew = "billpro.v1.OrderService.RenewCheckout"
        paths = ((renew, "/a/{id}"), (renew, "/b/{id}"), ("billpro.v1.OrderService.GetOrder", "/c/"), (renew + "x", "/d"))
        with tempfile.TemporaryDirectory() as folder:
            config = write_config(folder, [BillPro("shop", "http://127.0.0.1:1/api/v1", "token", 5, paths)])
            checked = subprocess.run([binary("billing-gateway"), "--config", config, "--check"],
                                     capture_output=True, text=True, timeout=60, check=False)
            with open(config, encoding="utf-8") as file:
                lines = file.read().splitlines()
        told = [re.match(r"[^:]*:(\d+): accounts\[0\]\.paths\[(\d)\]: ", line) for line in checked.stderr.splitlines()]
        self.assertTrue(all(told), checked.stderr)
        self.assertEqual([match[2] for match in told], ["1", "2", "3"])
        for match in told:
            self.assertIn(paths[int(match[2])][0], lines[int(match[1]) - 1])
        self.assertIn("is given twice", checked.stderr.splitlines()[0])

    def test_an_account_needs_its_token_and_profile(self):
        with tempfile.TemporaryDirectory() as folder:
            config = write_config(folder, [("shop", "http://127.0.0.1:1/api/v1", "user", "key")])
            with open(config, encoding="utf-8") as file:
                text = file.read().replace("billogram", "billpro")
            with open(config, "w", encoding="utf-8") as file:
                file.write(text)
            checked = subprocess.run([binary("billing-gateway"), "--config", config, "--check"],
                                     capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(checked.returncode, 2)
        for problem in ("credentials.token_file: is missing", "profile_id: is missing",
                        "credentials.user_file: is not used", "credentials.key_file: is not used"):
            self.assertIn("accounts[0]." + problem, checked.stderr)


class AccountTest(BillProTest):
    """Two accounts of each provider in one gateway: none sees anything of another."""

    stack_options = {"accounts": ("acme", "beta"), "billpro": {"shop": "acme", "store": "beta"}}

    def as_account(self, name):
        return {"metadata": [("billing-account", name)]}

    def create_for(self, name):
        return self.client.call(CUSTOMERS + "CreateCustomer", {"customer": {
            "first_name": name, "last_name": "Doe", "email": "same@example.com"}}, **self.as_account(name))

    def test_data_tokens_and_errors_stay_apart(self):
        made = {name: self.create_for(name) for name in ("shop", "store")}
        for name, other in (("shop", "store"), ("store", "shop")):
            found = self.client.call(CUSTOMERS + "ListCustomers", {}, **self.as_account(name)).customers
            self.assertEqual([c.first_name for c in found], [name])
            read = self.client.call(CUSTOMERS + "GetCustomer", {"id": made[name].id}, **self.as_account(name))
            self.assertEqual(read, made[name])
            if made[name].id != made[other].id:
                error = self.fails(CUSTOMERS + "GetCustomer", {"id": made[other].id}, **self.as_account(name))
                self.assertEqual(error.code.name, "NOT_FOUND")
            self.assertEqual(error.detail("ErrorInfo")["metadata"]["account"], name)
        sent = {(r["headers"]["authorization"], r["query"].rpartition("profile_id=")[2])
                for r in self.sandbox.requests("/api/v1/customers")}
        self.assertEqual(sent, {(f"Bearer {token}", str(profile))
                                for token, profile in self.sandbox.billpro.values()})

    def test_a_page_token_is_one_accounts(self):
        for account in ("acme", "beta"):
            self.sandbox.control("POST", "seed", {"provider": "billpro", "account": account, "customers": 30})
        token = self.client.call(CUSTOMERS + "ListCustomers", {}, **self.as_account("shop")).next_page_token
        request = {"page_token": token}
        answered = self.client.call(CUSTOMERS + "ListCustomers", request, **self.as_account("shop"))
        self.assertEqual(len(answered.customers), 5)
        error = self.fails(CUSTOMERS + "ListCustomers", request, **self.as_account("store"))
        self.assertEqual(list(self.violations(error)), ["page_token"])

    def test_the_account_must_be_named_and_fit(self):
        self.assertEqual(self.fails(ORDERS + "ListOrders", {}).reason, "ACCOUNT_REQUIRED")
        self.assertEqual(self.fails(ORDERS + "ListOrders", {}, **self.as_account("acme")).reason, "WRONG_PROVIDER")
        self.assertEqual(self.fails(CUSTOMER + "ListCustomers", {}, **self.as_account("shop")).reason, "WRONG_PROVIDER")
        self.client.call(CUSTOMER + "ListCustomers", {}, **self.as_account("acme"))

    def test_both_providers_at_once(self):
        calls = []
        for _ in range(20):
            for account, method in (("acme", CUSTOMER), ("beta", CUSTOMER), ("shop", CUSTOMERS), ("store", CUSTOMERS)):
                calls.append((method, self.client.start(method + "ListCustomers", {}, **self.as_account(account))))
        for method, call in calls:
            self.assertEqual(call.result().DESCRIPTOR.full_name.rpartition(".")[0], method.rpartition(".")[0])


class OddTest(unittest.TestCase):
    """Answers that the sandbox never gives."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        cls.upstream = OddUpstream()
        cls.gateway = Gateway(cls.folder.name, [BillPro("shop", f"http://{cls.upstream.address}/api/v1", "token", 5)])
        cls.client = cls.gateway.client()

    @classmethod
    def tearDownClass(cls):
        cls.client.close()
        cls.gateway.stop()
        cls.upstream.stop()
        cls.folder.cleanup()

    def setUp(self):
        self.upstream.requests.clear()

    def fails(self, method, request, *answers):
        """The error of a call whose requests upstream answers so: (status, body) each."""
        rest = self.answer_with(*answers)
        with self.assertRaises(CallError) as caught:
            self.client.call(method, request)
        self.assertEqual(rest, [])
        return caught.exception

    def answer_with(self, *answers):
        """The answers that were not given yet."""
        rest = list(answers)

        def script(connection):
            status, body = rest.pop(0)
            connection.sendall(answer(body, status=status))
            return "again"

        self.upstream.script = script
        return rest

    def test_bodies_that_are_no_documented_error(self):
        get = (ORDERS + "GetOrder", {"id": 3})
        for status, body, code, reason, text in (
                (422, b"<html><h1>Sorry</h1></html>", "FAILED_PRECONDITION", "HTTP_422", "<html><h1>Sorry</h1></html>"),
                (422, b'{"phone": [["is invalid", ["is short"]]]}', "INVALID_ARGUMENT", "INVALID_FIELDS",
                 "phone is invalid; phone is short"),
                (422, '{"error": "Ogiltig begäran"}'.encode(), "NOT_FOUND", "UNPROCESSABLE", "Ogiltig begäran"),
                (400, b"", "INVALID_ARGUMENT", "HTTP_400", "upstream answered HTTP 400"),
                (400, b"<p>" + b"x" * 100000, "INVALID_ARGUMENT", "HTTP_400", "<p>xxx"),
                (200, b"<html></html>", "INTERNAL", "UPSTREAM_MALFORMED", "the answer cannot be read"),
                (200, b"[]", "INTERNAL", "UPSTREAM_MALFORMED", "the answer cannot be read")):
            error = self.fails(*get, (status, body))
            self.assertEqual((error.code.name, error.reason), (code, reason))
            self.assertTrue(error.status.message.startswith(text), error.status.message)
            self.assertLessEqual(len(error.status.message.encode()), 4096)

    # Successes with nothing of the resource in them.
    NOTHING = (("201 Created", b""), (200, b"{}"), (200, b" { }"), (200, b"null"))
    HOLLOW = (*NOTHING, ("201 Created", b'{"error":"Bad Request"}'))

    def test_a_hollow_success_of_an_unsafe_write_leaves_doubt(self):
        order = {"order": {"customer_id": 1, "currency": "EUR", "order_products": [{"product_id": 1}]}}
        update = {"id": 17, "customer": {"addresses": {"billing_address": {"city": "York"}}}, "update_mask": "addresses"}
        for hollow in self.HOLLOW:
            for method, request, before in (
                    (ORDERS + "CreateSinglePaymentOrder", order, ()), (ORDERS + "RenewCheckout", {"id": 3}, ()),
                    (CUSTOMERS + "UpdateCustomer", update, ((200, b'{"id":17,"addresses":[]}'),))):
                error = self.fails(method, request, *before, hollow)
                self.assertEqual((error.code.name, error.reason), ("UNKNOWN", "OUTCOME_UNKNOWN"), (method, hollow))
                self.assertEqual(error.trailers["grpc-retry-pushback-ms"], "-1")
            error = self.fails(ORDERS + "GetOrder", {"id": 3}, hollow)
            self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"), hollow)
        # That it says nothing leaves none where the write may be repeated, and 204 says that there is nothing.
        for nothing in (*self.NOTHING, (204, b"")):
            self.answer_with(nothing)
            self.assertEqual(self.client.call(ORDERS + "CancelOrder", {"id": 3}).ByteSize(), 0, nothing)
        error = self.fails(ORDERS + "CancelOrder", {"id": 3}, self.HOLLOW[-1])
        self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"))
        for method, request in ((ORDERS + "CreateSinglePaymentOrder", order), (ORDERS + "GetOrder", {"id": 3}),
                                (ORDERS + "ListOrders", {})):
            self.answer_with((204, b""))
            self.assertEqual(self.client.call(method, request).ByteSize(), 0, method)

    def test_a_hollow_list_is_no_empty_list(self):
        # What an export has asked for ahead may arrive after it ended: not among other tests' requests.
        upstream = OddUpstream()
        self.addCleanup(upstream.stop)
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="billing-e2e-"))
        gateway = Gateway(folder, [BillPro("shop", f"http://{upstream.address}/api/v1", "token", 5)])
        self.addCleanup(gateway.stop)
        client = gateway.client()
        self.addCleanup(client.close)
        page = json.dumps([{"id": number} for number in range(25)]).encode()
        for hollow in (*self.HOLLOW, (204, b"")):
            for before, method, call in (((), "ListCustomers", client.call), ((), "ExportCustomers", client.stream_all),
                                         ((page,), "ExportCustomers", client.stream_all)):
                if method == "ListCustomers" and hollow[0] == 204:
                    continue  # A caller sees the one page that is empty; an export would end there in silence.
                rest = list(before)

                def script(connection, rest=rest, hollow=hollow):
                    status, body = (200, rest.pop(0)) if rest else hollow
                    connection.sendall(answer(body, status=status))
                    return "again"

                upstream.script = script
                with self.assertRaises(CallError) as caught:
                    call(CUSTOMERS + method, {})
                self.assertEqual((caught.exception.code.name, caught.exception.reason),
                                 ("INTERNAL", "UPSTREAM_MALFORMED"), hollow)

    def test_a_hollow_success_proves_no_credentials(self):
        def health():
            return self.client.health("billpro.v1.OrderService")

        self.fails(ORDERS + "GetOrder", {"id": 3}, (401, b'{"error":"Unauthorized"}'))
        self.assertEqual(health(), "NOT_SERVING")
        for hollow in self.HOLLOW:
            self.fails(ORDERS + "GetOrder", {"id": 3}, hollow)
            self.assertEqual(health(), "NOT_SERVING", hollow)
        self.upstream.script = lambda connection: connection.sendall(answer(b'{"id":3}')) or "again"
        self.client.call(ORDERS + "GetOrder", {"id": 3})
        self.assertEqual(health(), "SERVING")

    def test_a_list_that_is_not_divided_into_pages(self):
        for count, pages in ((24, [24]), (25, [25, 0]), (26, [26, 0]), (60, [60, 0])):
            body = json.dumps([{"id": number} for number in range(count)])
            self.upstream.script = lambda connection, body=body: connection.sendall(answer(body)) or "again"
            self.assertEqual(self.walk(PAYMENTS + "ListScheduledPayments", {"order_id": 3}), pages)

    def test_a_list_with_pages_of_another_size(self):
        for size, count, pages in ((50, 120, [50, 50, 20]), (26, 52, [26, 26, 0]), (100, 100, [100, 0])):
            def script(connection, size=size, count=count):
                page = int(re.search(rb"[?&]page=(\d+)", self.upstream.requests[-1][0]).group(1))
                body = json.dumps([{"id": number} for number in range(count)][(page - 1) * size:page * size])
                connection.sendall(answer(body))
                return "again"

            self.upstream.script = script
            self.assertEqual(self.walk(CUSTOMERS + "ListCustomers", {}), pages)

    def walk(self, method, request):
        """How many objects each page has."""
        sizes, token = [], ""
        while not sizes or token:
            page = self.client.call(method, {**request, "page_token": token})
            (objects,) = [value for field, value in page.ListFields() if field.name.endswith("s")] or [()]
            sizes.append(len(objects))
            token = page.next_page_token
            self.assertLess(len(sizes), 10, "it never ends")
        return sizes

    def test_stored_addresses_that_cannot_be_told(self):
        request = {"id": 17, "customer": {"addresses": {"billing_address": {"city": "York"}}},
                   "update_mask": "addresses"}
        for stored in (b'{"id": 17, "addresses": {"billing": {"city": "York"}}}',
                       b'{"id": 17, "addresses": [{"city": "York"}]}',
                       b'{"id": 17}', b'{"id": 18, "addresses": []}',
                       b'{"id": 17, "billing_address": {"city": "York"}}',
                       b'{"id": 17, "address": [{"address_type": "shipping", "city": "Hull"}]}',
                       b'{"id": 17, "addresses": [{"address_type": "billing"}, {"address_type": "billing"}]}'):
            error = self.fails(CUSTOMERS + "UpdateCustomer", request, (200, stored))
            self.assertEqual((error.code.name, error.reason), ("FAILED_PRECONDITION", "SET_UNREADABLE"))
        for body in (b"<html></html>", b"", b"{}", b'{"error": "Bad Request"}'):
            error = self.fails(CUSTOMERS + "UpdateCustomer", request, (200, body))
            self.assertEqual((error.code.name, error.reason), ("INTERNAL", "UPSTREAM_MALFORMED"))
        self.assertTrue(all(head.startswith(b"GET ") for head, _ in self.upstream.requests))


class RejectedTest(BillProTest):
    """A token and a profile that upstream does not take, beside an account that works."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        token, profile = cls.sandbox.billpro["acme"]
        url = f"http://{cls.sandbox.address}/api/v1"
        cls.other = Gateway(cls.stack.folder, [BillPro("wrong", url, "not-the-token", profile),
                                               BillPro("foreign", url, token, profile + 1000)])
        cls.other_client = cls.other.client()

    @classmethod
    def tearDownClass(cls):
        cls.other_client.close()
        try:
            cls.other.stop()
        finally:
            super().tearDownClass()

    def refused(self, account, method, request):
        with self.assertRaises(CallError) as caught:
            self.other_client.call(method, request, metadata=[("billing-account", account)])
        return caught.exception

    def test_a_rejected_token(self):
        error = self.refused("wrong", ORDERS + "ListOrders", {})
        self.assertEqual(error.code.name, "FAILED_PRECONDITION")
        self.assertEqual(error.detail("ErrorInfo")["metadata"]["upstream_credentials"], "rejected")
        self.assertEqual(self.client.health("billpro.v1.OrderService"), "SERVING")

    def test_a_rejected_profile(self):
        for method in (ORDERS + "ListOrders", CUSTOMERS + "ListCustomers", PRODUCTS + "ListProducts"):
            error = self.refused("foreign", method, {})
            self.assertEqual((error.code.name, error.reason), ("FAILED_PRECONDITION", "UPSTREAM_PROFILE_REJECTED"))
            self.assertEqual(error.detail("ErrorInfo")["domain"], "billing-gateway")
