#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

constexpr char kItem[] =
    R"({"title": "Lamp", "description": "Oak", "price": 80.5, "vat": 25, "unit": "unit",
        "bookkeeping": {"income_account": "3011", "vat_account": "2611"}})";
constexpr char kBanner[] =
    R"({"offer_id": "Spring1", "type": "banner", "title": "Spring", "text": "Now",
        "info_link": "https://example.com", "media": {"picture": "iVBORw==",
        "picture_type": "image/png"}})";

class CatalogueTest : public SandboxTest {
 protected:
  std::string Numbers(std::string_view list, std::string_view query, std::string_view field) {
    const Reply reply = Get(list, query);
    if (reply.status != 200) return std::string(reply.code());
    std::vector<std::string> values;
    for (const Json& one : reply.data().elements()) values.push_back(Field(one, field));
    return absl::StrJoin(values, ",");
  }
};

TEST_F(CatalogueTest, ItemsAreCreatedReadChangedAndDeleted) {
  const Reply created = Post("item", kItem);
  ASSERT_EQ(created.status, 200) << created.text;
  // The reference, 4.13.
  EXPECT_EQ(created.data().ToString(),
            R"({"item_no": "1", "title": "Lamp", "description": "Oak", "price": 80.5, "vat": 25, )"
            R"("zero_vat_reason": null, "zero_vat_reason_reference": null, "unit": "unit", )"
            R"("bookkeeping": {"income_account": "3011", "vat_account": "2611"}, )"
            R"("created_at": "2026-03-01 12:00:00", "updated_at": null})");
  EXPECT_EQ(Get("item/1").text, created.text);

  // A sub-structure that is left out stays; another field sent as null gets its default.
  const Reply updated = Put("item/1", R"({"description": null, "price": -1, "bookkeeping": null})");
  EXPECT_EQ(Field(updated.data(), "description"), "null");
  EXPECT_EQ(Field(updated.data(), "price"), "-1");
  EXPECT_EQ(Field(updated.data(), "bookkeeping:income_account"), "3011");
  EXPECT_EQ(Field(updated.data(), "updated_at"), "2026-03-01 12:00:00");

  // The number is part of the address.
  EXPECT_EQ(Put("item/1", R"({"item_no": "lamp/1"})").status, 200);
  EXPECT_EQ(Get("item/1").code(), "NOT_FOUND");
  EXPECT_EQ(Field(Get("item/lamp%2F1").data(), "title"), "Lamp");
  EXPECT_EQ(Delete("item/lamp%2F1").text, R"({"status": "OK", "data": null})");
  EXPECT_EQ(Delete("item/lamp%2F1").code(), "NOT_FOUND");
}

TEST_F(CatalogueTest, ItemNumbersAreDrawnAndUnique) {
  Post("item", R"({"item_no": "2", "title": "a", "price": 1, "vat": 0, "unit": "day"})");
  EXPECT_EQ(Field(Post("item", kItem).data(), "item_no"), "1");
  EXPECT_EQ(Field(Post("item", kItem).data(), "item_no"), "3");
  const Reply taken =
      Post("item", R"({"item_no": "3", "title": "a", "price": 1, "vat": 0, "unit": "day"})");
  EXPECT_EQ(taken.code(), "INVALID_PARAMETER");
  EXPECT_EQ(Field(taken.data(), "field"), "item_no");
  EXPECT_EQ(Field(taken.data(), "field_path"), "null");
  EXPECT_EQ(Put("item/1", R"({"item_no": "3"})").code(), "INVALID_PARAMETER");
}

