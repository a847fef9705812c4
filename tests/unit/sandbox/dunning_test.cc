#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;
using ::testing::EndsWith;
using ::testing::HasSubstr;

class DunningTest : public SandboxTest {
 protected:
  // The state, and the events with their days: "Overdue@03-11".
  std::string DaysOf(std::string_view id, std::string_view type) {
    std::string days;
    const Json billogram = Get(absl::StrCat("billogram/", ToAbsl(id))).data();
    for (const Json& event : billogram.Find("events")->elements()) {
      if (event.Text("type") != type) continue;
      absl::StrAppend(&days, days.empty() ? "" : ",", Field(event, "created_at").substr(5, 11));
    }
    return days;
  }
  Reply On(std::string_view control, std::string_view id, std::string_view more) {
    return Control("POST", control,
                   absl::StrCat(R"({"billogram_id": ")", ToAbsl(id), R"(", )", ToAbsl(more), "}"));
  }
  // In collection, with 100 SEK to pay.
  std::string AddCollected() {
    const std::string id = AddSent();
    Command(id, "collect");
    Advance("1d");
    EXPECT_EQ(StateOf(id), "Collection");
    return id;
  }
};

constexpr char kDue10[] = R"("due_date": "2026-03-10")";

TEST_F(DunningTest, AccountsRemindersFollowTheDueDate) {
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 15},
      {"delay_days": "5", "message": "Please"}],
      "reminders_without_fee": [{"delay_days": 1}]}})");
  const std::string id = AddSent(kDue10);
  const std::string none = AddSent(R"("due_date": "2026-03-10", "automatic_reminders": false)");
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "automatic_reminders"), "true");
  Advance("60d");
  EXPECT_EQ(EventsOf(id),
            "BillogramCreated,BillogramSent,Overdue,ReminderSent,ReminderSent,ReminderSent");
  EXPECT_EQ(DaysOf(id, "Overdue"), "03-11 00:00");
  EXPECT_EQ(DaysOf(id, "ReminderSent"), "03-11 00:00,03-15 00:00,03-25 00:00");
  const Json reminded = Get("billogram/" + id).data();
  EXPECT_EQ(Field(reminded, "state"), "Reminder_3");
  EXPECT_EQ(Field(reminded, "reminder_count"), "3");
  // The first has no fee.
  EXPECT_EQ(Field(reminded, "remaining_sum"), "220");
  EXPECT_EQ(Field(reminded.Find("events")->elements()[4], "data:message"), "Please");
  EXPECT_EQ(StateOf(none), "Overdue");
}

TEST_F(DunningTest, RemindersWithoutFeeAloneAreRemindersToo) {
  Put("settings", R"({"invoices": {"reminders_without_fee": [{"delay_days": 3}]}})");
  const std::string id = AddSent(kDue10);
  Advance("30d");
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent,Overdue,ReminderSent");
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "remaining_sum"), "100");
}

TEST_F(DunningTest, OwnRemindersReplaceTheAccounts) {
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 1}]}})");
  const std::string own = AddSent(R"("due_date": "2026-03-10",
      "automatic_reminders_settings": [{"delay_days": 20, "message": "Own"}])");
  const std::string off =
      AddSent(R"("due_date": "2026-03-10", "automatic_reminders_settings": [])");
  EXPECT_EQ(Field(Get("billogram/" + own).data(), "automatic_reminders"), "true");
  EXPECT_EQ(Field(Get("billogram/" + off).data(), "automatic_reminders"), "false");
  Advance("60d");
  EXPECT_EQ(DaysOf(own, "ReminderSent"), "03-30 00:00");
  EXPECT_EQ(DaysOf(off, "ReminderSent"), "");
}

TEST_F(DunningTest, RemindersStopWhenPaidAndWaitForRespite) {
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 5},
                                                           {"delay_days": 10}]}})");
  const std::string paid = AddSent(kDue10);
  const std::string respite = AddSent(kDue10);
  Command(respite, "respite", R"({"date": "2026-04-10"})");
  Control("POST", "clock", R"({"set": "2026-03-16"})");
  EXPECT_EQ(StateOf(paid), "Reminder_1");
  Command(paid, "payment", R"({"amount": 160})");
  Advance("90d");
  EXPECT_EQ(DaysOf(paid, "ReminderSent"), "03-15 00:00");
  EXPECT_EQ(StateOf(paid), "Paid");
  EXPECT_EQ(DaysOf(respite, "ReminderSent"), "04-15 00:00,04-20 00:00");
}

