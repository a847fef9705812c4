"""The six workflows of Billogram's workflows guide, through the gateway, on the sandbox's clock.

Sums are worked out by hand from the reference: gross is net and VAT, an invoice in SEK is rounded to
whole kronor, paid_sum is negative. Where the reference leaves a state or a day open, so do the assertions.
"""

from decimal import Decimal

from harness import BILLOGRAM, COMMAND
from workflow import TODAY, WorkflowTest, as_date, date_fields, day, row

PAYMENT_SOURCE = "billogram.v2.PaymentSourceService/"
OPEN_STATES = {"Unpaid", "PartlyPaid", "Overdue", "Reminder_1", "Reminder_2", "Reminder_3", "Reminder_Many"}


class StandardFlowTest(WorkflowTest):

    def test_created_and_sent_in_one_step(self):
        billogram = self.create(row("300"), invoice_fee={"value": "29"}, due_days=30)
        self.assert_state(billogram, "Unpaid", net_sum="329", vat_sum="82.25", gross_sum="411.25",
                          rounding="-0.25", total_sum="411", remaining_sum="411", paid_sum="0")
        self.assertEqual(as_date(billogram.invoice_date), TODAY)
        self.assertEqual(as_date(billogram.due_date), day(30))
        self.assertTrue(billogram.HasField("attested_at"))
        self.assert_events(billogram, "BillogramCreated", "BillogramSent")
        created, sent = self.events(billogram)
        self.assertFalse(created.HasField("data"))
        self.assert_sums(sent.data, total_sum="411", remaining_sum="411")
        self.assertEqual(sent.data.invoice_no, billogram.invoice_no)
        self.assertEqual(sent.data.DESCRIPTOR.fields_by_name["delivery_method"].enum_type
                         .values_by_number[sent.data.delivery_method].name, "DELIVERY_METHOD_EMAIL")

        paid = self.recipient_pays(billogram, 411)
        self.assert_state(paid, "Paid", total_sum="411", remaining_sum="0", paid_sum="-411")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Payment", "BillogramEnded")
        payment, ended = self.events(billogram)[2:]
        self.assert_sums(payment.data, amount="411", remaining_sum="0", total_sum="411")
        self.assertEqual((payment.data.manual, payment.data.payer_name), (False, "Testkund AB"))
        self.assert_sums(ended.data, remaining_sum="0", total_sum="411")

    def test_nothing_is_created_where_sending_is_refused(self):
        customer_no = self.create_customer().customer_no
        error = self.fails(BILLOGRAM + "CreateBillogram", {
            "billogram": {"customer": {"customer_no": customer_no}, "items": [row("300")]},
            "on_success": {"command": "send", "method": "DELIVERY_METHOD_SMS"}})  # It has no telephone.
        self.assertEqual((error.code.name, error.reason), ("INVALID_ARGUMENT", "INVALID_PARAMETER"))
        self.assertEqual(list(self.violations(error)), ["on_success.method"])
        self.assertEqual(self.client.call(BILLOGRAM + "ListBillograms", {}).total_size, 0)

    def test_created_then_sent(self):
        first = self.create(row("10"))
        billogram = self.create(row("130", "2"), send=None, due_days=14)
        self.assert_state(billogram, "Unattested", net_sum="260", vat_sum="65", gross_sum="325", rounding="0",
                          total_sum="325")
        for name in ("invoice_no", "ocr_number", "attested_at"):
            self.assertFalse(billogram.HasField(name), name)
        self.assert_events(billogram, "BillogramCreated")
        for name, fields in {"Payment": {"amount": {"value": "1"}}, "Credit": {"mode": "CREDIT_MODE_FULL"},
                             "Remind": {}, "Respite": {"date": date_fields(day(90))}}.items():
            self.assertEqual(self.refused(name, billogram, **fields), "INVALID_OBJECT_STATE", name)

        # Until it is sent it can be changed: the second row of the reference's table.
        billogram = self.client.call(BILLOGRAM + "UpdateBillogram", {
            "id": billogram.id, "update_mask": "items",
            "billogram": {"items": [row("12", "5", "12"), row("12", "2", discount={"value": "1"})]}})
        self.assert_state(billogram, "Unattested", net_sum="83", vat_sum="12.95", gross_sum="95.95",
                          rounding="0.05", total_sum="96")

        billogram = self.command("Send", billogram, method="DELIVERY_METHOD_EMAIL")
        self.assert_state(billogram, "Unpaid", total_sum="96", remaining_sum="96")
        self.assertEqual(billogram.invoice_no, first.invoice_no + 1)
        self.assertNotEqual(billogram.ocr_number, first.ocr_number)
        self.assertEqual(self.refused("Send", billogram, method="DELIVERY_METHOD_EMAIL"), "INVALID_OBJECT_STATE")
        self.assertEqual(self.fails(BILLOGRAM + "DeleteBillogram", {"id": billogram.id}).reason,
                         "INVALID_OBJECT_STATE")

        billogram = self.command("Payment", billogram, amount={"value": "40.50"})
        self.assert_state(billogram, "PartlyPaid", remaining_sum="55.50", paid_sum="-40.50")
        billogram = self.command("Payment", billogram, amount={"value": "55.50"})
        self.assert_state(billogram, "Paid", remaining_sum="0", paid_sum="-96")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Payment", "Payment", "BillogramEnded")
        self.assertEqual([event.data.manual for event in self.events(billogram, "Payment")], [True, True])
        self.assertEqual(self.refused("Payment", billogram, amount={"value": "1"}), "INVALID_OBJECT_STATE")

    def test_sent_with_nothing_to_pay(self):
        billogram = self.create(row("0"))
        self.assert_state(billogram, "Ended", total_sum="0", remaining_sum="0")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "BillogramEnded")


