#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

// A row of the reference's table 5.3: what triggers it, and where it leads with which events.
struct Transition {
  const char* name;
  const char* more;   // of the billogram that it begins with
  bool sent;          // or still a draft
  const char* steps;  // commands with their bodies, controls after '/', clock spans after '+',
                      // or an update after '='
  const char* state;
  const char* events;  // after those of creation and sending
};

class TransitionTest : public SandboxTest, public ::testing::WithParamInterface<Transition> {
 protected:
  void Run(const std::string& id, std::string_view steps) {
    while (!steps.empty()) {
      const std::string_view step = steps.substr(0, steps.find('|'));
      steps.remove_prefix(std::min(steps.size(), step.size() + 1));
      const std::string name(step.substr(0, step.find(' ')));
      std::string body(step.size() > name.size() ? step.substr(name.size() + 1) : "{}");
      if (name[0] == '+') {
        Advance(name.substr(1));
        continue;
      }
      if (const size_t at = body.find("$ID"); at != std::string::npos) body.replace(at, 3, id);
      const Reply reply = name[0] == '/'   ? Control("POST", name.substr(1), body)
                          : name[0] == '=' ? Put("billogram/" + id, body)
                                           : Command(id, name, body);
      EXPECT_EQ(reply.status, 200) << name << reply.text;
    }
  }
};

TEST_P(TransitionTest, IsAsDocumented) {
  const Transition& row = GetParam();
  if (std::string_view(row.name) == "InterestStarts") {
    Control("POST", "features", R"({"interest": true})");
  }
  const std::string id = row.sent ? AddSent(row.more) : AddBillogram(row.more);
  Run(id, row.steps);
  EXPECT_EQ(StateOf(id), row.state);
  EXPECT_EQ(EventsOf(id), absl::StrCat("BillogramCreated", row.sent ? ",BillogramSent" : "",
                                       *row.events == '\0' ? "" : ",", row.events));
}

INSTANTIATE_TEST_SUITE_P(
    Section53, TransitionTest,
    ::testing::Values(
        Transition{"Create", "", false, "", "Unattested", ""},
        Transition{"CreateAndSend", "", true, "", "Unpaid", ""},
        Transition{"Send", "", false, R"(send {"method": "Email"})", "Unpaid", "BillogramSent"},
        Transition{"LaterDelivery", "", false, R"(send {"method": "Letter"}|+2d)", "Unpaid",
                   "BillogramSent,LetterSent"},
        Transition{"ZeroTotal", "", false,
                   R"(= {"items": [{"title": "Gift", "count": 1, "price": 0, "vat": 0,
                       "unit": "unit"}]}|send {"method": "Email"})",
                   "Ended", "BillogramSent,BillogramEnded"},
        Transition{"PartPayment", "", true, R"(payment {"amount": 1})", "PartlyPaid", "Payment"},
        Transition{"RestPayment", "", true, R"(payment {"amount": 1}|payment {"amount": 99})",
                   "Paid", "Payment,Payment,BillogramEnded"},
        Transition{"PartCredit", "", true, R"(credit {"mode": "amount", "amount": 1})", "Unpaid",
                   "Credit"},
        Transition{"FullCredit", "", true, R"(credit {"mode": "full"})", "Credited",
                   "Credit,BillogramEnded"},
        Transition{"DueDate", "", true, "+31d", "Overdue", "Overdue"},
        Transition{"InterestStarts", "", true, "+31d", "Overdue", "Overdue,InterestStarted"},
        Transition{"Reminder", "", true, "+31d|remind", "Reminder_1", "Overdue,ReminderSent"},
        Transition{"AutomaticReminder", R"("automatic_reminders_settings": [{"delay_days": 3}])",
                   true, "+40d", "Reminder_1", "Overdue,ReminderSent"},
        Transition{"Collect", "", true, "collect", "Collecting", "Collection"},
        Transition{"CollectAndWait", "", true, "collect|+1d", "Collection",
                   "Collection,CollectionStatusUpdate"},
        Transition{"CollectorPays", "", true,
                   R"(collect|+1d|/collections {"billogram_id": "$ID",
                       "event": "CollectorPayment", "amount": 100})",
                   "CollectorEnded",
                   "Collection,CollectionStatusUpdate,CollectorPayment,CollectionEnded,"
                   "BillogramEnded"},
        Transition{"CollectionCancelled", "", true,
                   R"(collect|+1d|/collections {"billogram_id": "$ID",
                       "event": "CollectionCancelled"})",
                   "Unpaid", "Collection,CollectionStatusUpdate,CollectionCancelled"},
        Transition{"Respite", "", true, R"(respite {"date": "2026-06-01"})", "Unpaid", "Respite"},
        Transition{"Recall", "", true,
                   R"(/payments {"billogram_id": "$ID", "amount": 100}|+31d|/recalls {"payables":
                       [{"billogram_id": "$ID", "amount": 100}]})",
                   "Overdue", "Payment,BillogramEnded,PaymentRecalled"},
        Transition{"Overpayment", "", true, R"(/payments {"billogram_id": "$ID", "amount": 101})",
                   "Paid", "Payment,OverpaymentCustomerLiability,BillogramEnded"}),
    [](const auto& test) { return test.param.name; });