TEST_F(DunningTest, RulesHoldRemindersBack) {
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 5}],
      "automatic_reminders_minimum_principal_sum": 50,
      "use_automatic_reminders_partly_paid": false}})");
  const std::string partly = AddSent(kDue10);
  Command(partly, "payment", R"({"amount": 1})");
  const std::string small = AddSent(kDue10);
  Command(small, "credit", R"({"mode": "amount", "amount": 60})");
  const std::string large = AddSent(kDue10);
  Advance("60d");
  EXPECT_EQ(DaysOf(partly, "ReminderSent"), "");
  EXPECT_EQ(DaysOf(small, "ReminderSent"), "");
  EXPECT_EQ(DaysOf(large, "ReminderSent"), "03-15 00:00");
}

TEST_F(DunningTest, OneReminderADayByTheClockToo) {
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 5}]}})");
  const std::string id = AddSent(kDue10);
  Control("POST", "clock", R"({"set": "2026-03-14 23:59:59"})");
  Command(id, "remind");
  Advance("2s");
  EXPECT_EQ(DaysOf(id, "ReminderSent"), "03-14 23:59,03-15 00:00");
  EXPECT_EQ(Command(id, "remind").code(), "INVALID_OBJECT_STATE");
}

TEST_F(DunningTest, DelaysMayFollowThePreviousReminder) {
  Control("POST", "features", R"({"reminders_after_previous": true})");
  Put("settings", R"({"invoices": {"automatic_reminders": [{"delay_days": 5},
                                                           {"delay_days": 10}]}})");
  const std::string id = AddSent(kDue10);
  Advance("60d");
  EXPECT_EQ(DaysOf(id, "ReminderSent"), "03-15 00:00,03-25 00:00");
}

TEST_F(DunningTest, AutomaticCollectionFollowsTheLastReminder) {
  const std::string id = AddSent(R"("due_date": "2026-03-10",
      "automatic_reminders_settings": [{"delay_days": 5}],
      "automatic_collection": {"delay_days": 7, "amount": 100})");
  const std::string small = AddSent(R"("due_date": "2026-03-10",
      "automatic_collection": {"delay_days": 7, "amount": 100.5})");
  Put("settings", R"({"invoices": {"automatic_collection": {"delay_days": 3}}})");
  const std::string by_account = AddSent(kDue10);
  const std::string not_by_account = AddSent(R"("due_date": "2026-03-10",
      "automatic_collection": {"use_default_settings": false})");
  Advance("60d");
  EXPECT_EQ(DaysOf(id, "Collection"), "03-22 00:00");
  EXPECT_EQ(StateOf(id), "Collection");
  EXPECT_EQ(DaysOf(id, "CollectionStatusUpdate"), "03-23 00:00");
  EXPECT_EQ(StateOf(small), "Overdue");
  EXPECT_EQ(DaysOf(by_account, "Collection"), "03-13 00:00");
  EXPECT_EQ(StateOf(not_by_account), "Overdue");
}

TEST_F(DunningTest, WithoutAgreementNothingIsCollected) {
  Control("POST", "features", R"({"collection": false})");
  const std::string id =
      AddSent(R"("due_date": "2026-03-10", "automatic_collection": {"delay_days": 7})");
  Advance("60d");
  EXPECT_EQ(StateOf(id), "Overdue");
}

TEST_F(DunningTest, CollectorReports) {
  const std::string paid = AddCollected();
  Json shown = On("collections", paid, R"("event": "CollectorPayment", "amount": 40)").data();
  EXPECT_EQ(Field(shown, "detailed_sums:collector_paid_sum"), "40");
  EXPECT_EQ(Field(shown, "remaining_sum"), "60");
  EXPECT_EQ(Field(shown, "state"), "Collection");
  EXPECT_THAT(Field(shown, "flags"), HasSubstr("paid on collection"));
  shown = On("collections", paid, R"("event": "CollectorPayment", "amount": 60)").data();
  EXPECT_EQ(Field(shown, "state"), "CollectorEnded");
  EXPECT_THAT(EventsOf(paid), EndsWith("CollectorPayment,CollectionEnded,BillogramEnded"));

  const std::string cancelled = AddCollected();
  shown = On("collections", cancelled, R"("event": "CollectionCancelled")").data();
  EXPECT_EQ(Field(shown, "state"), "Unpaid");
  EXPECT_EQ(On("collections", cancelled, R"("event": "CollectionEnded")").code(),
            "INVALID_OBJECT_STATE");
  const std::string ended = AddCollected();
  EXPECT_EQ(Field(On("collections", ended, R"("event": "CollectionEnded")").data(), "state"),
            "CollectorEnded");
  const std::string open = AddCollected();
  for (const char* bad : {R"("event": "Payment")", R"("event": "CollectorPayment")",
                          R"("event": "CollectorPayment", "amount": 101)", R"("x": 1)"}) {
    EXPECT_EQ(On("collections", open, bad).status, 400) << bad;
  }
}