class CreditTest(WorkflowTest):

    def credited(self, billogram):
        """The amounts of its credits, oldest first."""
        return [Decimal(event.data.amount.value) for event in self.events(billogram, "Credit")]

    def test_in_full(self):
        billogram = self.create(row("12", "5", "12"))
        self.assert_state(billogram, "Unpaid", gross_sum="67.2", rounding="-0.2", total_sum="67")
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_FULL")
        self.assert_state(billogram, "Credited", remaining_sum="0", paid_sum="0")
        self.assertEqual(abs(Decimal(billogram.detailed_sums.credited_sum.value)), 67)
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Credit", "BillogramEnded")
        credit, ended = self.events(billogram)[2:]
        self.assert_sums(credit.data, amount="67", remaining_sum="0")
        self.assert_sums(ended.data, remaining_sum="0")
        # A credit is an invoice of its own, with the next number.
        self.assertEqual(credit.data.invoice_no, billogram.invoice_no + 1)
        self.assertEqual(self.refused("Payment", billogram, amount={"value": "67"}), "INVALID_OBJECT_STATE")

    def test_by_items(self):
        billogram = self.create(row("100", "4"))
        self.assert_state(billogram, "Unpaid", total_sum="500")
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_ITEMS", items=[row("100", "-1")])
        self.assert_state(billogram, "Unpaid", remaining_sum="375")
        self.assertEqual(self.refused("Credit", billogram, mode="CREDIT_MODE_ITEMS", items=[row("100", "-4")]),
                         "INVALID_PARAMETER")
        error = self.fails(COMMAND + "Credit", {
            "id": billogram.id, "mode": "CREDIT_MODE_ITEMS", "items": [row("100", "-1"), row("100", "1")]})
        self.assertEqual((error.code.name, list(self.violations(error))), ("INVALID_ARGUMENT", ["items[1].count"]))
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_ITEMS",
                                 items=[row("100", "-2"), row("100", "-1")])
        self.assert_state(billogram, "Credited", remaining_sum="0")
        self.assertEqual(self.credited(billogram), [125, 375])
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Credit", "Credit", "BillogramEnded")

    def test_by_amount(self):
        billogram = self.create(row("100", "4"))
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_AMOUNT", amount={"value": "100.25"})
        self.assert_state(billogram, "Unpaid", remaining_sum="399.75")
        self.assertEqual(self.refused("Credit", billogram, mode="CREDIT_MODE_AMOUNT", amount={"value": "400"}),
                         "INVALID_PARAMETER")
        billogram = self.recipient_pays(billogram, "399.75")
        self.assert_state(billogram, "Paid", remaining_sum="0", paid_sum="-399.75")
        self.assertEqual(self.credited(billogram), [Decimal("100.25")])
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Credit", "Payment", "BillogramEnded")

    def test_what_is_unpaid(self):
        billogram = self.create(row("100", "4"))
        self.recipient_pays(billogram, 200)
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_REMAINING")
        self.assert_state(billogram, "Credited", remaining_sum="0", paid_sum="-200")
        self.assertEqual(self.credited(billogram), [300])

    def test_after_payment(self):
        billogram = self.create(row("100", "4"))
        self.recipient_pays(billogram, 500)
        billogram = self.command("Credit", billogram, mode="CREDIT_MODE_AMOUNT", amount={"value": "50"})
        self.assertEqual(billogram.state, "Paid")
        self.assertEqual(self.credited(billogram), [50])

    def test_mode_and_fields_that_do_not_fit(self):
        billogram = self.create(row("100"))
        for fields, field in (({"mode": "CREDIT_MODE_AMOUNT"}, "amount"),
                              ({"mode": "CREDIT_MODE_FULL", "amount": {"value": "1"}}, "amount"),
                              ({"mode": "CREDIT_MODE_ITEMS"}, "items"),
                              ({"mode": "CREDIT_MODE_AMOUNT", "amount": {"value": "-1"}}, "amount"),
                              ({}, "mode")):
            with self.subTest(fields):
                error = self.fails(COMMAND + "Credit", {"id": billogram.id, **fields})
                self.assertEqual((error.code.name, list(self.violations(error))), ("INVALID_ARGUMENT", [field]))
        self.assertEqual(self.sandbox.requests("/command/credit"), [])


