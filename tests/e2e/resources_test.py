"""Every unary RPC of the services beside billograms, commands and customers: once with success, once refused
by upstream, once refused here before upstream is called. Expected values are those of the reference."""

import base64
import datetime
from decimal import Decimal

from harness import BILLOGRAM, COMMAND, CUSTOMER
from workflow import WorkflowTest, as_date, date_fields, day, row

ITEM = "billogram.v2.ItemService/"
OFFER = "billogram.v2.OfferService/"
TAB = "billogram.v2.BillingTabService/"
SOURCE = "billogram.v2.PaymentSourceService/"
SETTINGS = "billogram.v2.SettingsService/"
REPORT = "billogram.v2.ReportService/"
BRANDING = "billogram.v2.BrandingService/"
NOWHERE = "00000000-0000-4000-8000-000000000000"
IBAN = "SE4550000000058398257466"
PICTURE = b"\x89PNG\r\n\x1a\n"
# A field that no request has, as a newer client might send it.
NEWER_FIELD = b"\xf8\x3e\x01"


def text64(data):
    return base64.b64encode(data).decode()


class ResourceTest(WorkflowTest):
    """Keeps count of how each RPC was called."""

    def setUp(self):
        super().setUp()
        self.outcomes = {}

    def ok(self, method, request=None):
        self.outcomes.setdefault(method, set()).add("ok")
        return self.client.call(method, request or {})

    def refused_upstream(self, method, request, reason, *fields):
        self.outcomes.setdefault(method, set()).add("refused upstream")
        error = self.fails(method, request)
        self.assertEqual(error.reason, reason, error)
        self.assertEqual(error.detail("ErrorInfo")["domain"], "billogram.com")
        self.assertEqual(sorted(self.violations(error)), sorted(fields))
        return error

    def refused_here(self, method, request, *fields):
        self.outcomes.setdefault(method, set()).add("refused here")
        before = len(self.sandbox.requests("/api/v2/"))
        error = self.fails(method, request)
        self.assertEqual(len(self.sandbox.requests("/api/v2/")), before, f"{method} went upstream")
        self.assertEqual(error.code.name, "INVALID_ARGUMENT", error)
        self.assertEqual(error.detail("ErrorInfo")["domain"], "billing-gateway")
        if fields:
            self.assertEqual(sorted(self.violations(error)), sorted(fields))

    def assert_all_called(self, *methods):
        for method in methods:
            self.assertEqual(self.outcomes.get(method), {"ok", "refused upstream", "refused here"}, method)

    def assert_service_called(self, service):
        found = self.client.methods(service.rstrip("/"))
        self.assert_all_called(*[service + name for name in found
                                 if not self.client.method(service + name).server_streaming])

    def last_request(self):
        return self.sandbox.requests("/api/v2/")[-1]


