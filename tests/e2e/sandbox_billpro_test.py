"""BillPro in the billing-sandbox, over HTTP: its bodies, pages, orders by the clock, notifications, state, faults."""

import json
import os
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

from servers import Server, binary, exchange

PAGE = 25
BAD_REQUEST = {"error": "Bad Request"}


def multipart(fields, boundary="part-of-a-form"):
    lines = []
    for name, value in fields:
        lines += ["--" + boundary, f'Content-Disposition: form-data; name="{name}"', "", value]
    lines += [f"--{boundary}--", ""]
    return "multipart/form-data; boundary=" + boundary, "\r\n".join(lines).encode()


class SandboxBillProTest(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        listing = subprocess.run(
            [binary("billing-sandbox"), "--print-credentials"], check=True, capture_output=True, timeout=60)
        self.credentials = json.loads(listing.stdout)
        self.people = 0
        self.start()

    def start(self, *flags):
        self.server = Server("billing-sandbox", ["--listen", "127.0.0.1:0", *flags], self.folder)
        self.addCleanup(self.end, self.server)

    @staticmethod
    def end(server):
        if server.process.poll() is None:
            server.stop()

    def api(self, method, path, body=None, content_type="application/json"):
        """The status and the decoded body of a call under /api/v1."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Authorization": "Bearer " + self.credentials["token"]}
        if body is not None:
            headers["Content-Type"] = content_type
        status, answered, answer = exchange(self.server.ready["address"], method, "/api/v1/" + path, body, headers)
        self.assertTrue(answered["content-type"].startswith("application/json"))
        return status, json.loads(answer)

    def ok(self, method, path, body=None):
        status, answer = self.api(method, path, body)
        self.assertEqual(status, 201 if method == "POST" else 200, answer)
        return answer

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        status, _, answer = exchange(self.server.ready["address"], method, "/sandbox/" + path, data)
        self.assertEqual(status, 200, answer[:500])
        return json.loads(answer)["data"]

    def advance(self, span):
        self.control("POST", "clock", {"advance": span})

    def person(self, **fields):
        self.people += 1
        given = {"first_name": "Jane", "last_name": "Jones", "email": f"jane{self.people}@example.com"}
        return self.ok("POST", "customers", {"customer": {**given, **fields}})

    def product(self, product_type, price, **fields):
        given = {"product_type": product_type, "price": price, "currency": "GBP"}
        return self.control("POST", "products", {**given, **fields})

    def order(self, kind, product, **fields):
        given = {"customer_id": self.person()["id"], "currency": "GBP",
                 "order_products": [{"product_id": product["id"]}]}
        return self.ok("POST", f"orders/create_{kind}_order", {"order": {**given, **fields}})["id"]

    def status(self, order):
        return self.ok("GET", f"orders/{order}")["status"]

    def payments(self, order):
        return [payment["status"] for payment in self.ok("GET", f"orders/{order}/scheduled_payments")]

    def test_a_single_payment_through_an_expiring_checkout(self):
        order = self.order("single", self.product("single_payment", "20.00"), create_checkout=True)
        checkout = self.ok("GET", f"orders/{order}")["checkout_id"]
        self.advance("25m")
        refused, _, _ = exchange(self.server.ready["address"], "POST", f"/sandbox/orders/{order}/approve",
                                 json.dumps({"checkout_id": checkout}))
        self.assertEqual(refused, 400)
        fresh = self.ok("POST", f"order_checkouts/{order}")["checkout_id"]
        self.assertNotEqual(fresh, checkout)
        self.control("POST", f"orders/{order}/decline", {"checkout_id": fresh})
        self.assertEqual(self.status(order), "pending")
        self.control("POST", f"orders/{order}/approve", {"checkout_id": fresh})
        self.assertEqual(self.status(order), "complete")
        self.assertEqual(self.api("PUT", f"orders/{order}/cancel_order"), (422, BAD_REQUEST))

    def test_instalments_with_a_deposit_to_completion(self):
        product = self.product("instalment", "100.00")
        order = self.order("instalment", product, initial_amount="10", split_number=3, scheduled_unit="WEEK",
                           scheduled_interval="1")
        self.control("POST", f"orders/{order}/approve")
        amounts = [payment["amount"] for payment in self.ok("GET", f"orders/{order}/scheduled_payments")]
        self.assertEqual(amounts, ["30.00", "30.00", "30.00"])
        self.control("POST", f"orders/{order}/outcomes", {"next": ["approved", "soft-declined"]})
        self.advance("7d")
        self.assertEqual((self.status(order), self.payments(order)),
                         ("active", ["complete", "scheduled", "scheduled"]))
        self.advance("7d")
        self.assertEqual((self.status(order), self.payments(order)),
                         ("failed", ["complete", "soft-declined", "scheduled"]))
        self.advance("7d")
        self.assertEqual((self.status(order), self.payments(order)),
                         ("complete", ["complete", "recovered", "complete"]))

    def test_a_subscription_with_a_trial_paused_failing_and_recovered(self):
        product = self.product("subscription", "44.99", discount_for_initial_payment_only=True,
                               discount={"name": "Trial", "percentage": "5.00"})
        self.assertEqual(product["deposit_amount"], "42.74")
        order = self.order("subscription", product)
        paid = self.control("POST", f"orders/{order}/approve")["transactions"]
        self.assertEqual([payment["amount"] for payment in paid], ["42.74"])
        self.assertEqual(self.ok("PUT", f"orders/{order}/pause_order")["status"], "paused")
        self.advance("40d")
        self.assertEqual(self.payments(order), ["paused"])
        self.assertEqual(self.ok("PUT", f"orders/{order}/resume_order")["status"], "active")
        self.control("POST", f"orders/{order}/decline", {"result": "hard-declined"})
        self.assertEqual(self.status(order), "suspended")
        self.control("POST", f"orders/{order}/update-card")
        self.assertEqual((self.status(order), self.payments(order)), ("active", ["complete", "scheduled"]))
        self.assertEqual(self.ok("PUT", f"orders/{order}/cancel_order")["status"], "complete")
        self.assertEqual(self.payments(order), ["complete", "cancelled"])

    def test_forms_say_the_same_as_json(self):
        fields = [("customer[first_name]", "Zo\u00eb"), ("customer[last_name]", "Jones"),
                  ("customer[email]", "zoe@example.com"), ("customer[phone]", "+44 7700 900123"),
                  ("customer[addresses][shipping_address][country]", "GB")]
        self.control("POST", "profiles", {"unique_email": False})
        content_type, body = multipart(fields)
        answers = [
            self.api("POST", "customers", {"customer": {
                "first_name": "Zo\u00eb", "last_name": "Jones", "email": "zoe@example.com",
                "phone": "+44 7700 900123", "addresses": {"shipping_address": {"country": "GB"}}}}),
            self.api("POST", "customers", urllib.parse.urlencode(fields).encode(),
                     "application/x-www-form-urlencoded"),
            self.api("POST", "customers", body, content_type),
        ]
        for status, answer in answers:
            self.assertEqual(status, 201, answer)
            self.assertEqual((answer["first_name"], answer["phone"]), ("Zo\u00eb", "+44 7700 900123"))
            self.assertEqual([address["country"] for address in answer["addresses"]], ["GB"])
        for bad, kind in ((b"customer[first_name", "application/x-www-form-urlencoded"), (body[:-8], content_type),
                          (b"{", "application/json"), (b"", "application/json")):
            self.assertEqual(self.api("POST", "customers", bad, kind), (400, BAD_REQUEST))

    def test_errors_have_two_shapes(self):
        status, answer = self.api("POST", "customers", {"customer": {
            "first_name": "J", "last_name": "J", "email": "j@example.com", "phone": "+44770000000000"}})
        self.assertEqual((status, answer), (422, {"phone": ["is invalid"]}))
        self.assertEqual(self.api("GET", "customers/99"), (422, BAD_REQUEST))
        self.assertEqual(self.api("GET", "customers?profile_id=99"), (422, BAD_REQUEST))
        status, _, answer = exchange(self.server.ready["address"], "GET", "/api/v1/customers")
        self.assertEqual((status, json.loads(answer)), (401, {"error": "Unauthorized"}))

    def test_ten_thousand_customers_page_through_once(self):
        self.control("POST", "seed", {"provider": "billpro", "customers": 10000})
        seen, page = [], 1
        while True:
            found = self.ok("GET", f"customers?page={page}")
            seen += [customer["id"] for customer in found]
            if len(found) < PAGE:
                break
            page += 1
        self.assertEqual((page, len(found)), (401, 0))
        self.assertEqual(seen, list(range(1, 10001)))

    def test_notifications_open_with_the_account_s_key(self):
        order = self.order("single", self.product("single_payment", "20.00"))
        self.control("POST", f"orders/{order}/approve")
        sent = self.control("GET", "notifications")
        self.assertEqual(len(sent), 1)
        message = json.loads(sent[0]["plaintext"])
        self.assertEqual(message["payload"]["result"]["code"], "000.000.000")
        self.assertLessEqual({"descriptor", "authentication", "customParameters", "risk", "ndc", "channelName", "shortId",
                              "buildNumber"}, message["payload"].keys())
        self.assertEqual(len(sent[0]["body"]), 2 * len(sent[0]["plaintext"]))
        self.assertEqual(len(sent[0]["headers"]["X-Authentication-Tag"]), 32)
        self.assertEqual(len(self.credentials["decryption_key"]), 64)

    def test_state_outlives_a_kill(self):
        state = os.path.join(self.folder, "state")
        self.server.stop()
        self.start("--state", state)
        order = self.order("instalment", self.product("instalment", "90"), initial_amount=0)
        self.control("POST", f"orders/{order}/approve")
        self.advance("40d")
        # The port differs after the restart, and with it the payment link.
        before = [self.ok("GET", "customers"), self.ok("GET", "products"), self.payments(order)]
        self.assertEqual(before[2], ["complete", "scheduled", "scheduled"])
        os.kill(self.server.process.pid, signal.SIGKILL)
        self.server.process.wait(60)
        self.start("--state", state)
        self.assertEqual(before, [self.ok("GET", "customers"), self.ok("GET", "products"), self.payments(order)])

    def test_faults_and_the_journal_of_requests(self):
        self.control("POST", "faults", {"path": "/api/v1/customers", "status": 503, "count": 1})
        self.assertEqual(self.api("GET", "customers")[0], 503)
        self.person()
        seen = self.control("GET", "requests")["requests"]
        self.assertEqual([(request["method"], request["path"], request["status"]) for request in seen],
                         [("GET", "/api/v1/customers", 503), ("POST", "/api/v1/customers", 201)])
        self.control("POST", "reset")
        self.assertEqual(self.ok("GET", "customers"), [])


if __name__ == "__main__":
    unittest.main()
