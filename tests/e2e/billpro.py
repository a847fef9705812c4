"""What the BillPro tests share: a customer, products, orders, and what their people do in its pages."""

import datetime
import itertools

from harness import StackTest

CUSTOMERS = "billpro.v1.CustomerService/"
PRODUCTS = "billpro.v1.ProductService/"
ORDERS = "billpro.v1.OrderService/"
PAYMENTS = "billpro.v1.ScheduledPaymentService/"

# Every case begins here.
BEGIN = datetime.datetime(2031, 3, 1, 9, 0, 0)


def money(value):
    return {"value": value}


def stamp(moment):
    """A moment in proto JSON, which is how the sandbox reads it, too."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def camel_case(name):
    """A field's name as a mask has it in proto JSON."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


class BillProTest(StackTest):
    """One account of BillPro, "shop"; nothing that the sandbox answers is unknown to the protos."""

    stack_options = {"billpro": {"shop": "acme"}}

    def setUp(self):
        super().setUp()
        self.numbers = itertools.count(1)
        self.turn_clock(BEGIN)

    def tearDown(self):
        drift = [line for line in self.gateway.get("/metrics")[2].decode().splitlines()
                 if line.startswith("billing_gateway_upstream_drift_total{")]
        self.assertEqual(drift, [])

    def turn_clock(self, moment):
        self.sandbox.control("POST", "clock", {"set": stamp(moment)})

    def create_customer(self, **fields):
        customer = {"first_name": "Jane", "last_name": "Doe", "email": f"jane{next(self.numbers)}@example.com"}
        return self.client.call(CUSTOMERS + "CreateCustomer", {"customer": {**customer, **fields}})

    def create_product(self, product_type, price="100.00", **fields):
        """What staff do; the product's id."""
        return self.sandbox.control("POST", "products", {
            "product_type": product_type, "price": price, "currency": "EUR", **fields})["id"]

    def create_order(self, kind, product_id, line=None, customer=None, **fields):
        customer = customer or self.create_customer()
        return self.client.call(f"{ORDERS}Create{kind}Order", {"order": {
            "customer_id": customer.id, "currency": "EUR",
            "order_products": [{"product_id": product_id, **(line or {})}], **fields}})

    def act(self, order, action, **body):
        """What the customer or staff do to an order."""
        return self.sandbox.control("POST", f"orders/{order.id}/{action}", body)

    def order(self, order):
        return self.client.call(ORDERS + "GetOrder", {"id": order.id})

    def payments(self, order):
        return list(self.client.call(PAYMENTS + "ListScheduledPayments", {"order_id": order.id}).scheduled_payments)

    def update_payment(self, payment, **fields):
        return self.client.call(PAYMENTS + "UpdateScheduledPayment", {
            "order_id": payment.order_id, "id": payment.id, "scheduled_payment": fields,
            "update_mask": ",".join(camel_case(field) for field in fields)})

    def assert_status(self, order, status, *payments):
        """The order's status and those of its scheduled payments, oldest first."""
        self.assertEqual(self.order(order).status, status)
        self.assertEqual([payment.status for payment in self.payments(order)], list(payments))