class ItemTest(ResourceTest):

    ITEM = {"title": "Konsulttimme", "price": {"value": "1500.50"}, "vat": {"value": "25"}, "unit": "hour"}

    def test_items(self):
        created = self.ok(ITEM + "CreateItem", {"item": {**self.ITEM, "item_no": "K/1", "description": "Per timme",
                                                         "bookkeeping": {"income_account": "3001"}}})
        self.assertEqual((created.item_no, created.title, created.unit), ("K/1", "Konsulttimme", "hour"))
        self.assertEqual(Decimal(created.price.value), Decimal("1500.50"))
        self.assertEqual(created.bookkeeping.income_account, "3001")
        self.assertEqual(created.created_at.ToDatetime().date(), day(0))
        numbered = self.ok(ITEM + "CreateItem", {"item": {**self.ITEM, "title": "Resa", "price": {"value": "-1"}}})
        self.assertTrue(numbered.item_no)
        self.refused_upstream(ITEM + "CreateItem", {"item": {**self.ITEM, "item_no": "K/1"}}, "INVALID_PARAMETER",
                              "item.item_no")
        self.refused_here(ITEM + "CreateItem", {"item": {**self.ITEM, "item_no": "1000000000"}}, "item.item_no")
        self.refused_here(ITEM + "CreateItem", {"item": {"vat": {"value": "25.001"}, "item_no": "x" * 31}},
                          "item.title", "item.price", "item.unit", "item.vat", "item.item_no")

        self.assertEqual(self.ok(ITEM + "GetItem", {"item_no": "K/1"}), created)
        self.refused_upstream(ITEM + "GetItem", {"item_no": "none"}, "NOT_FOUND")
        self.refused_here(ITEM + "GetItem", {"item_no": ".."}, "item_no")

        listed = self.ok(ITEM + "ListItems", {
            "filter": {"type": "FILTER_TYPE_SPECIAL", "field": "search", "value": "konsult"}})
        self.assertEqual(([i.item_no for i in listed.items], listed.total_size), (["K/1"], 1))
        first = self.ok(ITEM + "ListItems", {"page_size": 1, "order": {
            "field": "price", "direction": "ORDER_DIRECTION_DESC"}})
        second = self.ok(ITEM + "ListItems", {"page_size": 1, "page_token": first.next_page_token, "order": {
            "field": "price", "direction": "ORDER_DIRECTION_DESC"}})
        self.assertEqual([i.item_no for i in [*first.items, *second.items]], ["K/1", numbered.item_no])
        self.assertEqual(second.next_page_token, "")
        self.refused_upstream(ITEM + "ListItems", {"order": {"field": "vat"}}, "INVALID_QUERY_PARAMETER",
                              "order.field")
        self.refused_here(ITEM + "ListItems", {"page_size": 101}, "page_size")

        updated = self.ok(ITEM + "UpdateItem", {
            "item_no": "K/1", "item": {"item_no": "K2", "title": "Timme"}, "update_mask": "itemNo,title"})
        self.assertEqual((updated.item_no, updated.title, updated.description), ("K2", "Timme", "Per timme"))
        self.assertTrue(updated.HasField("updated_at"))
        self.refused_upstream(ITEM + "GetItem", {"item_no": "K/1"}, "NOT_FOUND")
        self.refused_upstream(ITEM + "UpdateItem", {
            "item_no": "K2", "item": {"item_no": numbered.item_no}, "update_mask": "itemNo"}, "INVALID_PARAMETER",
            "item.item_no")
        self.refused_here(ITEM + "UpdateItem", {"item_no": "K2", "item": {"title": "x"}}, "update_mask")

        # What was billed stays as it was.
        billogram = self.create({"item_no": "K2", "count": {"value": "2"}})
        self.assert_sums(billogram, net_sum="3001", total_sum="3751", rounding="-0.25")
        self.ok(ITEM + "DeleteItem", {"item_no": "K2"})
        self.assertEqual(self.get(billogram).items[0].title, "Timme")
        self.refused_upstream(ITEM + "DeleteItem", {"item_no": "K2"}, "NOT_FOUND")
        self.refused_here(ITEM + "DeleteItem", {}, "item_no")
        self.assert_service_called(ITEM)