TEST_F(DunningTest, LettersFollowUnopenedEmail) {
  const std::string id = AddBillogram();
  Command(id, "send", R"({"method": "Email+Letter"})");
  const std::string opened = AddBillogram();
  Command(opened, "send", R"({"method": "Email+Letter"})");
  ASSERT_EQ(On("deliveries", opened, R"("event": "DeliveryAccepted")").status, 200);
  Advance("47h");
  EXPECT_EQ(DaysOf(id, "LetterSent"), "");
  Advance("1h");
  EXPECT_EQ(DaysOf(id, "LetterSent"), "03-03 12:00");
  const Json events = *Get("billogram/" + id).data().Find("events");
  EXPECT_EQ(Field(events.elements()[2], "data:letter_id"),
            Field(events.elements()[1], "data:letter_id"));
  EXPECT_EQ(EventsOf(opened), "BillogramCreated,BillogramSent,DeliveryAccepted");
}

TEST_F(DunningTest, RecipientsWriteAndDeliveriesFail) {
  const std::string id = AddSent();
  const Json written = On("messages", id, R"("message": "Why?")").data();
  EXPECT_THAT(Field(written, "flags"), HasSubstr("new message"));
  EXPECT_EQ(Field(written.Find("events")->elements()[2], "data"), R"({"message": "Why?"})");
  EXPECT_EQ(Field(Command(id, "message", R"({"message": "So"})").data(), "flags"), "[]");
  const Json failed = On("deliveries", id, R"("event": "DeliveryFailed", "message": "no")").data();
  EXPECT_THAT(Field(failed, "flags"), HasSubstr("delivery failed"));
  EXPECT_EQ(On("deliveries", id, R"("event": "Overdue")").code(), "INVALID_PARAMETER");
  EXPECT_EQ(On("messages", id, R"("message": "")").code(), "INVALID_PARAMETER");
  EXPECT_EQ(On("messages", AddBillogram(), R"("message": "x")").code(), "INVALID_OBJECT_STATE");
  EXPECT_EQ(On("messages", "none", R"("message": "x")").code(), "NOT_FOUND");
}

TEST_F(DunningTest, InterestAccruesWhereItIsSwitchedOn) {
  Control("POST", "features", R"({"interest": true})");
  const std::string id = AddSent(R"("due_date": "2026-03-10", "interest_rate": 36.5)");
  Control("POST", "clock", R"({"set": "2026-03-21"})");
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent,Overdue,InterestStarted");
  // A tenth of a percent of 100 SEK a day, from 11 March on, when the reminder is sent.
  const Json reminded = Command(id, "remind").data();
  EXPECT_EQ(Field(reminded, "interest_fee"), "1");
  EXPECT_EQ(Field(reminded, "remaining_sum"), "161");
  Advance("10d");
  EXPECT_EQ(Field(Command(id, "payment", R"({"amount": 162})").data(), "state"), "Paid");
}

TEST_F(DunningTest, InterestAccruesOnWhatIsPartlyPaid) {
  Control("POST", "features", R"({"interest": true})");
  const std::string id = AddSent(R"("due_days": 1, "interest_rate": 36.5)");
  Command(id, "payment", R"({"amount": 20})");
  const std::string reminded = AddSent(R"("due_days": 1, "interest_rate": 36.5)");
  Command(reminded, "remind");
  Control("POST", "clock", R"({"set": "2026-03-13"})");
  // "Overdue" is the state of what nothing was paid of (the reference, 5.1).
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent,Payment,Overdue,InterestStarted");
  EXPECT_EQ(DaysOf(id, "Overdue"), "03-03 00:00");
  EXPECT_EQ(StateOf(id), "PartlyPaid");
  EXPECT_EQ(Field(Command(id, "remind").data(), "interest_fee"), "0.8");
  EXPECT_EQ(EventsOf(reminded),
            "BillogramCreated,BillogramSent,ReminderSent,Overdue,InterestStarted");
  EXPECT_EQ(Field(Command(reminded, "remind").data(), "interest_fee"), "1");
}

