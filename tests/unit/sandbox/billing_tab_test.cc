#include <gtest/gtest.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/clock.h"
#include "service/sandbox/frequency.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

constexpr char kItem[] = R"({"billogram_item": {"title": "Ride", "count": 2, "price": 40,
                             "vat": 25, "unit": "-", "external_id": "r1"}})";
constexpr char kTab[] = "customer/1/billing-tab";

class BillingTabTest : public SandboxTest {
 protected:
  void SetUp() override { ASSERT_EQ(AddCustomer(), 1); }

  Reply Add(std::string_view deduplication_id, std::string_view body = kItem) {
    std::vector<common::HttpHeader> headers = {{"Authorization", BasicAuth()}};
    if (!deduplication_id.empty()) {
      headers.push_back({"X-API-Deduplication-ID", std::string(deduplication_id)});
    }
    return Ask("POST", "/api/v2/customer/1/billing-tab/items", body, headers);
  }
  std::string Under(std::string_view step) { return absl::StrCat(kTab, "/", ToAbsl(step)); }
  Json Billograms() { return Get("billogram", "page=1&page_size=100").data(); }
};

TEST(FrequencyTest, FindsTheNextDay) {
  struct Case {
    const char* frequency;
    const char* day;
    const char* next;
  };
  // 2026-03-01 is a Sunday.
  const Case kCases[] = {
      {"daily", "2026-02-28", "2026-03-01"},         {"weekly#1", "2026-03-01", "2026-03-02"},
      {"weekly#Monday", "2026-03-02", "2026-03-09"}, {"weekly#7", "2026-03-01", "2026-03-08"},
      {"weekly#sunday", "2026-03-02", "2026-03-08"}, {"weekly#3", "2026-03-05", "2026-03-11"},
      {"monthly#1", "2026-03-01", "2026-04-01"},     {"monthly#15", "2026-03-01", "2026-03-15"},
      {"monthly#31", "2026-01-31", "2026-02-28"},    {"monthly#31", "2026-02-28", "2026-03-31"},
      {"monthly#30", "2028-02-01", "2028-02-29"},    {"monthly#1", "2026-12-31", "2027-01-01"}};
  for (const Case& one : kCases) {
    const auto frequency = Frequency::Parse(one.frequency);
    ASSERT_TRUE(frequency) << one.frequency;
    EXPECT_EQ(FormatDate(frequency->NextAfter(*ParseDate(one.day))), one.next) << one.frequency;
  }
  for (const char* bad :
       {"", "Daily", "daily#1", "weekly", "weekly#", "weekly#0", "weekly#8", "weekly#Noday",
        "monthly#0", "monthly#32", "monthly#01", "monthly#1 ", "monthly#-1", "yearly#1", "#"}) {
    EXPECT_FALSE(Frequency::Parse(bad)) << bad;
  }
}

TEST_F(BillingTabTest, ItemsGatherAndAreBilledOnTheirDay) {
  EXPECT_EQ(Get(kTab).code(), "NOT_FOUND");
  const Reply added = Add("a");
  ASSERT_EQ(added.status, 200) << added.text;
  EXPECT_EQ(Field(added.data(), "created_at"), "2026-03-01T12:00:00.000000Z");
  // The fields of the reference's 4.15, in their documented subset.
  EXPECT_EQ(Field(added.data(), "billogram_item"),
            R"({"count": 2, "title": "Ride", "description": null, "unit": "-", "price": 40, )"
            R"("vat": 25, "external_id": "r1"})");
  const std::string tab = Field(added.data(), "billing_tab_id");
  const std::string item = Field(added.data(), "item_id");
  ASSERT_EQ(Field(Add("b").data(), "billing_tab_id"), tab);

  const Reply current = Get(kTab);
  EXPECT_EQ(Field(current.data(), "customer"), R"({"customer_number": "1"})");
  EXPECT_EQ(Field(current.data(), "billing_tab:id"), tab);
  EXPECT_EQ(Field(current.data(), "billing_tab:billing_date"), "2026-04-01");
  EXPECT_EQ(current.data().Find("items")->elements().size(), 2);
  EXPECT_EQ(Get(Under(tab)).text, current.text);
  EXPECT_EQ(Field(Get(Under("item/" + item)).data(), "item_id"), item);

  Control("POST", "clock", R"({"set": "2026-03-31 23:59:59"})");
  EXPECT_TRUE(Billograms().elements().empty());
  Advance("1s");
  ASSERT_EQ(Billograms().elements().size(), 1);
  const Json billogram = Billograms().elements()[0];
  EXPECT_EQ(Field(billogram, "state"), "Unpaid");
  EXPECT_EQ(Field(billogram, "total_sum"), "200");
  EXPECT_EQ(Field(billogram, "created_at"), "2026-04-01 00:00:00");
  EXPECT_EQ(Field(billogram, "delivery_method"), "Email");
  EXPECT_EQ(billogram.Find("items")->elements().size(), 2);

  // The tab is empty, and still there to be read.
  EXPECT_EQ(Get(kTab).code(), "NOT_FOUND");
  EXPECT_EQ(Get(Under(tab)).status, 200);
  EXPECT_EQ(Delete(Under(tab)).code(), "INVALID_OBJECT_STATE");
  EXPECT_EQ(Delete(Under("item/" + item)).code(), "INVALID_OBJECT_STATE");
  EXPECT_NE(Field(Add("c").data(), "billing_tab_id"), tab);
}