class OfferTest(ResourceTest):

    OFFER = {"offer_id": "Sommar1", "type": "OFFER_TYPE_BANNER", "title": "Sommar", "text": "Allt billigare",
             "info_link": "https://example.com/", "media": {"picture": text64(PICTURE), "picture_type": "image/png"}}

    def test_offers(self):
        created = self.ok(OFFER + "CreateOffer", {"offer": self.OFFER})
        self.assertEqual((created.offer_id, created.media.picture), ("Sommar1", PICTURE))
        self.assertTrue(created.HasField("created_at"))
        self.refused_upstream(OFFER + "CreateOffer", {"offer": {**self.OFFER, "offer_id": "SOMMAR1"}},
                              "INVALID_PARAMETER", "offer.offer_id")
        self.refused_here(OFFER + "CreateOffer", {"offer": {**self.OFFER, "offer_id": "a-b", "info_link": "ftp://x",
                                                            "media": {}}},
                          "offer.offer_id", "offer.info_link", "offer.media.picture")

        self.assertEqual(self.ok(OFFER + "GetOffer", {"offer_id": "Sommar1"}), created)
        self.refused_upstream(OFFER + "GetOffer", {"offer_id": "none"}, "NOT_FOUND")
        self.refused_here(OFFER + "GetOffer", {}, "offer_id")

        updated = self.ok(OFFER + "UpdateOffer", {
            "offer_id": "Sommar1", "offer": {"title": "Höst"}, "update_mask": "title"})
        self.assertEqual((updated.title, updated.text), ("Höst", "Allt billigare"))
        self.refused_upstream(OFFER + "UpdateOffer", {
            "offer_id": "none", "offer": {"title": "Höst"}, "update_mask": "title"}, "NOT_FOUND")
        self.refused_here(OFFER + "UpdateOffer", {
            "offer_id": "Sommar1", "offer": {"type": "OFFER_TYPE_SALE"}, "update_mask": "type"}, "update_mask")

        listed = self.ok(OFFER + "ListOffers", {"type": "OFFER_TYPE_BANNER"})
        self.assertEqual(([offer.title for offer in listed.offers], listed.total_size), (["Höst"], 1))
        self.assertEqual(self.ok(OFFER + "ListOffers", {"type": "OFFER_TYPE_SALE"}).total_size, 0)
        self.refused_upstream(OFFER + "ListOffers", {"type": "OFFER_TYPE_SALE", "order": {"field": "text"}},
                              "INVALID_QUERY_PARAMETER", "order.field")
        self.refused_here(OFFER + "ListOffers", {}, "type")
        self.assert_service_called(OFFER)

    def test_an_accepted_sale_stays_as_it_is(self):
        self.ok(OFFER + "CreateOffer", {"offer": {**self.OFFER, "type": "OFFER_TYPE_SALE"}})
        billogram = self.create(row("100"), offers=[{"offer_id": "Sommar1"}])
        self.sandbox.control("POST", "sales", {"billogram_id": billogram.id, "offer_id": "Sommar1"})
        self.assertEqual(self.events(billogram, "SaleAccepted")[0].data.offer_id, "Sommar1")
        error = self.fails(OFFER + "UpdateOffer", {
            "offer_id": "Sommar1", "offer": {"title": "Höst"}, "update_mask": "title"})
        self.assertEqual(error.code.name, "PERMISSION_DENIED")


