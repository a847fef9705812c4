#include "service/gateway/translate/page_objects.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/customer.pb.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

using ::billogram::v2::ExportBillogramsResponse;
using ::billogram::v2::ExportCustomersResponse;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class PageObjectsTest : public ::testing::Test {
 protected:
  static ExportBillogramsResponse Page(const std::vector<std::string>& ids) {
    ExportBillogramsResponse page;
    for (const std::string& id : ids) page.add_billograms()->set_id(id);
    page.set_total_size(7);
    (*page.mutable_unmapped())["more"] = "1";
    return page;
  }

  // The ids of each message that is kept; every one must carry the page's other fields.
  std::vector<std::vector<std::string>> Keep(const ExportBillogramsResponse& page, size_t most) {
    std::vector<std::string> messages;
    fresh_ = sent_.KeepNew(*method_.answer.list, *method_.export_key, most,
                           testing::Tables::Serialize(page), &messages);
    std::vector<std::vector<std::string>> kept;
    for (const std::string& message : messages) {
      ExportBillogramsResponse parsed;
      EXPECT_TRUE(parsed.ParseFromString(message));
      EXPECT_EQ(parsed.total_size(), 7);
      EXPECT_EQ(parsed.unmapped().at("more"), "1");
      kept.emplace_back();
      for (const auto& billogram : parsed.billograms()) kept.back().push_back(billogram.id());
    }
    return kept;
  }

  std::unique_ptr<MethodTable> methods_ = testing::BillogramMethods();
  const Method& method_ = *methods_->Find("/billogram.v2.BillogramService/ExportBillograms");
  SentObjects sent_;
  size_t fresh_ = 0;
};

TEST_F(PageObjectsTest, WhatWasSentIsLeftOut) {
  EXPECT_THAT(Keep(Page({"a", "b", "c"}), 10), ElementsAre(ElementsAre("a", "b", "c")));
  EXPECT_EQ(fresh_, 3u);
  EXPECT_THAT(Keep(Page({"b", "d", "b", "c", "e"}), 10), ElementsAre(ElementsAre("d", "e")));
  EXPECT_EQ(fresh_, 2u);
  EXPECT_THAT(Keep(Page({"e", "a"}), 10), ElementsAre(ElementsAre()));
  EXPECT_EQ(fresh_, 0u);
}

TEST_F(PageObjectsTest, AMessageHoldsAsManyAsWereAskedForAtMost) {
  EXPECT_THAT(Keep(Page({"a", "b", "c", "d", "e"}), 2),
              ElementsAre(ElementsAre("a", "b"), ElementsAre("c", "d"), ElementsAre("e")));
  EXPECT_THAT(Keep(Page({"f", "g"}), 2), ElementsAre(ElementsAre("f", "g")));
  EXPECT_THAT(Keep(Page({}), 2), ElementsAre(ElementsAre()));
}

TEST_F(PageObjectsTest, WithoutAKeyOnlyEqualObjectsAreTheSame) {
  ExportBillogramsResponse page = Page({"a"});
  page.add_billograms()->set_state("Paid");
  page.add_billograms()->set_state("Sent");
  page.add_billograms()->set_state("Paid");
  EXPECT_THAT(Keep(page, 10), ElementsAre(SizeIs(3)));
  EXPECT_THAT(Keep(page, 10), ElementsAre(SizeIs(0)));
}

TEST_F(PageObjectsTest, KeysAreStringsOrNumbers) {
  EXPECT_THAT(PageKeys(testing::Tables::Serialize(Page({"x", "y"})), *method_.answer.list,
                       *method_.export_key),
              ElementsAre("kx", "ky"));
  const Method& customers = *methods_->Find("/billogram.v2.CustomerService/ExportCustomers");
  ExportCustomersResponse page;
  page.add_customers()->set_customer_no(4711);
  EXPECT_THAT(
      PageKeys(testing::Tables::Serialize(page), *customers.answer.list, *customers.export_key),
      ElementsAre("k4711"));
}

}  // namespace
}  // namespace billing::gateway::translate