class StandAloneCreditTest(WorkflowTest):

    def allocate(self, debit, credit, amount):
        return self.command("CreditAllocate", debit, source_id=credit.id, amount={"value": amount})

    def allocation_refused(self, debit, credit, amount):
        return self.refused("CreditAllocate", debit, source_id=credit.id, amount={"value": amount})

    def test_allocated_several_times_then_paid_out(self):
        customer_no = self.create_customer().customer_no
        credit = self.create(row("-400"), customer_no=customer_no, send="DELIVERY_METHOD_DO_NOT_NOTIFY")
        self.assert_sums(credit, net_sum="-400", vat_sum="-100", gross_sum="-500", total_sum="-500",
                         remaining_sum="-500")
        small = self.create(row("160"), customer_no=customer_no)
        large = self.create(row("320"), customer_no=customer_no)

        small = self.allocate(small, credit, "200")
        self.assert_state(small, "Credited", remaining_sum="0")
        self.assert_events(small, "BillogramCreated", "BillogramSent", "Credit", "BillogramEnded")
        self.assert_sums(self.get(credit), remaining_sum="-300")

        large = self.allocate(large, credit, "250")
        self.assert_state(large, "Unpaid", remaining_sum="150")
        self.assert_sums(self.events(large, "Credit")[0].data, amount="250", remaining_sum="150")
        self.assert_sums(self.get(credit), remaining_sum="-50")
        large = self.recipient_pays(large, 150)
        self.assert_state(large, "Paid", remaining_sum="0", paid_sum="-150")

        credit = self.command("CreditPayment", credit, mode="CREDIT_PAYMENT_MODE_AMOUNT", amount={"value": "20"})
        self.assert_sums(credit, remaining_sum="-30")
        credit = self.command("CreditPayment", credit, mode="CREDIT_PAYMENT_MODE_REMAINING")
        self.assert_sums(credit, remaining_sum="0", total_sum="-500")
        last = self.create(row("80"), customer_no=customer_no)
        self.assertEqual(self.allocation_refused(last, credit, "1"), "INVALID_OBJECT_STATE")

    def test_neither_more_than_is_left_nor_more_than_is_owed(self):
        customer_no = self.create_customer().customer_no
        credit = self.create(row("-80"), customer_no=customer_no, send="DELIVERY_METHOD_DO_NOT_NOTIFY")
        debit = self.create(row("40"), customer_no=customer_no)
        large = self.create(row("160"), customer_no=customer_no)
        self.assertEqual(self.allocation_refused(debit, credit, "50.01"), "INVALID_PARAMETER")
        self.assertEqual(self.allocation_refused(large, credit, "100.01"), "INVALID_PARAMETER")
        self.allocate(debit, credit, "50")
        self.assertEqual(self.allocation_refused(large, credit, "50.01"), "INVALID_PARAMETER")
        self.allocate(large, credit, "50")
        self.assert_state(self.get(large), "Unpaid", remaining_sum="150")

    def test_only_between_sent_billograms_of_one_customer(self):
        customer_no = self.create_customer().customer_no
        credit = self.create(row("-80"), customer_no=customer_no, send="DELIVERY_METHOD_DO_NOT_NOTIFY")
        other = self.create(row("40"))
        unsent = self.create(row("40"), customer_no=customer_no, send=None)
        debit = self.create(row("40"), customer_no=customer_no)
        self.assertEqual(self.allocation_refused(other, credit, "10"), "INVALID_PARAMETER")
        self.assertEqual(self.allocation_refused(unsent, credit, "10"), "INVALID_OBJECT_STATE")
        self.assertEqual(self.allocation_refused(debit, other, "10"), "INVALID_OBJECT_STATE")
        self.assert_sums(self.get(credit), remaining_sum="-100")
        error = self.fails(COMMAND + "CreditAllocate", {"id": debit.id, "amount": {"value": "0"}})
        self.assertEqual(set(self.violations(error)), {"amount", "source_id"})

    def test_must_be_switched_on(self):
        self.sandbox.control("POST", "features", {"account": "acme", "stand_alone_credits": False})
        customer_no = self.create_customer().customer_no
        error = self.fails(BILLOGRAM + "CreateBillogram", {
            "billogram": {"customer": {"customer_no": customer_no}, "items": [row("-80")]}})
        self.assertEqual(error.code.name, "PERMISSION_DENIED")