class BillingTabTest(ResourceTest):

    def setUp(self):
        super().setUp()
        self.number = self.create_customer().customer_no

    def add(self, price, **fields):
        return self.ok(TAB + "AddBillingTabItem", {
            "customer_no": self.number, "billogram_item": row(price, external_id="x-" + price), **fields})

    def test_an_item_is_never_billed_twice(self):
        """Upstream takes the item, and its answer is lost."""
        request = {"customer_no": self.number, "billogram_item": row("100")}
        for key, answered in (({}, ("UNKNOWN", "OUTCOME_UNKNOWN", "-1")),
                              ({"deduplication_id": "order-1"}, ("UNAVAILABLE", "UPSTREAM_BROKEN", "1000"))):
            self.sandbox.fault(path="/api/v2/customer/", reset_after_handling=True, count=1)
            error = self.fails(TAB + "AddBillingTabItem", {**request, **key})
            self.assertEqual((error.code.name, error.reason, error.trailers["grpc-retry-pushback-ms"]), answered)
        # Only the caller's own key may be used again, and is refused.
        self.refused_upstream(TAB + "AddBillingTabItem", {**request, "deduplication_id": "order-1"},
                              "INVALID_PARAMETER", "deduplication_id")
        tab = self.ok(TAB + "GetCurrentBillingTab", {"customer_no": self.number})
        self.assertEqual(len(tab.items), 2)

    def test_items_and_tabs(self):
        of = {"customer_no": self.number}
        self.refused_upstream(TAB + "GetCurrentBillingTab", of, "NOT_FOUND")
        added = self.add("100", deduplication_id="order-1")
        self.assertEqual(self.last_request()["headers"]["x-api-deduplication-id"], "order-1")
        self.refused_upstream(TAB + "AddBillingTabItem", {
            **of, "billogram_item": row("100"), "deduplication_id": "order-1"}, "INVALID_PARAMETER",
            "deduplication_id")
        self.refused_here(TAB + "AddBillingTabItem", {"deduplication_id": "x" * 37, "billogram_item": {}},
                          "customer_no", "deduplication_id", "billogram_item.count")
        made = []
        for _ in range(2):  # The gateway makes one where the caller gives none.
            second = self.add("60")
            made.append(self.last_request()["headers"]["x-api-deduplication-id"])
            self.assertLessEqual(len(made[-1]), 36)
        self.assertNotEqual(*made)
        self.assertEqual(second.billing_tab_id, added.billing_tab_id)

        tab = self.ok(TAB + "GetCurrentBillingTab", of)
        self.assertEqual((tab.billing_tab.id, tab.customer.customer_number), (added.billing_tab_id, self.number))
        self.assertEqual([item.billogram_item.external_id for item in tab.items], ["x-100", "x-60", "x-60"])
        self.refused_here(TAB + "GetCurrentBillingTab", {"customer_no": 0}, "customer_no")
        one = {**of, "id": added.billing_tab_id}
        self.assertEqual(self.ok(TAB + "GetBillingTab", one), tab)
        item = self.ok(TAB + "GetBillingTabItem", {**of, "id": added.item_id})
        self.assertEqual(item.billogram_item, added.billogram_item)
        self.ok(TAB + "DeleteBillingTabItem", {**of, "id": second.item_id})
        self.assertEqual(len(self.ok(TAB + "GetBillingTab", one).items), 2)
        self.ok(TAB + "DeleteBillingTab", one)
        for name in ("GetBillingTab", "GetBillingTabItem", "DeleteBillingTab", "DeleteBillingTabItem"):
            self.refused_upstream(TAB + name, {**of, "id": NOWHERE}, "NOT_FOUND")
            self.refused_here(TAB + name, {**of, "id": "1"}, "id")
        self.refused_upstream(TAB + "GetBillingTab", one, "NOT_FOUND")
        self.check_settings(of)
        self.assert_service_called(TAB)

    def check_settings(self, of):
        unset = self.ok(TAB + "GetBillingTabSettings", of)
        self.assertFalse(unset.HasField("billing_frequency"))
        made = self.ok(TAB + "CreateBillingTabSettings", {
            **of, "billing_tab_settings": {"billing_frequency": "weekly#1"}})
        self.assertEqual(made.billing_frequency, "weekly#1")
        changed = self.ok(TAB + "UpdateBillingTabSettings", {
            **of, "billing_tab_settings": {"delivery_method": "DELIVERY_METHOD_SMS"},
            "update_mask": "deliveryMethod"})
        self.assertEqual(changed.billing_frequency, "weekly#1")
        self.assertEqual(self.ok(TAB + "GetBillingTabSettings", of), changed)
        self.ok(TAB + "DeleteBillingTabSettings", of)  # Answered 204.
        self.assertEqual(self.ok(TAB + "GetBillingTabSettings", of), unset)

        nobody = {"customer_no": 999999}
        settings = {"billing_tab_settings": {"billing_frequency": "daily"}}
        for name, more in {"GetBillingTabSettings": {}, "DeleteBillingTabSettings": {},
                           "CreateBillingTabSettings": settings,
                           "UpdateBillingTabSettings": {**settings, "update_mask": "billingFrequency"}}.items():
            self.refused_upstream(TAB + name, {**nobody, **more}, "NOT_FOUND")
        for name in ("GetBillingTabSettings", "DeleteBillingTabSettings"):
            self.refused_here(TAB + name, {}, "customer_no")
        self.refused_here(TAB + "CreateBillingTabSettings", {
            **of, "billing_tab_settings": {"billing_frequency": "monthly#32"}},
            "billing_tab_settings.billing_frequency")
        self.refused_here(TAB + "CreateBillingTabSettings", {**of, "billing_tab_settings": {}})
        self.refused_here(TAB + "UpdateBillingTabSettings", {**of, **settings}, "update_mask")

    def test_billed_on_its_day(self):
        self.turn_clock(datetime.date(2031, 4, 2))
        self.ok(TAB + "CreateBillingTabSettings", {"customer_no": self.number, "billing_tab_settings": {
            "billing_frequency": "monthly#31", "delivery_method": "DELIVERY_METHOD_EMAIL"}})
        of = {"customer_no": self.number, "id": self.add("100").billing_tab_id}
        self.add("60")
        tab = self.ok(TAB + "GetBillingTab", of)
        # April has no 31st: its last day then.
        self.assertEqual(as_date(tab.billing_tab.billing_date), datetime.date(2031, 4, 30))
        self.turn_clock(datetime.date(2031, 4, 29), "23:00:00")
        self.assertEqual(self.client.call(BILLOGRAM + "ListBillograms", {}).total_size, 0)
        self.turn_clock(datetime.date(2031, 5, 1))
        (billogram,) = self.client.call(BILLOGRAM + "ListBillograms", {}).billograms
        self.assert_state(billogram, "Unpaid", net_sum="160", vat_sum="40", total_sum="200")
        self.assertEqual((billogram.customer.customer_no, len(billogram.items)), (self.number, 2))
        self.refused_upstream(TAB + "GetCurrentBillingTab", {"customer_no": self.number}, "NOT_FOUND")
        self.assertEqual(self.ok(TAB + "GetBillingTab", of).items, tab.items)