TEST_F(BillingTabTest, DeduplicatesByHeader) {
  const Reply first = Add("once");
  EXPECT_EQ(Add("once").code(), "INVALID_PARAMETER");
  EXPECT_EQ(Get(kTab).data().Find("items")->elements().size(), 1);
  ASSERT_EQ(Control("POST", "features", R"({"repeat_deduplicated": true})").status, 200);
  EXPECT_EQ(Add("once").text, first.text);
  EXPECT_EQ(Get(kTab).data().Find("items")->elements().size(), 1);
  EXPECT_EQ(Add(std::string(36, 'x')).status, 200);
  for (const std::string& bad : {std::string(), std::string(37, 'x')}) {
    const Reply refused = Add(bad);
    EXPECT_EQ(refused.status, 400) << bad;
    EXPECT_EQ(Field(refused.data(), "field"), "X-API-Deduplication-ID") << bad;
  }
}

TEST_F(BillingTabTest, SettingsDecideDayAndMethod) {
  EXPECT_EQ(Get(Under("settings")).data().ToString(),
            R"({"delivery_method": null, "billing_frequency": null})");
  Add("a");
  const Reply set = Post(Under("settings"),
                         R"({"billing_frequency": "weekly#2", "delivery_method": "DoNotNotify"})");
  ASSERT_EQ(set.status, 200) << set.text;
  EXPECT_EQ(Field(Get(kTab).data(), "billing_tab:billing_date"), "2026-03-03");
  const Reply changed = Put(Under("settings"), R"({"billing_frequency": "daily"})");
  EXPECT_EQ(changed.data().ToString(),
            R"({"delivery_method": "DoNotNotify", "billing_frequency": "daily"})");
  Advance("1d");
  EXPECT_EQ(Field(Billograms().elements()[0], "delivery_method"), "DoNotNotify");
  const Reply deleted = Delete(Under("settings"));
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.text, "");
  EXPECT_EQ(Field(Get(Under("settings")).data(), "billing_frequency"), "null");
  for (const char* bad :
       {"{}", R"({"billing_frequency": "hourly"})", R"({"delivery_method": "Pigeon"})",
        R"({"delivery_method": "Efaktura"})", R"({"other": 1})", R"({"billing_frequency": 1})"}) {
    EXPECT_EQ(Post(Under("settings"), bad).status, 400) << bad;
  }
}

TEST_F(BillingTabTest, ItemsAndTabsCanBeRemoved) {
  const Reply first = Add("a");
  Add("b");
  EXPECT_EQ(Delete(Under("item/" + Field(first.data(), "item_id"))).status, 200);
  EXPECT_EQ(Get(Under("item/" + Field(first.data(), "item_id"))).code(), "NOT_FOUND");
  EXPECT_EQ(Get(kTab).data().Find("items")->elements().size(), 1);
  EXPECT_EQ(Delete(Under(Field(first.data(), "billing_tab_id"))).status, 200);
  EXPECT_EQ(Get(kTab).code(), "NOT_FOUND");
  Advance("60d");
  EXPECT_TRUE(Billograms().elements().empty());
}