// What the principal was, day by day, is what interest is charged on.
TEST_F(DunningTest, InterestOutlivesWhatLessensTheDebt) {
  Control("POST", "features", R"({"interest": true})");
  const char terms[] = R"("due_date": "2026-03-10", "interest_rate": 36.5)";
  const std::string credited = AddSent(terms);
  const std::string changed = AddSent(terms);
  const std::string allocated = AddSent(terms);
  const std::string collected = AddSent(terms);
  const std::string full = AddSent(terms);
  const std::string small = Field(
      Post("billogram", R"({"customer": {"customer_no": 1}, "items": [{"title": "a", "count": 1,
          "price": -90, "vat": 0, "unit": "unit"}],
          "on_success": {"command": "send", "method": "Email"}})")
          .data(),
      "id");
  Control("POST", "clock", R"({"set": "2026-03-19 12:00:00"})");
  Command(collected, "collect");
  Control("POST", "clock", R"({"set": "2026-03-21"})");
  ASSERT_EQ(Command(credited, "credit", R"({"mode": "amount", "amount": 90})").status, 200);
  ASSERT_EQ(Put("billogram/" + changed, R"({"items": [{"title": "a", "count": 1, "price": 10,
      "vat": 0, "unit": "unit"}], "interest_rate": 0})")
                .status,
            200);
  ASSERT_EQ(Command(allocated, "credit-allocate",
                    absl::StrCat(R"({"amount": 90, "source_id": ")", small, R"("})"))
                .status,
            200);
  ASSERT_EQ(On("collections", collected, R"("event": "CollectorPayment", "amount": 90)").status,
            200);
  for (const std::string& id : {credited, changed, allocated, collected}) {
    const Json shown = Get("billogram/" + id).data();
    EXPECT_EQ(Field(shown, "interest_fee"), "1") << Field(shown, "state");
    EXPECT_EQ(Field(shown, "remaining_sum"), "11") << Field(shown, "state");
  }
  const Json gone = Command(full, "credit", R"({"mode": "full"})").data();
  EXPECT_EQ(Field(gone, "state"), "Credited");
  EXPECT_EQ(Field(gone, "detailed_sums:credited_sum"), "-101");
  // Another hundred days, on the 10 that are left; nothing on what has ended.
  Advance("100d");
  EXPECT_EQ(Field(Command(credited, "remind").data(), "interest_fee"), "2");
  EXPECT_EQ(Field(Command(changed, "remind").data(), "interest_fee"), "1");
  EXPECT_EQ(
      Field(On("collections", collected, R"("event": "CollectorPayment", "amount": 12)").data(),
            "state"),
      "CollectorEnded");
}

TEST_F(DunningTest, ARefusedCreditChargesNoInterest) {
  Control("POST", "features", R"({"interest": true})");
  const std::string id = AddSent(R"("due_date": "2026-03-10", "interest_rate": 36.5)");
  Control("POST", "clock", R"({"set": "2026-03-21"})");
  const std::string before = Get("billogram/" + id).text;
  EXPECT_EQ(Command(id, "credit", R"({"mode": "amount", "amount": 101.01})").status, 400);
  EXPECT_EQ(Command(id, "credit", R"({"mode": "half"})").status, 400);
  EXPECT_EQ(Get("billogram/" + id).text, before);
  EXPECT_EQ(Field(Command(id, "credit", R"({"mode": "amount", "amount": 101})").data(), "state"),
            "Credited");
}

TEST_F(DunningTest, RecallLeavesTheCollectorsMoney) {
  const std::string id = AddCollected();
  On("collections", id, R"("event": "CollectorPayment", "amount": 40)");
  ASSERT_EQ(Field(On("payments", id, R"("amount": 60)").data(), "state"), "Paid");
  const auto recall = [&](std::string_view more) {
    return Control(
        "POST", "recalls",
        absl::StrCat(R"({"payables": [{"billogram_id": ")", id, R"(")", ToAbsl(more), "}]}"));
  };
  EXPECT_EQ(recall(R"(, "amount": 60.01)").code(), "INVALID_PARAMETER");
  EXPECT_EQ(Field(recall("").data(), "total_amount"), "60");
  const Json shown = Get("billogram/" + id).data();
  EXPECT_EQ(Field(shown, "detailed_sums:paid_sum"), "0");
  EXPECT_EQ(Field(shown, "detailed_sums:collector_paid_sum"), "40");
  EXPECT_EQ(Field(shown, "remaining_sum"), "60");
  EXPECT_EQ(recall("").status, 400);
}