class RecipientTest(ResourceTest):

    def test_payment_sources_and_mandates(self):
        number = self.create_customer().customer_no
        # 204 and no body.
        self.assertEqual(len(self.ok(SOURCE + "ListPaymentSources", {"customer_no": number}).payment_sources), 0)
        self.assertEqual(self.last_request()["status"], 204)
        self.refused_upstream(SOURCE + "ListPaymentSources", {"customer_no": 999999}, "NOT_FOUND")
        self.refused_here(SOURCE + "ListPaymentSources", {"customer_no": -1}, "customer_no")

        mandate = {"customer_no": number, "iban": IBAN, "signed_at": "2031-02-01T08:30:00Z"}
        created = self.ok(SOURCE + "CreateSepaMandate", {"sepa_mandate": mandate})
        self.assertIn('"2031-02-01 08:30:00"', self.last_request()["body"])
        self.assertEqual((created.customer_no, created.iban), (number, IBAN))
        self.assertEqual(created.signed_at.ToDatetime(), datetime.datetime(2031, 2, 1, 8, 30))
        self.refused_upstream(SOURCE + "CreateSepaMandate", {"sepa_mandate": {**mandate, "iban": "SE00"}},
                              "INVALID_PARAMETER", "sepa_mandate.iban")
        self.refused_here(SOURCE + "CreateSepaMandate", {"sepa_mandate": {}}, "sepa_mandate.customer_no",
                          "sepa_mandate.iban", "sepa_mandate.signed_at")

        migration = {"customer_no": number, "iban": IBAN, "signed_date": date_fields(day(-90)), "amendment": {
            "sepa_creditor_identifier": "SE99ZZZ1234567890", "unique_mandate_reference": "old-1"}}
        migrated = self.ok(SOURCE + "MigrateSepaMandate", migration)
        self.assertEqual(as_date(migrated.signed_date), day(-90))
        self.assertNotIn(migrated.unique_mandate_reference, ("", "old-1"))
        self.refused_upstream(SOURCE + "MigrateSepaMandate", {**migration, "customer_no": 999999},
                              "INVALID_PARAMETER", "customer_no")
        self.refused_here(SOURCE + "MigrateSepaMandate", {**migration, "amendment": {}},
                          "amendment.sepa_creditor_identifier", "amendment.unique_mandate_reference")

        sources = self.ok(SOURCE + "ListPaymentSources", {"customer_no": number}).payment_sources
        self.assertEqual([(s.status, s.scheme, s.details.iban) for s in sources],
                         [("PENDING", "SEPA_DIRECT_DEBIT", IBAN)] * 2)
        self.assertEqual(sources[0].details.signed_at, created.signed_at)
        self.assertEqual(sources[1].details.reference, migrated.unique_mandate_reference)
        self.assert_service_called(SOURCE)

    def test_einvoice_registration(self):
        get, create = CUSTOMER + "GetEinvoiceRegistration", CUSTOMER + "CreateEinvoiceRegistration"
        number = self.create_customer().customer_no
        self.refused_upstream(get, {"customer_no": number}, "NOT_FOUND")
        self.refused_here(get, {}, "customer_no")
        made = self.ok(create, {"customer_no": number, "identifier": "198802276322.SBF.SE"})
        self.assertEqual((made.status, made.regional_sweden.identifier), ("registered", "198802276322.SBF.SE"))
        self.assertEqual(made.registered_at.ToDatetime().date(), day(0))
        # The same value has another name when it is read.
        self.assertEqual(self.ok(get, {"customer_no": number}).regional_sweden.fmi, "198802276322.SBF.SE")
        italian = self.create_customer().customer_no
        made = self.ok(create, {"customer_no": italian, "pec": "kund@example.com", "codice_destinatario": "ABC1234"})
        self.assertEqual(self.ok(get, {"customer_no": italian}).regional_italy, made.regional_italy)
        self.refused_upstream(create, {"customer_no": 999999, "identifier": "198802276322.SBF"}, "NOT_FOUND")
        self.refused_here(create, {"customer_no": number, "identifier": "1988.SBF"}, "identifier")
        self.refused_here(create, {"customer_no": number, "identifier": "198802276322.SBF", "pec": "a@example.com"})
        self.refused_here(create, {"customer_no": number})
        self.assert_all_called(get, create)