class RespiteTest(WorkflowTest):

    REMINDERS = [{"delay_days": 3, "message": "Påminnelse", "type": "STANDARD"}]

    def test_postpones_dunning(self):
        billogram = self.create(row("100"), due_days=10, automatic_reminders_settings=self.REMINDERS)
        for days in (9, 10):
            error = self.fails(COMMAND + "Respite", {"id": billogram.id, "date": date_fields(day(days))})
            self.assertEqual((error.reason, list(self.violations(error))), ("INVALID_PARAMETER", ["date"]))
        billogram = self.command("Respite", billogram, date=date_fields(day(30)))
        self.assert_state(billogram, "Unpaid", total_sum="125", remaining_sum="125")
        self.assertEqual((as_date(billogram.respite_date), as_date(billogram.due_date)), (day(30), day(10)))
        event = self.events(billogram, "Respite")[0]
        self.assertEqual(as_date(event.data.date), day(30))

        self.turn_clock(day(30), "23:00:00")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Respite")
        self.assertEqual(self.get(billogram).state, "Unpaid")
        self.turn_clock(day(31), "12:00:00")
        self.assert_state(self.get(billogram), "Overdue", remaining_sum="125")
        self.turn_clock(day(35))
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Respite", "Overdue", "ReminderSent")
        self.assertGreater(self.events(billogram, "ReminderSent")[0].created_at.ToDatetime().date(), day(31))

    def test_removed(self):
        billogram = self.create(row("100"), due_days=10)
        self.assertEqual(self.refused("RemoveRespite", billogram), "INVALID_OBJECT_STATE")
        self.command("Respite", billogram, date=date_fields(day(30)))
        billogram = self.command("RemoveRespite", billogram)
        self.assert_state(billogram, "Unpaid", remaining_sum="125")
        self.assertFalse(billogram.HasField("respite_date"))
        self.turn_clock(day(11), "12:00:00")
        self.assert_state(self.get(billogram), "Overdue", remaining_sum="125")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Respite", "RespiteRemoved", "Overdue")

    def test_refused(self):
        paid = self.create(row("100"), due_days=10)
        self.recipient_pays(paid, 125)
        for billogram in (paid, self.create(row("100"), send=None)):
            self.assertEqual(self.refused("Respite", billogram, date=date_fields(day(60))), "INVALID_OBJECT_STATE")
        error = self.fails(COMMAND + "Respite", {"id": paid.id, "date": {"year": 2031, "month": 2, "day": 30}})
        self.assertEqual((error.code.name, list(self.violations(error))), ("INVALID_ARGUMENT", ["date"]))


