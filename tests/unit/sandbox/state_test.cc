#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <set>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/sandbox/journal.h"
#include "tests/unit/sandbox/sandbox_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::sandbox {
namespace {

class StateTest : public ::testing::Test {
 protected:
  std::unique_ptr<Sandbox> Start(uint64_t seed = 1) {
    auto sandbox = std::make_unique<Sandbox>(
        Sandbox::Options{.seed = seed, .real_time = [this] { return now_; }});
    status_ = sandbox->KeepIn(directory_);
    return sandbox;
  }

  // The text of an answer; a moment passes after each request.
  std::string Ask(Sandbox& sandbox, std::string_view method, std::string_view target,
                  std::string_view body = "") {
    now_ += absl::Milliseconds(1700);
    const Account& account = *sandbox.world().accounts()[0];
    common::HttpRequest request;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (target.find('?') != std::string_view::npos) {
      request.query = target.substr(target.find('?') + 1);
    }
    request.body = body;
    request.headers = {
        {"Authorization",
         absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(account.user, ":", account.key)))},
        {"X-API-Deduplication-ID", "once"}};
    return sandbox.Answer(request).body;
  }

  // Everything that lists show.
  std::string All(Sandbox& sandbox) {
    std::string all;
    for (const char* target :
         {"/api/v2/billogram?page=1&page_size=100", "/api/v2/customer?page=1&page_size=100",
          "/api/v2/item", "/api/v2/settings", "/api/v2/customer/1/billing-tab", "/api/v2/report",
          "/api/v2/payment_source?customer_no=1"}) {
      absl::StrAppend(&all, Ask(sandbox, "GET", target), "\n");
    }
    return all;
  }

  void Fill(Sandbox& sandbox) {
    Ask(sandbox, "POST", "/sandbox/seed", R"({"billograms": 5})");
    Ask(sandbox, "POST", "/api/v2/item",
        R"({"title": "L\u00e5da", "price": 1, "vat": 25, "unit": "day"})");
    Ask(sandbox, "POST", "/api/v2/customer/1/billing-tab/items",
        R"({"billogram_item": {"title": "a", "count": 1, "price": 1, "vat": 0, "unit": "-"}})");
    Ask(sandbox, "POST", "/api/v2/billogram", "not JSON \xFF");
    Ask(sandbox, "POST", "/sandbox/clock", R"({"advance": "40d"})");
    Ask(sandbox, "POST", "/api/v2/sepa_dd_mandate",
        R"({"customer_no": 1, "iban": "DE89370400440532013000",
            "signed_at": "2023-02-01 00:00:00"})");
    Ask(sandbox, "PUT", "/api/v2/settings", R"({"company_id": "c"})");
  }

  std::string File() const { return directory_ + "/journal.ndjson"; }

  TempFolder folder_;
  std::string directory_ = folder_.path();
  absl::Time now_ = absl::FromUnixSeconds(1772366400);
  absl::Status status_;
};

TEST_F(StateTest, EverythingOutlivesARestart) {
  std::unique_ptr<Sandbox> sandbox = Start();
  ASSERT_TRUE(status_.ok()) << status_;
  Fill(*sandbox);
  const std::string before = All(*sandbox);
  EXPECT_NE(before.find("Overdue"), std::string::npos);
  sandbox.reset();
  sandbox = Start();
  ASSERT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(All(*sandbox), before);
  // It goes on as if it had never stopped: ids and numbers included.
  const std::string next = Ask(*sandbox, "POST", "/sandbox/seed", R"({"billograms": 2})");
  const std::string after = All(*sandbox);
  sandbox.reset();
  EXPECT_EQ(All(*Start()), after);
}

TEST_F(StateTest, FaultsDoNotCount) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Ask(*sandbox, "POST", "/sandbox/faults",
      R"({"path": "/api/v2/item", "status": 503, "rate": 0.5})");
  for (int i = 0; i < 20; ++i) {
    Ask(*sandbox, "POST", "/api/v2/item",
        R"({"title": "a", "price": 1, "vat": 25, "unit": "day"})");
  }
  Ask(*sandbox, "DELETE", "/sandbox/faults");
  Fill(*sandbox);
  const std::string before = All(*sandbox);
  sandbox.reset();
  EXPECT_EQ(All(*Start()), before);
}

TEST_F(StateTest, ResetEmptiesTheDirectory) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Fill(*sandbox);
  Ask(*sandbox, "POST", "/sandbox/reset");
  const std::string empty = All(*sandbox);
  sandbox.reset();
  EXPECT_EQ(All(*Start()), empty);
}

TEST_F(StateTest, AnEntryThatWasCutShortIsDropped) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Fill(*sandbox);
  const std::string before = All(*sandbox);
  sandbox.reset();
  std::ofstream(File(), std::ios::app) << R"({"at": 17723)";
  sandbox = Start();
  EXPECT_TRUE(status_.ok()) << status_;
  EXPECT_EQ(All(*sandbox), before);
  Ask(*sandbox, "PUT", "/api/v2/settings", R"({"company_id": "d"})");
  sandbox.reset();
  Start();
  EXPECT_TRUE(status_.ok()) << status_;
}