class CreditorTest(ResourceTest):

    def test_settings(self):
        read = self.ok(SETTINGS + "GetSettings")
        self.assertEqual(Decimal(read.invoices.default_interest_rate.value), Decimal("8.5"))
        self.refused_here(SETTINGS + "GetSettings", NEWER_FIELD)
        update = {"contact": {"email": "faktura@example.com"}, "invoices": {
            "default_invoice_fee": {"value": "29"}, "automatic_reminders": [{"delay_days": 7, "message": "Hej"}]}}
        mask = "contact.email,invoices.defaultInvoiceFee,invoices.automaticReminders"
        changed = self.ok(SETTINGS + "UpdateSettings", {"settings": update, "update_mask": mask})
        self.assertEqual((changed.contact.email, changed.contact.phone, changed.tax),
                         ("faktura@example.com", read.contact.phone, read.tax))
        self.assertEqual([(r.delay_days, r.message) for r in changed.invoices.automatic_reminders], [(7, "Hej")])
        self.assertEqual(self.ok(SETTINGS + "GetSettings"), changed)
        # They are the defaults of what is made from now on: the third row of the reference's table.
        billogram = self.create(row("300"), due_days=10)
        self.assert_sums(billogram, net_sum="329", total_sum="411")
        self.turn_clock(day(20))
        self.assertEqual(self.get(billogram).reminder_count, 1)

        fee = {"invoices": {"default_reminder_fee": {"value": "-1"}}}
        self.refused_upstream(SETTINGS + "UpdateSettings", {
            "settings": fee, "update_mask": "invoices.defaultReminderFee"}, "INVALID_PARAMETER",
            "settings.invoices.default_reminder_fee")
        self.refused_upstream(SETTINGS + "UpdateSettings", {
            "settings": {}, "update_mask": "payment.bankgiro"}, "INVALID_PARAMETER_COMBINATION", "settings.payment")
        self.refused_here(SETTINGS + "UpdateSettings", {"settings": {}, "update_mask": "contact"}, "settings.contact")
        self.sandbox.fault(path="/api/v2/settings", status=403, count=1,
                           body='{"status": "PERMISSION_DENIED", "data": {"message": "no"}}')
        error = self.refused_upstream(SETTINGS + "GetSettings", {}, "PERMISSION_DENIED")
        self.assertEqual(error.code.name, "PERMISSION_DENIED")
        self.assert_service_called(SETTINGS)

    def test_reminders_without_fee(self):
        changed = self.ok(SETTINGS + "UpdateSettings", {
            "settings": {"invoices": {"reminders_without_fee": [{"delay_days": 3}]}},
            "update_mask": "invoices.remindersWithoutFee"})
        self.assertEqual([r.delay_days for r in changed.invoices.reminders_without_fee], [3])
        billogram = self.create(row("100"), due_days=10, reminder_fee={"value": "60"})
        self.turn_clock(day(20))
        self.assert_state(self.get(billogram), "Reminder_1", remaining_sum="125")

    def test_a_new_name_is_to_be_confirmed(self):
        old = self.ok(SETTINGS + "GetSettings").name
        request = {"settings": {"name": "Nya Namnet AB"}, "update_mask": "name"}
        self.assertEqual(self.ok(SETTINGS + "UpdateSettings", request).name, old)
        self.sandbox.control("POST", "settings", {"account": "acme", "confirm": True})
        self.assertEqual(self.ok(SETTINGS + "GetSettings").name, "Nya Namnet AB")

    def test_reports(self):
        self.assertEqual(self.ok(REPORT + "ListReports").total_size, 0)
        self.create(row("100"))
        for kind in ("sie4", "debtors ledger journal"):
            self.sandbox.control("POST", "reports", {"account": "acme", "type": kind})
        listed = self.ok(REPORT + "ListReports", {
            "order": {"field": "filename", "direction": "ORDER_DIRECTION_DESC"}})
        self.assertEqual([r.type for r in listed.reports], ["sie4", "debtors ledger journal"])
        self.assertEqual(listed.reports[0].created_at.ToDatetime().date(), day(0))
        name = listed.reports[1].filename
        one = self.ok(REPORT + "ListReports", {"filter": {
            "type": "FILTER_TYPE_FIELD", "field": "filename", "value": name}})
        self.assertEqual([r.filename for r in one.reports], [name])
        self.refused_upstream(REPORT + "ListReports", {"order": {"field": "type"}}, "INVALID_QUERY_PARAMETER",
                              "order.field")
        self.refused_here(REPORT + "ListReports", {"page_token": "none"}, "page_token")
        self.assert_service_called(REPORT)

    def test_branding(self):
        for get, upload, delete in (("GetLogotype", "UploadLogotype", "DeleteLogotype"),
                                    (None, "UploadCoverPhoto", "DeleteCoverPhoto")):
            self.refused_upstream(BRANDING + delete, {}, "NOT_FOUND")
            self.refused_here(BRANDING + delete, NEWER_FIELD)
            if get:
                self.refused_upstream(BRANDING + get, {}, "NOT_FOUND")
                self.refused_here(BRANDING + get, NEWER_FIELD)
            image = self.ok(BRANDING + upload, {"content": text64(PICTURE), "file_type": "image/png"})
            self.assertEqual((image.content, image.file_type), (PICTURE, "image/png"))
            if get:
                self.assertEqual(self.ok(BRANDING + get), image)
            self.refused_upstream(BRANDING + upload, {"content": text64(PICTURE), "unmapped": {"size": "1"}},
                                  "UNKNOWN_PARAMETER", "size")
            self.refused_here(BRANDING + upload, {"file_type": "image/png"}, "content")
            self.ok(BRANDING + delete)
        self.assert_service_called(BRANDING)