TEST_F(CatalogueTest, RefusesItems) {
  struct Case {
    std::string body;
    const char* code;
    const char* field;
  };
  const std::string rest = R"("price": 1, "vat": 0, "unit": "unit")";
  const Case kCases[] = {
      {"{}", "INVALID_PARAMETER", "title"},
      {R"({"title": "a", "vat": 0, "unit": "unit"})", "INVALID_PARAMETER", "price"},
      {R"({"title": "a", "price": 1, "unit": "unit"})", "INVALID_PARAMETER", "vat"},
      {R"({"title": "a", "price": 1, "vat": 0})", "INVALID_PARAMETER", "unit"},
      {absl::StrCat(R"({"title": "", )", rest, "}"), "INVALID_PARAMETER", "title"},
      {absl::StrCat(R"({"title": ")", std::string(101, 'x'), R"(", )", rest, "}"),
       "INVALID_PARAMETER", "title"},
      {absl::StrCat(R"({"title": "a", "description": ")", std::string(201, 'x'), R"(", )", rest,
                    "}"),
       "INVALID_PARAMETER", "description"},
      {R"({"title": "a", "price": 1, "vat": 100.5, "unit": "unit"})", "INVALID_PARAMETER", "vat"},
      {R"({"title": "a", "price": 1, "vat": 0.125, "unit": "unit"})", "INVALID_PARAMETER", "vat"},
      {R"({"title": "a", "price": 1, "vat": 0, "unit": "kg"})", "INVALID_PARAMETER", "unit"},
      {R"({"title": "a", "price": "1", "vat": 0, "unit": "unit"})", "INVALID_PARAMETER", "price"},
      {absl::StrCat(R"({"item_no": null, "title": "a", )", rest, "}"), "INVALID_PARAMETER",
       "item_no"},
      {absl::StrCat(R"({"item_no": "1000000000", "title": "a", )", rest, "}"), "INVALID_PARAMETER",
       "item_no"},
      {absl::StrCat(R"({"item_no": ")", std::string(31, 'x'), R"(", "title": "a", )", rest, "}"),
       "INVALID_PARAMETER", "item_no"},
      {absl::StrCat(R"({"title": "a", "item_id": 1, )", rest, "}"), "UNKNOWN_PARAMETER", "item_id"},
      {absl::StrCat(R"({"title": "a", "created_at": "x", )", rest, "}"), "READ_ONLY_PARAMETER",
       "created_at"},
  };
  for (const Case& one : kCases) {
    const Reply refused = Post("item", one.body);
    EXPECT_EQ(refused.status, 400) << one.body;
    EXPECT_EQ(refused.code(), one.code) << one.body;
    EXPECT_EQ(Field(refused.data(), "field"), one.field) << one.body;
  }
  EXPECT_EQ(
      Post("item", absl::StrCat(R"({"item_no": "999999999", "title": "a", )", rest, "}")).status,
      200);
}

TEST_F(CatalogueTest, ListsItems) {
  for (const char* item :
       {R"({"item_no": "b", "title": "Oak table", "price": 20, "vat": 25, "unit": "unit"})",
        R"({"item_no": "a", "title": "Pine table", "price": 3, "vat": 25, "unit": "unit"})",
        R"({"item_no": "c", "title": "Chair", "price": 100, "vat": 25, "unit": "unit",
            "description": "oak"})"}) {
    ASSERT_EQ(Post("item", item).status, 200);
  }
  EXPECT_EQ(Numbers("item", "", "item_no"), "b,a,c");
  EXPECT_EQ(Numbers("item", "order_field=price", "item_no"), "a,b,c");
  EXPECT_EQ(Numbers("item", "page=2&page_size=2", "item_no"), "c");
  EXPECT_EQ(Field(Get("item", "page=2&page_size=2").body, "meta:total_count"), "3");
  EXPECT_EQ(
      Numbers("item", "filter_type=field-search&filter_field=title&filter_value=TABLE", "item_no"),
      "b,a");
  EXPECT_EQ(Numbers("item", "filter_type=special&filter_field=search&filter_value=oak", "item_no"),
            "b,c");
  EXPECT_EQ(Numbers("item", "filter_type=field&filter_field=vat&filter_value=25", "item_no"),
            "INVALID_QUERY_PARAMETER");
}

TEST_F(CatalogueTest, RowsAreCopiedFromStoredItems) {
  AddBillogram();
  ASSERT_EQ(Post("item", kItem).status, 200);
  const Reply created = Post("billogram", R"({"customer": {"customer_no": 1},
      "items": [{"item_no": "1", "count": 2}, {"item_no": "1", "count": 1, "price": 9,
      "title": "Used lamp"}]})");
  ASSERT_EQ(created.status, 200) << created.text;
  const Json::Array& rows = created.data().Find("items")->elements();
  EXPECT_EQ(Field(rows[0], "title"), "Lamp");
  EXPECT_EQ(Field(rows[0], "price"), "80.5");
  EXPECT_EQ(Field(rows[0], "bookkeeping:income_account"), "3011");
  EXPECT_EQ(Field(rows[1], "title"), "Used lamp");
  EXPECT_EQ(Field(rows[1], "price"), "9");
  EXPECT_EQ(Field(created.data(), "detailed_sums:net_sum"), "170");

  // Neither a change nor the end of an item touches billograms that used it.
  const std::string path = "billogram/" + Field(created.data(), "id");
  Put("item/1", R"({"price": 1})");
  Delete("item/1");
  EXPECT_EQ(Field(Get(path).data().Find("items")->elements()[0], "price"), "80.5");
  // Without a stored item the mandatory fields are missing.
  const Reply refused = Post("billogram", R"({"customer": {"customer_no": 1},
      "items": [{"item_no": "1", "count": 2}]})");
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER");
  EXPECT_EQ(Field(refused.data(), "field_path"), "items[0]:title");
}