class DunningTest(WorkflowTest):

    def test_overdue_and_reminded(self):
        reminders = [{"delay_days": 5, "message": "Första", "type": "STANDARD"},
                     {"delay_days": 15, "message": "Andra", "type": "STANDARD"}]
        billogram = self.create(row("300"), invoice_fee={"value": "29"}, reminder_fee={"value": "60"}, due_days=30,
                                automatic_reminders_settings=reminders)
        self.turn_clock(day(30), "23:00:00")
        self.assert_state(self.get(billogram), "Unpaid", remaining_sum="411")
        self.turn_clock(day(31), "12:00:00")
        self.assert_state(self.get(billogram), "Overdue", remaining_sum="411")
        self.assert_sums(self.events(billogram, "Overdue")[0].data, remaining_sum="411", total_sum="411")

        self.turn_clock(day(37))
        billogram = self.get(billogram)
        self.assert_state(billogram, "Reminder_1", remaining_sum="471", reminder_fee="60", total_sum="411")
        self.turn_clock(day(47))
        billogram = self.get(billogram)
        self.assert_state(billogram, "Reminder_2", remaining_sum="531")
        self.assertEqual(billogram.reminder_count, 2)
        sent = self.events(billogram, "ReminderSent")
        self.assertEqual([(e.data.message, e.data.reminder_count, Decimal(e.data.reminder_fee.value),
                           Decimal(e.data.remaining_sum.value)) for e in sent],
                         [("Första", 1, 60, 471), ("Andra", 2, 60, 531)])

        billogram = self.command("Remind", billogram, method="DELIVERY_METHOD_EMAIL", message="Tredje")
        self.assert_state(billogram, "Reminder_3", remaining_sum="591")
        self.assertEqual(self.refused("Remind", billogram), "INVALID_OBJECT_STATE")  # One a day.
        self.turn_clock(day(48))
        billogram = self.command("Remind", billogram)
        self.assert_state(billogram, "Reminder_Many", remaining_sum="651")

        billogram = self.command("Writeoff", billogram)
        self.assert_sums(billogram, remaining_sum="411")
        billogram = self.recipient_pays(billogram, 411)
        self.assert_state(billogram, "Paid", remaining_sum="0", paid_sum="-411")
        self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Overdue", *["ReminderSent"] * 4,
                           "Writeoff", "Payment", "BillogramEnded")
        self.turn_clock(day(400))
        self.assertEqual(len(self.events(billogram)), 10)  # What is paid is left in peace.

    def test_no_reminders_where_they_are_off(self):
        rule = [{"delay_days": 5, "message": "Påminnelse", "type": "STANDARD"}]
        off = self.create(row("100"), due_days=10, automatic_reminders_settings=rule, automatic_reminders=False)
        # An empty list forces them off.
        empty = self.create(row("100"), due_days=10, automatic_reminders_settings=rule, send=None)
        self.assertTrue(empty.automatic_reminders)
        empty = self.client.call(BILLOGRAM + "UpdateBillogram", {
            "id": empty.id, "billogram": {}, "update_mask": "automaticRemindersSettings"})
        self.assertFalse(empty.automatic_reminders)
        self.command("Send", empty, method="DELIVERY_METHOD_EMAIL")
        self.turn_clock(day(200))
        for billogram in (off, empty):
            self.assert_state(self.get(billogram), "Overdue", remaining_sum="125")
            self.assert_events(billogram, "BillogramCreated", "BillogramSent", "Overdue")

    def test_lists_tell_who_owes(self):
        late = self.create(row("100"), due_days=10)
        self.create(row("200"), due_days=90)
        self.recipient_pays(self.create(row("400"), due_days=10), 500)
        self.turn_clock(day(20))
        answer = self.client.call(BILLOGRAM + "ListBillograms", {
            "filter": {"type": "FILTER_TYPE_FIELD", "field": "state", "value": "Overdue,Reminder_1"}})
        self.assertEqual([b.id for b in answer.billograms], [late.id])
        self.assertEqual(Decimal(answer.total_remaining_sum.value), 125)
        answer = self.client.call(BILLOGRAM + "ListBillograms", {})
        self.assertEqual((answer.total_size, Decimal(answer.total_remaining_sum.value)), (3, 375))

    def test_handed_to_collection(self):
        rule = {"delay_days": 10, "amount": {"value": "100"}}
        billogram = self.create(row("100"), due_days=10, automatic_reminders=False, automatic_collection=rule)
        small = self.create(row("40"), due_days=10, automatic_reminders=False, automatic_collection=rule)
        self.turn_clock(day(25))
        billogram = self.get(billogram)
        self.assertIn(billogram.state, ("Collecting", "Collection"))
        self.assertEqual(len(self.events(billogram, "Collection")), 1)
        self.assertEqual(self.refused("Remind", billogram), "INVALID_OBJECT_STATE")
        self.assertEqual(self.get(small).state, "Overdue")
        self.assertIn(self.command("Collect", small).state, ("Collecting", "Collection"))
        self.sandbox.control("POST", "features", {"account": "acme", "collection": False})
        late = self.create(row("100"))
        self.assertEqual(self.fails(COMMAND + "Collect", {"id": late.id}).code.name, "PERMISSION_DENIED")


