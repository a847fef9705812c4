#include <set>

#include "absl/strings/str_cat.h"
#include "service/sandbox/billpro/places.h"
#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

constexpr char kWhole[] = R"({"customer": {
    "first_name": "Jane", "last_name": "Jones", "email": "jane@example.com",
    "date_of_birth": "12/05/1995", "phone": "+447700900123", "customer_id": "MINE",
    "organisation": {"name": "Org", "registration_number": "1", "web_url": "https://example.com",
                     "vat": "GB0123456789", "description": "d"},
    "addresses": {"billing_address": {"street": "A Street 1", "city": "Town", "state": "S",
                                      "country": "GB", "postal_code": "AB1"},
                  "shipping_address": {"city": "Elsewhere", "country": "SE"}}}})";

class CustomerTest : public BillProTest {
 protected:
  // The refusal's body for a customer with these members beside the needed ones.
  std::string Refused(std::string_view fields) {
    const Reply reply = Api(
        "POST", "customers",
        absl::StrCat(R"({"customer": {"first_name": "J", "last_name": "J", "email": "j@e.com", )",
                     std::string(fields), "}}"));
    EXPECT_EQ(reply.status, 422) << reply.text;
    return reply.text;
  }
};

TEST_F(CustomerTest, CreateAnswersTheWholeCustomer) {
  const Reply made = Api("POST", "customers", kWhole);
  ASSERT_EQ(made.status, 201) << made.text;
  EXPECT_EQ(made.body.Find("id")->AsInteger(), 1);
  const std::string merchant_id = Field(made.body, "customer_id");
  EXPECT_EQ(merchant_id.size(), 10u);
  EXPECT_EQ(merchant_id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
            std::string::npos);
  EXPECT_EQ(Field(made.body, "date_of_birth"), "12/05/1995");
  EXPECT_EQ(Field(made.body, "phone"), "+447700900123");
  EXPECT_EQ(Field(made.body, "organisation:vat"), "GB0123456789");
  EXPECT_EQ(Field(made.body, "organisation:created_at"), "2026-03-01T12:00:00.000Z");
  const Json::Array& addresses = made.body.Find("addresses")->elements();
  ASSERT_EQ(addresses.size(), 2u);
  EXPECT_EQ(Field(addresses[0], "address_type"), "billing");
  EXPECT_EQ(Field(addresses[0], "postal_code"), "AB1");
  EXPECT_EQ(Field(addresses[1], "address_type"), "shipping");
  EXPECT_EQ(Field(made.body, "created_at"), "2026-03-01T12:00:00.000Z");
  EXPECT_EQ(Api("GET", "customers/1").body, made.body);
}

TEST_F(CustomerTest, TheAttestedFailureIsAFieldMap) {
  EXPECT_EQ(Refused(R"("phone": "+44770000000000")"), R"({"phone": ["is invalid"]})");
}

TEST_F(CustomerTest, EveryBadFieldIsNamed) {
  const Reply reply = Api("POST", "customers", R"({"customer": {"first_name": " ",
      "email": "nowhere", "date_of_birth": "31/02/1995", "phone": "12",
      "addresses": {"billing_address": {"country": "XX"}}}})");
  EXPECT_EQ(reply.status, 422);
  EXPECT_EQ(reply.body, *ParseJson(R"({"first_name": ["can't be blank"],
      "last_name": ["can't be blank"], "email": ["is invalid"], "date_of_birth": ["is invalid"],
      "phone": ["is invalid"], "addresses.country": ["is invalid"]})"));
  EXPECT_EQ(Api("GET", "customers").text, "[]");
}

TEST_F(CustomerTest, WrongTypesAreInvalid) {
  for (const char* field :
       {"first_name", "email", "phone", "date_of_birth", "organisation", "addresses"}) {
    for (const char* value : {"[]", "true", "[{}]"}) {
      const Reply reply =
          Api("POST", "customers",
              absl::StrCat(R"({"customer": {"last_name": "J", ")", field, "\": ", value, "}}"));
      EXPECT_EQ(reply.status, 422);
      ASSERT_NE(reply.body.Find(field), nullptr) << field << value << reply.text;
    }
  }
  for (const char* bad : {"1995-05-12", "5/12/1995", "12/05/95", "12/13/1995", "00/01/1995",
                          "12/05/1995 10:00", "12/05/3000"}) {
    EXPECT_EQ(Refused(absl::StrCat(R"("date_of_birth": ")", bad, "\"")),
              R"({"date_of_birth": ["is invalid"]})");
  }
}

TEST_F(CustomerTest, AnEmailIsUniqueWithinAProfile) {
  Api("POST", "customers", kWhole);
  EXPECT_EQ(Api("POST", "customers", kWhole).text, R"({"email": ["has already been taken"]})");
  // A customer keeps its own, and a freed one can be taken.
  EXPECT_EQ(Api("PUT", "customers/1", kWhole).status, 200);
  EXPECT_EQ(Api("PUT", "customers/1", R"({"customer": {"email": "JJ@example.com"}})").status, 200);
  EXPECT_EQ(Api("POST", "customers", kWhole).status, 201);
  EXPECT_EQ(Api("PUT", "customers/2", R"({"customer": {"email": "jj@example.com"}})").status, 422);
  Setting(R"("unique_email": false)");
  EXPECT_EQ(Api("POST", "customers", kWhole).status, 201);
}

