"""billingctl as people and scripts use it, against the sandbox through the gateway."""

import json
import os
import subprocess
import tempfile

from harness import StackTest
from servers import binary

INVOICE = """\
customer: {customer_no: 7}
items:
- title: Arbete
  count: 5
  price: 12
  vat: 12
  unit: hour
- {title: Material, count: 2, price: 12, discount: 1, vat: 25, unit: unit}
due_days: 30
info: {message: Tack för köpet}
"""


class BillingctlTest(StackTest):

    stack_options = {"billpro": {"shop": "acme"}}

    def raw(self, *words, code=0, text="", server=None):
        environment = {**os.environ, "BILLING_SERVER": server or self.gateway.address, "BILLING_ACCOUNT": "acme"}
        done = subprocess.run([binary("billingctl"), *words], input=text.encode(), capture_output=True, timeout=60,
                              check=False, env=environment)
        self.assertEqual(done.returncode, code, f"{words}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done

    def ctl(self, *words, **options):
        done = self.raw(*words, **options)
        done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    def json(self, *words, **options):
        return json.loads(self.ctl(*words, "-o", "json", **options).stdout)

    def customer(self):
        self.ctl("customer", "create", "--customer-no", "7", "--name", "Åkes Rör & Bygg AB", "--company-type",
                 "business", "--contact.email", "kund@example.com", "--address",
                 "{address_line_1: Provgatan 1, zipcode: '11111', city: Stockholm, country: SE}")

    def invoice(self):
        return self.json("billogram", "create", "-f", "-", "--on-success", "send:Email+Letter",
                         text=INVOICE)

    def test_an_invoice_from_creation_to_payment(self):
        self.customer()
        billogram = self.invoice()
        # The second row of the reference's sums: net 83, VAT 12.95, rounded up by 0.05 to 96.
        self.assertEqual((billogram["state"], billogram["total_sum"]), ("Unpaid", {"value": "96"}))
        sent = json.loads(self.sandbox.requests("/api/v2/billogram")[-1]["body"])
        self.assertEqual(sent["on_success"], {"command": "send", "method": "Email+Letter"})
        self.assertEqual(sent["items"][1], {
            "title": "Material", "count": 2, "price": 12, "vat": 25, "discount": 1, "unit": "unit"})

        identifier = billogram["id"]
        credited = self.json("command", "credit", identifier, "--mode", "amount", "--amount", "20.50")
        self.assertEqual(float(credited["remaining_sum"]["value"]), 75.5)
        paid = self.json("command", "payment", identifier, "--amount=75.50")
        self.assertEqual(paid["state"], "Paid")

        table = self.ctl("billogram", "list", "--filter", "field:state:Paid", "-o", "table", "--columns",
                         "id,customer.name,state")
        self.assertEqual([line.split()[0] for line in table.stdout.splitlines()], ["ID", identifier])
        self.assertIn("Åkes Rör & Bygg AB", table.stdout)
        events = self.json("billogram", "list-events", identifier)
        self.assertEqual(events["events"][0]["type"], "BillogramCreated")

    def test_read_edit_update(self):
        self.customer()
        read = self.ctl("customer", "get", "7", "-o", "yaml").stdout
        self.assertIn("\nname: \"Åkes Rör & Bygg AB\"\n", "\n" + read)
        edited = read.replace("Provgatan 1", "Provgatan 2")
        self.ctl("customer", "update", "7", "-f", "-", text=edited)
        self.assertEqual(self.json("customer", "get", "7")["address"]["address_line_1"], "Provgatan 2")
        self.ctl("customer", "update", "7", "--contact.phone", "070")
        self.assertEqual(json.loads(self.sandbox.requests("/customer/7")[-1]["body"]), {"contact": {"phone": "070"}})

    def edit(self, thing, before, after, *flags, code=0):
        """Reads a thing, changes its text, and sends the whole; what billingctl says of it."""
        read = self.ctl(*thing[:1], "get", *thing[1:], "-o", "yaml").stdout
        self.assertIn(before, read)
        return self.ctl(*thing[:1], "update", *thing[1:], "-f", "-", *flags, text=read.replace(before, after),
                        code=code)

    def test_read_edit_update_of_other_things(self):
        self.ctl("item", "create", "--item-no", "7", "--title", "Arbete", "--price", "12", "--vat", "25", "--unit",
                 "hour")
        self.edit(("item", "7"), "Arbete", "Resa")
        self.assertEqual(self.json("item", "get", "7")["title"], "Resa")
        self.ctl("offer", "create", "--offer-id", "Sommar1", "--type", "banner", "--title", "Sommar", "--text",
                 "Billigt", "--info-link", "https://example.com/", "--media",
                 "{picture: iVBORw0KGgo=, picture_type: image/png}")
        self.edit(("offer", "Sommar1"), "title: Sommar", "title: Höst")
        self.assertEqual(self.json("offer", "get", "Sommar1")["title"], "Höst")
        refused = self.ctl("offer", "update", "Sommar1", "--title", "Vinter", "--type", "sale", code=2).stderr
        self.assertEqual(refused, "billingctl: --type: cannot be changed\n")
        self.ctl("settings", "update", "--contact.email", "a@example.com")
        self.edit(("settings",), "a@example.com", "b@example.com")
        self.assertEqual(self.json("settings", "get")["contact"]["email"], "b@example.com")

    def test_what_is_read_and_what_is_written_can_differ(self):
        self.customer()
        identifier = self.json("billogram", "create", "-f", "-", text=INVOICE)["id"]
        billogram = ("billogram", identifier)
        # An answer has both, and only the one who edits it knows which is meant.
        refused = self.edit(billogram, "due_days: 30", "due_days: 20", code=3).stderr
        self.assertIn("due_days", refused)
        self.assertNotIn("--due-da", refused)
        self.edit(billogram, "due_days: 30", "due_days: 20", "--update-mask", "due_days")
        self.assertEqual(self.json("billogram", "get", identifier)["due_days"], 20)

    def test_updates_of_billpro_customers(self):
        shop = ("-a", "shop", "billpro.customer")
        customer = str(self.json(*shop, "create", "--first-name", "Jane", "--last-name", "Doe", "--email",
                                 "jane@example.com", "--phone", "+46701234567")["id"])
        address = "{street: S, country: GB, city: C, postal_code: AB1 2CD}"
        self.ctl(*shop, "update", customer, "--addresses", "{billing_address: %s}" % address)
        self.assertEqual(self.json(*shop, "get", customer)["addresses"][0]["street"], "S")
        # Nothing but the mask: clears what it names.
        self.ctl(*shop, "update", customer, "--update-mask", "phone")
        self.assertNotIn("phone", self.json(*shop, "get", customer))
        read = self.ctl(*shop, "get", customer, "-o", "yaml").stdout
        self.assertIn("addresses: fields are expected", self.ctl(*shop, "update", customer, "-f", "-", text=read,
                                                                code=2).stderr)

    def test_pages(self):
        self.customer()
        for _ in range(3):
            self.invoice()
        first = self.ctl("billogram", "list", "--page-size", "2", "-o", "table")
        self.assertEqual(len(first.stdout.splitlines()), 3)
        self.assertRegex(first.stderr, r"^More of 3: --page-token \S+\n$")
        rest = self.json("billogram", "list", "--page-size", "2", "--page-token", first.stderr.split()[-1])
        self.assertEqual(len(rest["billograms"]), 1)

    def test_errors_name_the_field_and_the_flag(self):
        refused = self.ctl("billogram", "create", "--items.0.price", "12", code=3)
        self.assertIn("  billogram.items[0].count (--items.0.count): ", refused.stderr)
        self.assertIn("  billogram.customer (--customer): ", refused.stderr)
        self.assertIn("request id: ", refused.stderr)
        self.assertEqual(refused.stdout, "")
        self.assertIn("(ID)", self.ctl("billogram", "get", "..", code=3).stderr)
        self.assertIn("NOT_FOUND (billogram.com)", self.ctl("billogram", "get", "aaaaaaa", code=4).stderr)
        self.customer()
        identifier = self.json("billogram", "create", "--customer", "7", "--items",
                               "{title: A, count: 1, price: 1, vat: 25, unit: unit}")["id"]
        state = self.ctl("command", "remind", identifier, code=3).stderr
        self.assertIn("FAILED_PRECONDITION INVALID_OBJECT_STATE", state)
        self.assertIn("billogram/" + identifier, state)

    def test_exit_codes_of_trouble(self):
        self.customer()
        identifier = self.invoice()["id"]
        self.sandbox.fault(path="/api/v2/billogram", status=503)
        self.assertIn("Look before", self.ctl("command", "payment", identifier, "--amount", "1", code=8).stderr)
        self.sandbox.clear_faults()
        self.sandbox.fault(path="/api/v2/billogram", status=429, retry_after=7)
        self.assertIn("try again after: 7s",
                      self.ctl("command", "payment", identifier, "--amount", "1", code=6).stderr)
        self.sandbox.clear_faults()
        self.sandbox.fault(path="/api/v2/billogram", delay_ms=5000)
        self.ctl("billogram", "get", identifier, "-t", "300ms", code=7)
        self.ctl("billogram", "get", identifier, "-a", "nobody", code=4)
        # A write that can be repeated is not in doubt, but may have been done.
        self.sandbox.fault(path="/api/v2/customer", delay_ms=5000)
        self.assertIn("It may have been done. Repeating it does nothing twice",
                      self.ctl("customer", "update", "7", "--name", "B", "-t", "300ms", code=7).stderr)
        self.assertNotIn("may have been done", self.ctl("customer", "get", "7", "-t", "300ms", code=7).stderr)
        self.sandbox.clear_faults()
        payments = [r for r in self.sandbox.requests("/command/payment") if r["method"] == "POST"]
        self.assertEqual(len(payments), 2)

    def test_bad_input_is_told_by_flag_or_place(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "invoice.json")
            with open(path, "w", encoding="utf-8") as file:
                file.write('{\n  "due_days": "soon",\n  "itmes": []\n}\n')
            error = self.ctl("billogram", "create", "-f", path, code=2).stderr
        self.assertIn(f"{path}:2:15: due_days: 'soon' is not a whole number", error)
        self.assertIn(f"{path}:3:3: itmes: no such field", error)
        self.assertIn("--due-date: '2026-02-30' is not a date",
                      self.ctl("billogram", "create", "--due-date", "2026-02-30", code=2).stderr)
        both = self.ctl("billogram", "create", "--due-days", "2x", "--foo", "1", code=2).stderr
        self.assertIn("--due-days: '2x'", both)
        self.assertIn("--foo: there is no field", both)
        self.assertIn("standard input:1:31: items[0].count: 'x' is not a decimal", self.ctl(
            "billogram", "create", "-f", "-", code=2, text='items: [{title: "åäö", count: x}]').stderr)
        self.assertIn("standard input: there is nothing in it",
                      self.ctl("billogram", "create", "-f", "-", code=2).stderr)
        # The gateway's own findings are no flag's where a file was given.
        found = self.ctl("billogram", "create", "-f", "-", code=3, text="items: [{price: 12}]").stderr
        self.assertIn("  billogram.items[0].count: ", found)
        self.assertNotIn("--items", found)
        self.assertIn("--ca-file", self.ctl("--ca-file", code=2).stderr)
        self.ctl("--ca-file", "/no/such", "billogram", "list", code=2)
        self.assertEqual(self.sandbox.requests("/api/v2"), [])

    def test_no_gateway(self):
        self.ctl("billogram", "list", "-t", "2s", code=6, server="127.0.0.1:1")
        refused = self.ctl("command", "payment", "aaaaaaa", "--amount", "1", "-t", "2s", code=6, server="127.0.0.1:1")
        self.assertIn("nothing was sent", refused.stderr)

    def test_documents(self):
        self.sandbox.control("POST", "features", {"pdf_bytes": 3 << 20, "pdf_delay_ms": 300})
        self.customer()
        identifier = self.invoice()["id"]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "invoice.pdf")
            # It is still being made.
            self.assertEqual(self.ctl("billogram", "get-pdf", identifier, "-O", path, "-t", "20s").stdout, "")
            with open(path, "rb") as file:
                pdf = file.read()
            self.assertTrue(pdf.startswith(b"%PDF"))
            self.assertGreaterEqual(len(pdf), 3 << 20)
            self.assertTrue(self.raw("billogram", "get-pdf", identifier).stdout == pdf)
            self.assertTrue(self.raw("billogram", "get-pdf", identifier, "-O", "-").stdout == pdf)
            self.ctl("billogram", "get-pdf", "nosuch1", "-O", os.path.join(folder, "none.pdf"), code=4)
            self.assertEqual(os.listdir(folder), ["invoice.pdf"])

            report = self.sandbox.control("POST", "reports", {"account": "acme", "type": "sie4"})["filename"]
            self.assertIn("#FLAGGA", self.ctl("report", "get", report).stdout)

            # What breaks off in the middle does not look like a document, and an older one stays as it was.
            self.sandbox.fault(path="/api/v2/billogram", truncate=2 << 20)
            self.assertIn("UPSTREAM_BROKEN", self.ctl("billogram", "get-pdf", identifier, "-O", path, code=6).stderr)
            self.assertEqual(os.listdir(folder), ["invoice.pdf"])
            self.assertEqual(os.path.getsize(path), len(pdf))
        torn = self.raw("billogram", "get-pdf", identifier, code=6)
        self.assertTrue(0 < len(torn.stdout) < len(pdf) and pdf.startswith(torn.stdout))
        self.assertIn(f"the {len(torn.stdout)} bytes on standard output are not the whole document",
                      torn.stderr.decode())

    def test_bash_completes(self):
        def complete(*words):
            script = ('source <("$CTL" completion bash); COMP_WORDS=("$CTL" "$@"); COMP_CWORD=$#; _billingctl; '
                      'printf "%s\\n" "${COMPREPLY[@]}"')
            done = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], capture_output=True, text=True,
                                  timeout=60, check=True, env={**os.environ, "CTL": binary("billingctl")})
            return done.stdout.split()

        self.assertEqual(complete("cust"), ["customer"])
        self.assertEqual(complete("billogram", "del"), ["delete"])
        self.assertEqual(complete("command", "credit", "x", "--mo"), ["--mode"])
        self.assertIn("remaining", complete("command", "credit", "x", "--mode", ""))

    def test_every_rpc_of_the_gateway_is_there(self):
        for service in self.client.services():
            if service.startswith("grpc."):
                continue
            resource = service.rsplit(".", 1)[1].removesuffix("Service")
            resource = "".join("-" + c.lower() if c.isupper() else c for c in resource).strip("-")
            listed = self.ctl(f"{service.split('.')[0]}.{resource}", "--help").stdout.splitlines()
            self.assertEqual(len(listed), len(self.client.methods(service)), service)