class EventTest(ResourceTest):

    def test_events(self):
        method = BILLOGRAM + "ListBillogramEvents"
        billogram = self.create(row("100"))
        for text in ("ett", "två", "tre"):
            self.client.call(COMMAND + "Message", {"id": billogram.id, "message": text})
        first = self.ok(method, {"billogram_id": billogram.id, "page_size": 3})
        second = self.ok(method, {"billogram_id": billogram.id, "page_size": 3, "page_token": first.next_page_token})
        events = [*first.events, *second.events]
        self.assertEqual([e.type for e in events], ["BillogramCreated", "BillogramSent"] + ["CreditorMessage"] * 3)
        self.assertEqual([e.data.message for e in events[2:]], ["ett", "två", "tre"])
        self.assertEqual((first.total_size, second.next_page_token), (5, ""))
        self.assertEqual(len({e.event_uuid for e in events}), 5)
        self.turn_clock(day(1))
        self.client.call(COMMAND + "Message", {"id": billogram.id, "message": "fyra"})
        newest = self.ok(method, {"billogram_id": billogram.id, "page_size": 1, "order": {
            "field": "created_at", "direction": "ORDER_DIRECTION_DESC"}})
        self.assertEqual([e.data.message for e in newest.events], ["fyra"])
        # Nothing is known of what a billogram that is not there answers; the list is empty here.
        self.assertEqual(self.ok(method, {"billogram_id": "nosuch1"}).total_size, 0)
        self.refused_upstream(method, {"billogram_id": billogram.id, "order": {"field": "type"}},
                              "INVALID_QUERY_PARAMETER", "order.field")
        self.refused_here(method, {"page_size": -1}, "billogram_id", "page_size")
        self.assert_all_called(method)