// The table's last row: what was deleted shows in callbacks only.
TEST_F(SandboxTest, DeletedIsGone) {
  const std::string id = AddBillogram();
  EXPECT_EQ(Delete("billogram/" + id).status, 200);
  EXPECT_EQ(Get("billogram/" + id).code(), "NOT_FOUND");
}

// The reference's table 5.4, a case a rule.
using DateRulesTest = SandboxTest;

TEST_F(DateRulesTest, RespiteIsLaterThanTheDueDate) {
  const std::string id = AddSent(R"("due_date": "2026-03-10")");
  for (const char* date : {"2026-03-09", "2026-03-10"}) {
    const Reply refused = Command(id, "respite", absl::StrCat(R"({"date": ")", date, R"("})"));
    EXPECT_EQ(refused.code(), "INVALID_PARAMETER") << date;
    EXPECT_EQ(Field(refused.data(), "field"), "date");
  }
  EXPECT_EQ(Command(id, "respite", R"({"date": "2026-03-11"})").status, 200);
}

TEST_F(DateRulesTest, OneReminderACalendarDay) {
  const std::string id = AddSent();
  Control("POST", "clock", R"({"set": "2026-03-05 23:59:59"})");
  EXPECT_EQ(Command(id, "remind").status, 200);
  EXPECT_EQ(Command(id, "remind").code(), "INVALID_OBJECT_STATE");
  Advance("1s");
  EXPECT_EQ(Command(id, "remind").status, 200);
}

TEST_F(DateRulesTest, DueDateIsInvoiceDateAndDays) {
  // The recording: 2013-11-14 and 30 days.
  const Json recorded =
      Get("billogram/" + AddSent(R"("invoice_date": "2013-11-14", "due_days": 30)")).data();
  EXPECT_EQ(Field(recorded, "due_date"), "2013-12-14");
  const Json by_date =
      Get("billogram/" + AddSent(R"("invoice_date": "2026-02-20", "due_date": "2026-03-02")"))
          .data();
  EXPECT_EQ(Field(by_date, "due_days"), "10");
}

TEST_F(DateRulesTest, NoDateIsPast9999) {
  const std::string id = AddBillogram(R"("invoice_date": "9999-12-01")");
  for (const char* dates :
       {R"("invoice_date": "9999-12-31")", R"("invoice_date": "9999-12-01", "due_days": 31)"}) {
    const Reply refused = Put("billogram/" + id, absl::StrCat("{", dates, "}"));
    EXPECT_EQ(refused.code(), "INVALID_PARAMETER") << dates;
    EXPECT_EQ(Field(refused.data(), "field"), "invoice_date") << dates;
  }
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "due_date"), "9999-12-31");
  EXPECT_EQ(
      Put("billogram/" + id, R"({"invoice_date": "9999-12-15", "due_date": "9999-12-20"})").status,
      200);
}

TEST_F(DateRulesTest, InvoiceDateMayBePast) {
  const Json past =
      Get("billogram/" + AddSent(R"("invoice_date": "2026-02-27T10:00:00.000Z")")).data();
  EXPECT_EQ(Field(past, "invoice_date"), "2026-02-27");
}

TEST_F(DateRulesTest, CollectionFollowsDueDateOrReminder) {
  const std::string after_due =
      AddSent(R"("due_date": "2026-03-10", "automatic_collection": {"delay_days": 5})");
  const std::string after_reminder =
      AddSent(R"("due_date": "2026-03-10", "automatic_collection": {"delay_days": 5})");
  Control("POST", "clock", R"({"set": "2026-03-14 23:59:59"})");
  EXPECT_EQ(StateOf(after_due), "Overdue");
  Command(after_reminder, "remind");
  Advance("1s");
  EXPECT_EQ(StateOf(after_due), "Collecting");
  EXPECT_EQ(StateOf(after_reminder), "Reminder_1");
  Control("POST", "clock", R"({"set": "2026-03-19"})");
  EXPECT_EQ(StateOf(after_reminder), "Collecting");
}

}  // namespace
}  // namespace billing::sandbox