TEST_F(CustomerTest, UpdateReplacesAddressesAsASet) {
  const Reply made = Api("POST", "customers", kWhole);
  const Reply updated = Api("PUT", "customers/1", R"({"customer": {"customer_id": "MINE",
      "addresses": {"shipping_address": {"city": "New"}}}})");
  ASSERT_EQ(updated.status, 200) << updated.text;
  const Json::Array& addresses = updated.body.Find("addresses")->elements();
  ASSERT_EQ(addresses.size(), 1u);
  EXPECT_EQ(Field(addresses[0], "address_type"), "shipping");
  EXPECT_EQ(Field(addresses[0], "city"), "New");
  EXPECT_EQ(Field(addresses[0], "country"), "null");
  // A new row, and everything else as it was.
  EXPECT_EQ(Field(addresses[0], "id"), "3");
  EXPECT_EQ(Field(updated.body, "customer_id"), Field(made.body, "customer_id"));
  EXPECT_EQ(*updated.body.Find("organisation"), *made.body.Find("organisation"));
  EXPECT_EQ(Field(updated.body, "first_name"), "Jane");
  const Reply emptied = Api("PUT", "customers/1", R"({"customer": {"addresses": {}}})");
  EXPECT_EQ(emptied.body.Find("addresses")->ToString(), "[]");
}

TEST_F(CustomerTest, WhatGetAnswersCannotBeSentBack) {
  Api("POST", "customers", kWhole);
  const Reply read = Api("GET", "customers/1");
  const Reply sent = Api("PUT", "customers/1", absl::StrCat(R"({"customer": )", read.text, "}"));
  EXPECT_EQ(sent.status, 422);
  EXPECT_EQ(sent.text, R"({"addresses": ["is invalid"]})");
}

TEST_F(CustomerTest, NullTakesAFieldAway) {
  Api("POST", "customers", kWhole);
  const Reply updated = Api("PUT", "customers/1", R"({"customer": {"phone": null,
      "organisation": {"vat": null}, "date_of_birth": ""}})");
  EXPECT_EQ(Field(updated.body, "phone"), "null");
  EXPECT_EQ(Field(updated.body, "date_of_birth"), "null");
  EXPECT_EQ(Field(updated.body, "organisation:vat"), "null");
  EXPECT_EQ(Field(updated.body, "organisation:name"), "Org");
  EXPECT_EQ(Api("PUT", "customers/1", R"({"customer": {"first_name": null}})").status, 422);
}

TEST_F(CustomerTest, FormsCreateToo) {
  const Reply form = Api("POST", "customers",
                         "customer[first_name]=Jane&customer[last_name]=Jones"
                         "&customer[email]=jane%40example.com"
                         "&customer[addresses][billing_address][country]=GB",
                         "application/x-www-form-urlencoded");
  EXPECT_EQ(form.status, 201) << form.text;
  EXPECT_EQ(Field(form.body.Find("addresses")->elements()[0], "country"), "GB");
  std::string parts;
  for (const char* part : {"first_name]\"\r\n\r\nJane", "last_name]\"\r\n\r\nJones",
                           "email]\"\r\n\r\njane2@example.com"}) {
    absl::StrAppend(&parts, "--x\r\nContent-Disposition: form-data; name=\"customer[", part,
                    "\r\n");
  }
  const Reply multipart =
      Api("POST", "customers", parts + "--x--\r\n", "multipart/form-data; boundary=x");
  EXPECT_EQ(multipart.status, 201) << multipart.text;
  EXPECT_EQ(Field(multipart.body, "email"), "jane2@example.com");
}

TEST(PlacesTest, PhonesFitTheirCountry) {
  for (const char* good : {"+447700900123", "+44 7700 900123", "+46701234567", "+12025550123",
                           "+4930123456", "+8613800000000", "+35312345678"}) {
    EXPECT_TRUE(IsPhone(good)) << good;
  }
  for (const char* bad :
       {"", "+", "447700900123", "+44770000000000", "+4477", "+1202555012", "+120255501234",
        "+0701234567", "+46 70 abc", "+1234567890123456", "++447700900123"}) {
    EXPECT_FALSE(IsPhone(bad)) << bad;
  }
}

TEST(PlacesTest, EmailsAndCountries) {
  for (const char* good : {"a@b.se", "first.last+tag@sub.example.com"}) {
    EXPECT_TRUE(IsEmail(good)) << good;
  }
  for (const char* bad : {"", "a", "@b.se", "a@", "a@b", "a@.se", "a@b.", "a@b..se", "a b@c.se",
                          "a@b@c.se", "a@b.se\n"}) {
    EXPECT_FALSE(IsEmail(bad)) << bad;
  }
  EXPECT_TRUE(IsCountry("GB"));
  EXPECT_TRUE(IsCountry("ZW"));
  for (const char* bad : {"", "G", "gb", "UK", "GBR", "B ", " B", "XX"}) {
    EXPECT_FALSE(IsCountry(bad)) << bad;
  }
}

}  // namespace
}  // namespace billing::sandbox::billpro