TEST_F(BillingTabTest, AFailureKeepsTheItems) {
  Post(Under("settings"), R"({"billing_frequency": "daily", "delivery_method": "Letter"})");
  Put("customer/1", R"({"address": {"city": null}})");
  const std::string tab = Field(Add("a").data(), "billing_tab_id");
  Advance("1d");
  EXPECT_TRUE(Billograms().elements().empty());
  const Reply failures = Control("GET", "billing-tab-failures");
  ASSERT_EQ(failures.data().elements().size(), 1);
  EXPECT_EQ(failures.data().elements()[0].ToString(),
            absl::StrCat(R"({"customer_number": "1", "id": ")", tab,
                         R"(", "response": {"status": "INVALID_PARAMETER", "data": )"
                         R"({"message": "invalid delivery method, address missing"}}})"));
  Put("customer/1", R"({"address": {"city": "Town"}})");
  Advance("1d");
  EXPECT_EQ(Billograms().elements().size(), 1);
}

TEST_F(BillingTabTest, RefusesBadPathsAndItems) {
  Add("a");
  const std::string uuid = "00000000-0000-4000-8000-000000000000";
  EXPECT_EQ(Get("customer/x/billing-tab").status, 400);
  EXPECT_EQ(Field(Get("customer/1x/billing-tab/items").data(), "field"), "customer_no");
  EXPECT_EQ(Get("customer/9/billing-tab").status, 404);
  EXPECT_EQ(Get(Under("not-a-uuid")).status, 400);
  EXPECT_EQ(Get(Under("item/not-a-uuid")).status, 400);
  EXPECT_EQ(Get(Under(uuid)).status, 404);
  EXPECT_EQ(Delete(Under("item/" + uuid)).status, 404);
  EXPECT_EQ(Get(Under("items")).status, 405);
  EXPECT_EQ(Post(kTab, "{}").status, 405);
  for (const char* bad :
       {"{}", R"({"billogram_item": null})", R"({"billogram_item": []})",
        R"({"billogram_item": {"title": "a"}})", R"({"item": {}})",
        R"({"billogram_item": {"title": "a", "count": 1, "price": 1, "vat": 101, "unit": "u"}})"}) {
    EXPECT_EQ(Add("bad", bad).status, 400) << bad;
  }
  EXPECT_EQ(Get(kTab).data().Find("items")->elements().size(), 1);
}

// The billogram of its tab would be refused on every billing date.
TEST_F(BillingTabTest, RefusesAPeriodThatEndsBeforeItStarts) {
  const auto item = [](const char* end) {
    return absl::StrCat(R"({"billogram_item": {"title": "a", "count": 1, "price": 1, "vat": 0,
        "unit": "u", "start_date": "2026-03-10", "end_date": ")",
                        end, R"("}})");
  };
  const Reply refused = Add("a", item("2026-03-09"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER_COMBINATION");
  EXPECT_EQ(Field(refused.data(), "field_path"), "billogram_item:end_date");
  EXPECT_EQ(Get(kTab).code(), "NOT_FOUND");
  EXPECT_EQ(Add("a", item("2026-03-10")).status, 200);
}

TEST_F(BillingTabTest, UuidsMayBeInUpperCase) {
  const Reply added = Add("a");
  const std::string tab = absl::AsciiStrToUpper(Field(added.data(), "billing_tab_id"));
  const std::string item = absl::AsciiStrToUpper(Field(added.data(), "item_id"));
  EXPECT_EQ(Get(Under(tab)).status, 200);
  EXPECT_EQ(Get(Under("item/" + item)).status, 200);
  EXPECT_EQ(Delete(Under("item/" + item)).status, 200);
  EXPECT_EQ(Delete(Under(tab)).status, 200);
}

TEST_F(BillingTabTest, FollowsItsCustomersNumber) {
  Add("a");
  Post(Under("settings"), R"({"billing_frequency": "daily"})");
  ASSERT_EQ(Put("customer/1", R"({"customer_no": 77})").status, 200);
  const Reply moved = Get("customer/77/billing-tab");
  EXPECT_EQ(Field(moved.data(), "customer:customer_number"), "77");
  Advance("1d");
  EXPECT_EQ(Field(Billograms().elements()[0], "customer:customer_no"), "77");
}

}  // namespace
}  // namespace billing::sandbox
