#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

class ListsTest : public SandboxTest {
 protected:
  // The values of a field over a list, comma-separated; the error's code where it is refused.
  std::string Column(std::string_view list, std::string_view query, std::string_view field) {
    const Reply reply = Get(list, absl::StrCat("page=1&page_size=100&", common::ToAbsl(query)));
    if (reply.status != 200) return std::string(reply.code());
    std::vector<std::string> values;
    for (const Json& object : reply.data().elements()) values.push_back(Field(object, field));
    return absl::StrJoin(values, ",");
  }
  std::string Names(std::string_view query) { return Column("customer", query, "name"); }

  void AddCustomers() {
    for (const char* body :
         {R"({"name": "Bertil", "notes": "VIP", "contact": {"email": "b@example.com"}})",
          R"({"name": "adam", "customer_no": 30, "address": {"city": "Lund"}})",
          R"({"name": "Cecilia", "customer_no": 4, "company_type": "individual"})"}) {
      ASSERT_EQ(Post("customer", body).status, 200);
    }
  }
};

TEST_F(ListsTest, PagesThroughAll) {
  for (int i = 0; i < 7; ++i) AddBillogram();
  const auto ids = [this](const char* query) {
    const Reply reply = Get("billogram", query);
    EXPECT_EQ(Field(reply.body, "meta:total_count"), "7");
    EXPECT_EQ(Field(reply.body, "meta:total_remaining_sum"), "700.00");
    std::vector<std::string> found;
    for (const Json& one : reply.data().elements()) found.push_back(Field(one, "id"));
    return found;
  };
  std::vector<std::string> all = ids("page=1&page_size=3");
  EXPECT_EQ(all.size(), 3);
  for (const char* query : {"page=2&page_size=3", "page=3&page_size=3"}) {
    for (const std::string& id : ids(query)) all.push_back(id);
  }
  EXPECT_EQ(all, ids("page=1&page_size=100"));
  EXPECT_TRUE(ids("page=4&page_size=3").empty());
  EXPECT_TRUE(ids("page=1000000000&page_size=100").empty());
}

TEST_F(ListsTest, QueryRefusals) {
  struct Case {
    const char* list;
    const char* query;
    const char* code;
    const char* field;
  };
  const Case kCases[] = {
      {"billogram", "", "MISSING_QUERY_PARAMETER", "page"},
      {"billogram", "page=1", "MISSING_QUERY_PARAMETER", "page_size"},
      {"customer", "page_size=10", "MISSING_QUERY_PARAMETER", "page"},
      {"billogram", "page=0&page_size=10", "INVALID_QUERY_PARAMETER", "page"},
      {"billogram", "page=-1&page_size=10", "INVALID_QUERY_PARAMETER", "page"},
      {"billogram", "page=x&page_size=10", "INVALID_QUERY_PARAMETER", "page"},
      {"billogram", "page=99999999999999999999&page_size=1", "INVALID_QUERY_PARAMETER", "page"},
      {"billogram", "page=1&page_size=101", "INVALID_QUERY_PARAMETER", "page_size"},
      {"billogram", "page=1&page=2&page_size=1", "INVALID_QUERY_PARAMETER", "page"},
      {"billogram", "page=1&page_size=%zz", "INVALID_QUERY_PARAMETER", "query"},
      {"billogram", "page=1&page_size=1&a=%FF", "INVALID_QUERY_PARAMETER", "query"},
      {"billogram", "page=1&page_size=1&colour=red", "INVALID_QUERY_PARAMETER", "colour"},
      {"billogram", "page=1&page_size=1&filter_type=field", "MISSING_QUERY_PARAMETER",
       "filter_field"},
      {"billogram", "page=1&page_size=1&filter_type=field&filter_field=state",
       "MISSING_QUERY_PARAMETER", "filter_value"},
      {"billogram", "page=1&page_size=1&filter_type=special&filter_field=search&filter_value=x",
       "INVALID_QUERY_PARAMETER", "filter_type"},
      {"billogram", "page=1&page_size=1&filter_type=field&filter_field=info&filter_value=x",
       "INVALID_QUERY_PARAMETER", "filter_field"},
      {"billogram", "page=1&page_size=1&order_field=id", "INVALID_QUERY_PARAMETER", "order_field"},
      {"billogram", "page=1&page_size=1&order_field=state&order_direction=up",
       "INVALID_QUERY_PARAMETER", "order_direction"},
      {"billogram", "page=1&page_size=1&order_direction=asc", "MISSING_QUERY_PARAMETER",
       "order_field"},
      {"billogram_event", "", "MISSING_QUERY_PARAMETER", "filter_type"},
      {"billogram_event", "filter_type=field&filter_field=type&filter_value=x",
       "INVALID_QUERY_PARAMETER", "filter_field"},
      {"billogram_event", "filter_type=field-prefix&filter_field=billogram_id&filter_value=x",
       "INVALID_QUERY_PARAMETER", "filter_type"},
  };
  for (const Case& one : kCases) {
    const Reply reply = Get(one.list, one.query);
    EXPECT_EQ(reply.status, 400) << one.query;
    EXPECT_EQ(reply.code(), one.code) << one.query;
    EXPECT_EQ(Field(reply.data(), "field"), one.field) << one.query;
  }
}