TEST_F(DunningTest, EachRecallNamesItsOwnPayment) {
  const std::string id = AddSent();
  On("payments", id, R"("amount": 50)");
  On("payments", id, R"("amount": 50)");
  const auto recalled = [&](const char* amount) {
    const Reply reply = Control(
        "POST", "recalls",
        absl::StrCat(R"({"payables": [{"billogram_id": ")", id, R"(", "amount": )", amount, "}]}"));
    const Json& payable = reply.data().Find("payables")->elements()[0];
    return Field(payable, "billogram:event:data:related_payment_event_uuids");
  };
  const auto uuids = [&](const std::vector<size_t>& places) {
    const Json shown = Get("billogram/" + id).data();
    Json all = Json::MakeArray();
    for (size_t place : places) {
      all.Append(*shown.Find("events")->elements()[place].Find("event_uuid"));
    }
    return all.ToString();
  };
  // Created, sent, two payments, ended.
  EXPECT_EQ(recalled("50"), uuids({3}));
  On("payments", id, R"("amount": 30)");
  EXPECT_EQ(recalled("20"), uuids({6}));
  EXPECT_EQ(recalled("50"), uuids({6, 2}));
  EXPECT_EQ(recalled("10"), uuids({2}));
}

TEST_F(DunningTest, RecallReopens) {
  const std::string id = AddSent(kDue10);
  On("payments", id, R"("amount": 100)");
  ASSERT_EQ(StateOf(id), "Paid");
  Advance("20d");
  const Reply recalled =
      Control("POST", "recalls",
              absl::StrCat(R"({"payables": [{"billogram_id": ")", id, R"(", "amount": 100}]})"));
  ASSERT_EQ(recalled.status, 200) << recalled.text;
  // The reference, 6.3.
  EXPECT_EQ(Field(recalled.data(), "executed_on"), "2026-03-21");
  EXPECT_EQ(Field(recalled.data(), "payment_schema:code"), "SEPA_DIRECT_DEBIT");
  EXPECT_EQ(Field(recalled.data(), "total_amount"), "100");
  EXPECT_EQ(Field(recalled.data(), "raw_details:payment_schema:sepa:r_transaction:code"), "MD06");
  const Json& payable = recalled.data().Find("payables")->elements()[0];
  EXPECT_EQ(Field(payable, "type"), "Billogram");
  EXPECT_EQ(Field(payable, "billogram:remaining_amount"), "100");
  EXPECT_EQ(Field(payable, "billogram:event:type"), "PaymentRecalled");
  const Json billogram = Get("billogram/" + id).data();
  EXPECT_EQ(Field(billogram, "state"), "Overdue");
  EXPECT_EQ(Field(billogram, "remaining_sum"), "100");
  EXPECT_THAT(EventsOf(id), EndsWith("Payment,BillogramEnded,PaymentRecalled"));
  EXPECT_EQ(
      Field(payable, "billogram:event:data:related_payment_event_uuids"),
      absl::StrCat("[\"", Field(billogram.Find("events")->elements()[2], "event_uuid"), "\"]"));
}

TEST_F(DunningTest, OneRecallCoversSeveralOrNone) {
  const std::string first = AddSent();
  const std::string second = AddSent();
  On("payments", first, R"("amount": 100)");
  On("payments", second, R"("amount": 30)");
  const auto body = [&](std::string_view amount) {
    return absl::StrCat(R"({"payables": [{"billogram_id": ")", first,
                        R"(", "amount": 40}, {"billogram_id": ")", second, R"(", "amount": )",
                        ToAbsl(amount), "}]}");
  };
  const Reply refused = Control("POST", "recalls", body("31"));
  EXPECT_EQ(Field(refused.data(), "field_path"), "payables[1]:amount");
  EXPECT_EQ(StateOf(first), "Paid");
  const Reply recalled = Control("POST", "recalls", body("30"));
  EXPECT_EQ(Field(recalled.data(), "total_amount"), "70");
  EXPECT_EQ(StateOf(first), "PartlyPaid");
  EXPECT_EQ(StateOf(second), "Unpaid");
  for (const char* bad : {"{}", R"({"payables": []})", R"({"payables": [{}]})",
                          R"({"payables": [1]})", R"({"payables": {}})"}) {
    EXPECT_EQ(Control("POST", "recalls", bad).status, 400) << bad;
  }
  EXPECT_EQ(Control("POST", "recalls",
                    absl::StrCat(R"({"payables": [{"billogram_id": ")", AddSent(), R"("}]})"))
                .status,
            400);
}

}  // namespace
}  // namespace billing::sandbox