TEST_F(StateTest, RefusesWhatItCannotContinue) {
  std::unique_ptr<Sandbox> sandbox = Start();
  Start();
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);  // in use
  sandbox.reset();
  Start(2);
  EXPECT_EQ(status_.code(), absl::StatusCode::kFailedPrecondition);  // another seed
  for (const char* line : {"no JSON\n", "{}\n",
                           R"({"at": "x", "method": "POST"})"
                           "\n",
                           "[]\n", "\n"}) {
    std::stringstream held;
    held << std::ifstream(File()).rdbuf();
    std::ofstream(File(), std::ios::app) << line;
    Start();
    EXPECT_EQ(status_.code(), absl::StatusCode::kDataLoss) << line;
    std::ofstream(File(), std::ios::trunc) << held.str();
  }
  directory_ += "/file";
  std::ofstream(directory_) << "x";
  Start();
  EXPECT_EQ(status_.code(), absl::StatusCode::kUnavailable);
}

using SeedTest = SandboxTest;

TEST_F(SeedTest, ManyBillogramsPageThroughOnce) {
  const Reply seeded =
      Control("POST", "seed", R"({"billograms": 1003, "customers": 7, "account": "acme"})");
  ASSERT_EQ(seeded.status, 200) << seeded.text;
  std::set<std::string> ids;
  std::set<std::string> ocr_numbers;
  std::set<std::string> uuids;
  Decimal remaining;
  for (int page = 1; page <= 11; ++page) {
    const Reply reply = Get("billogram", absl::StrCat("page=", page, "&page_size=100"));
    EXPECT_EQ(Field(reply.body, "meta:total_count"), "1003");
    for (const Json& one : reply.data().elements()) {
      ids.insert(Field(one, "id"));
      ocr_numbers.insert(Field(one, "ocr_number"));
      remaining += *one.Find("remaining_sum")->AsDecimal();
      for (const Json& event : one.Find("events")->elements()) {
        uuids.insert(Field(event, "event_uuid"));
      }
    }
  }
  EXPECT_EQ(ids.size(), 1003);
  EXPECT_EQ(ocr_numbers.size(), 1003);
  EXPECT_EQ(uuids.size(), 2006);
  EXPECT_EQ(Field(Get("billogram", "page=1&page_size=1").body, "meta:total_remaining_sum"),
            remaining.ToFixed(2));
}

TEST_F(SeedTest, SeededBillogramsLiveTheirOwnLives) {
  Control("POST", "seed", R"({"billograms": 3, "customers": 1})");
  const Json::Array before = Get("billogram", "page=1&page_size=10").data().elements();
  const std::string id = Field(before[1], "id");
  ASSERT_EQ(Command(id, "respite", R"({"date": "2027-01-01"})").status, 200);
  ASSERT_EQ(Put("billogram/" + id, R"({"info": {"message": "Mine"}})").status, 200);
  const Json::Array after = Get("billogram", "page=1&page_size=10").data().elements();
  EXPECT_EQ(after[0], before[0]);
  EXPECT_EQ(after[2], before[2]);
  EXPECT_EQ(Field(after[1], "info:message"), "Mine");
  Advance("40d");
  EXPECT_EQ(StateOf(Field(before[0], "id")), "Overdue");
  EXPECT_EQ(StateOf(id), "Unpaid");
}

TEST_F(SeedTest, RefusesBadSeeds) {
  for (const char* bad :
       {R"({"billograms": 0})", R"({"billograms": 1000001})", R"({"billograms": "1"})",
        R"({"customers": -1})", R"({"sent": 1})", R"({"account": "none"})", R"({"invoices": 1})"}) {
    EXPECT_GE(Control("POST", "seed", bad).status, 400) << bad;
  }
  EXPECT_EQ(Control("POST", "seed", R"({"billograms": 2, "sent": false})").status, 200);
  EXPECT_EQ(Field(Get("billogram", "page=1&page_size=1").data().elements()[0], "state"),
            "Unattested");
}

TEST_F(SeedTest, AFilteredListNoticesChanges) {
  Control("POST", "seed", R"({"billograms": 30})");
  const std::string unpaid =
      "page=1&page_size=100&filter_type=field&filter_field=state&filter_value=Unpaid"
      "&order_field=due_date";
  const Reply before = Get("billogram", unpaid);
  EXPECT_EQ(Field(before.body, "meta:total_count"), "30");
  Command(Field(before.data().elements()[4], "id"), "credit", R"({"mode": "full"})");
  EXPECT_EQ(Field(Get("billogram", unpaid).body, "meta:total_count"), "29");
  EXPECT_EQ(Field(Get("billogram", "page=1&page_size=1").body, "meta:total_count"), "30");
}

}  // namespace
}  // namespace billing::sandbox