TEST_F(ListsTest, FiltersCustomers) {
  AddCustomers();
  EXPECT_EQ(Names(""), "Bertil,Cecilia,adam");
  EXPECT_EQ(Names("filter_type=field&filter_field=name&filter_value=adam"), "adam");
  EXPECT_EQ(Names("filter_type=field&filter_field=name&filter_value=Adam"), "");
  EXPECT_EQ(Names("filter_type=field&filter_field=customer_no&filter_value=30"), "adam");
  EXPECT_EQ(Names("filter_type=field-prefix&filter_field=name&filter_value=be"), "Bertil");
  EXPECT_EQ(Names("filter_type=field-search&filter_field=contact:email&filter_value=EXAMPLE"),
            "Bertil");
  EXPECT_EQ(Names("filter_type=field&filter_field=address:city&filter_value=Lund"), "adam");
  EXPECT_EQ(Names("filter_type=special&filter_field=search&filter_value=vip"), "Bertil");
  EXPECT_EQ(Names("filter_type=special&filter_field=else&filter_value=x"),
            "INVALID_QUERY_PARAMETER");
}

TEST_F(ListsTest, OrdersCustomers) {
  AddCustomers();
  EXPECT_EQ(Names("order_field=customer_no&order_direction=desc"), "adam,Cecilia,Bertil");
  EXPECT_EQ(Names("order_field=name"), "Bertil,Cecilia,adam");
  EXPECT_EQ(Names("order_field=contact:email&order_direction=desc"), "Bertil,Cecilia,adam");
}

TEST_F(ListsTest, FiltersBillograms) {
  const std::string draft = AddBillogram(R"("creditor_unique_value": "abc")");
  const std::string sent = AddSent(R"("due_days": 60)");
  const std::string paid = AddSent();
  Command(paid, "payment", R"({"amount": 100})");
  const auto ids = [this](const char* filter) { return Column("billogram", filter, "id"); };
  EXPECT_EQ(ids("filter_type=field&filter_field=creditor_unique_value&filter_value=abc"), draft);
  EXPECT_EQ(ids("filter_type=field&filter_field=state&filter_value=unpaid"), sent);
  EXPECT_EQ(ids("filter_type=field&filter_field=state&filter_value=Unpaid,Paid"),
            absl::StrCat(sent, ",", paid));
  EXPECT_EQ(ids("filter_type=field&filter_field=invoice_no&filter_value=2"), paid);
  EXPECT_EQ(ids("filter_type=field-prefix&filter_field=customer:name&filter_value=A%20C"),
            absl::StrCat(draft, ",", sent, ",", paid));
  EXPECT_EQ(ids("order_field=due_date&order_direction=desc"),
            absl::StrCat(sent, ",", draft, ",", paid));
  EXPECT_EQ(ids("order_field=invoice_no"), absl::StrCat(draft, ",", sent, ",", paid));
}

TEST_F(ListsTest, ListsEvents) {
  const std::string id = AddSent();
  Advance("1h");
  Command(id, "message", R"({"message": "m"})");
  const std::string filter =
      absl::StrCat("filter_type=field&filter_field=billogram_id&filter_value=", id);
  const Reply reply = Get("billogram_event", filter);
  EXPECT_EQ(Field(reply.body, "meta:total_count"), "3");
  EXPECT_EQ(Field(reply.data().elements()[0], "billogram_id"), id);
  EXPECT_EQ(Field(reply.data().elements()[0], "event_uuid").size(), 36);
  const Reply newest =
      Get("billogram_event",
          filter + "&page=1&page_size=1&order_field=created_at&order_direction=desc");
  EXPECT_EQ(Field(newest.data().elements()[0], "type"), "CreditorMessage");
  EXPECT_EQ(Get("billogram_event", "filter_type=field&filter_field=billogram_id&filter_value=none")
                .data()
                .elements()
                .size(),
            0);
}

TEST_F(ListsTest, ListsCanBeCompact) {
  AddBillogram();
  ASSERT_EQ(Control("POST", "features", R"({"account": "acme", "compact_lists": true})").status,
            200);
  const Reply reply = Get("billogram", "page=1&page_size=1");
  EXPECT_EQ(reply.data().elements()[0].Find("items"), nullptr);
}

}  // namespace
}  // namespace billing::sandbox