TEST_F(CatalogueTest, OffersAreCreatedReadAndChanged) {
  const Reply created = Post("offer", kBanner);
  ASSERT_EQ(created.status, 200) << created.text;
  EXPECT_EQ(Field(created.data(), "created_at"), "2026-03-01T12:00:00.000000Z");
  EXPECT_EQ(Get("offer/Spring1").text, created.text);
  const Reply updated =
      Put("offer/Spring1", R"({"title": "Summer", "media": {"picture": "AAAA"}})");
  EXPECT_EQ(Field(updated.data(), "title"), "Summer");
  EXPECT_EQ(Field(updated.data(), "media:picture_type"), "image/png");
  EXPECT_EQ(Put("offer/Spring1", R"({"type": "sale"})").code(), "READ_ONLY_PARAMETER");
  EXPECT_EQ(Put("offer/Spring1", R"({"title": null})").code(), "INVALID_PARAMETER");
  EXPECT_EQ(Put("offer/none", "{}").code(), "NOT_FOUND");
  EXPECT_EQ(Delete("offer/Spring1").status, 405);
}

TEST_F(CatalogueTest, RefusesOffers) {
  ASSERT_EQ(Post("offer", kBanner).status, 200);
  struct Case {
    const char* from;
    const char* to;
    const char* field;
  };
  // Each is the good banner with one thing changed.
  const Case kCases[] = {
      {"Spring1", "sPRING1", "offer_id"},
      {"Spring1", "a-b", "offer_id"},
      {"Spring1", "", "offer_id"},
      {"banner", "poster", "type"},
      {R"("title": "Spring", )", "", "title"},
      {R"("text": "Now",)", "", "text"},
      {"https://", "ftp://", "info_link"},
      {R"("info_link": "https://example.com", )", "", "info_link"},
      {"iVBORw==", "%%%", "picture"},
      {R"("picture": "iVBORw==",)", "", "picture"},
  };
  for (const Case& one : kCases) {
    std::string body = kBanner;
    const size_t at = body.find(one.from);
    ASSERT_NE(at, std::string::npos) << one.from;
    body.replace(at, std::string_view(one.from).size(), one.to);
    if (std::string_view(one.field) != "offer_id") {
      body.replace(body.find("Spring1"), 7, "Other");
    }
    const Reply refused = Post("offer", body);
    EXPECT_EQ(refused.code(), "INVALID_PARAMETER") << body;
    EXPECT_EQ(Field(refused.data(), "field"), one.field) << body;
  }
}

TEST_F(CatalogueTest, ListsOffersOfOneType) {
  ASSERT_EQ(Post("offer", kBanner).status, 200);
  EXPECT_EQ(Numbers("offer", "type=banner", "offer_id"), "Spring1");
  EXPECT_EQ(Numbers("offer", "type=sale", "offer_id"), "");
  EXPECT_EQ(Field(Get("offer", "type=sale").body, "meta:total_count"), "0");
  EXPECT_EQ(Numbers("offer", "", "offer_id"), "MISSING_QUERY_PARAMETER");
  EXPECT_EQ(Numbers("offer", "type=poster", "offer_id"), "INVALID_QUERY_PARAMETER");
  EXPECT_EQ(Numbers("offer", "type=sale&type=sale", "offer_id"), "INVALID_QUERY_PARAMETER");
  EXPECT_EQ(
      Numbers("offer", "type=banner&filter_type=field-prefix&filter_field=title&filter_value=spr",
              "offer_id"),
      "Spring1");
}

TEST_F(CatalogueTest, AnAcceptedSaleCannotBeChanged) {
  ASSERT_EQ(Post("offer", R"({"offer_id": "S1", "type": "sale", "title": "Sale", "text": "Now",
      "media": {"picture": "AAAA", "picture_type": "image/png"}})")
                .status,
            200);
  EXPECT_EQ(Put("offer/S1", R"({"title": "Other"})").status, 200);
  const std::string id = AddSent();
  const Reply accepted = Control(
      "POST", "sales", absl::StrCat(R"({"billogram_id": ")", id, R"(", "offer_id": "S1"})"));
  ASSERT_EQ(accepted.status, 200) << accepted.text;
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent,SaleAccepted");
  const Reply refused = Put("offer/S1", R"({"title": "Third"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.code(), "PERMISSION_DENIED");
}

}  // namespace
}  // namespace billing::sandbox