class RecallTest(WorkflowTest):

    def recall(self, *payables):
        named = [{"billogram_id": billogram.id, **({"amount": amount} if amount else {})}
                 for billogram, amount in payables]
        return self.sandbox.control("POST", "recalls", {"payables": named, "code": "MD06"})

    def test_one_recall_of_two_billograms(self):
        customer_no = self.create_customer().customer_no
        self.client.call(PAYMENT_SOURCE + "CreateSepaMandate", {"sepa_mandate": {
            "customer_no": customer_no, "iban": "SE4550000000058398257466", "signed_at": "2031-02-01T08:00:00Z"}})
        early = self.create(row("160"), customer_no=customer_no, due_days=5)
        late = self.create(row("240"), customer_no=customer_no, due_days=60)
        for billogram, amount in ((early, 200), (late, 300)):
            self.assert_state(self.recipient_pays(billogram, amount), "Paid", remaining_sum="0")

        self.turn_clock(day(20))
        told = self.recall((early, None), (late, None))
        self.assertEqual(Decimal(str(told["total_amount"])), 500)
        self.assertEqual(told["payment_schema"]["code"], "SEPA_DIRECT_DEBIT")
        self.assertEqual(told["executed_on"], day(20).isoformat())
        self.assertEqual([payable["billogram"]["id"] for payable in told["payables"]], [early.id, late.id])
        # The one is past its due date, the other is not.
        for billogram, state, amount in ((early, "Overdue", 200), (late, "Unpaid", 300)):
            self.assert_state(self.get(billogram), state, remaining_sum=amount, paid_sum="0", total_sum=amount)
            self.assert_events(
                billogram, "BillogramCreated", "BillogramSent", "Payment", "BillogramEnded", "PaymentRecalled")
            recalled = self.events(billogram, "PaymentRecalled")[0]
            self.assert_sums(recalled.data, recalled_amount=amount)
            self.assertEqual(list(recalled.data.related_payment_event_uuids),
                             [self.events(billogram, "Payment")[0].event_uuid])

        early = self.recipient_pays(early, 200)
        self.assert_state(early, "Paid", remaining_sum="0", paid_sum="-200")
        self.assertEqual([e.type for e in self.events(early)][-3:], ["PaymentRecalled", "Payment", "BillogramEnded"])
        self.turn_clock(day(62))
        self.assert_state(self.get(late), "Overdue", remaining_sum="300")

    def test_part_of_what_was_paid(self):
        billogram = self.create(row("160"))
        self.recipient_pays(billogram, 150)
        self.recipient_pays(billogram, 50)
        self.recall((billogram, 50))
        billogram = self.get(billogram)
        self.assertIn(billogram.state, OPEN_STATES)
        self.assert_sums(billogram, remaining_sum="50", paid_sum="-150", total_sum="200")
        payments = self.events(billogram, "Payment")
        recalled = self.events(billogram, "PaymentRecalled")[0]
        self.assertEqual(list(recalled.data.related_payment_event_uuids), [payments[1].event_uuid])
        self.assert_state(self.command("Payment", billogram, amount={"value": "50"}), "Paid", remaining_sum="0")
