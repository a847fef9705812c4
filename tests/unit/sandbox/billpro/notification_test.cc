#include "service/sandbox/billpro/notification.h"

#include "tests/unit/sandbox/billpro/billpro_testing.h"

namespace billing::sandbox::billpro {
namespace {

constexpr char kKey[] = "000102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f";
constexpr char kVector[] = "000000000000000000000000";

TEST(EncryptMessageTest, GivesThePublishedVector) {
  const auto sent = EncryptMessage(R"({"type":"PAYMENT"})", kKey, kVector);
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->body, "0A3471C72D9BE49A8520F79C66BBD9A12FF9");
  EXPECT_EQ(sent->authentication_tag, "CE573FB7A41AB78E743180DC83FF09BD");
  EXPECT_EQ(sent->initialization_vector, kVector);
}

TEST(EncryptMessageTest, TakesAnyMessageAndEitherCase) {
  EXPECT_EQ(EncryptMessage("", kKey, kVector)->body, "");
  EXPECT_EQ(EncryptMessage(std::string(1 << 20, 'x'), kKey, kVector)->body.size(), 2u << 20);
  const std::string lower(64, 'a');
  const std::string upper(64, 'A');
  EXPECT_EQ(EncryptMessage("x", lower, kVector)->body, EncryptMessage("x", upper, kVector)->body);
}

TEST(EncryptMessageTest, RefusesBadKeysAndVectors) {
  const std::string key = kKey;
  for (const std::string& bad : {std::string(), key.substr(2), key + "00", "zz" + key.substr(2)}) {
    EXPECT_FALSE(EncryptMessage("x", bad, kVector).ok()) << bad;
  }
  for (const char* bad : {"", "00", "0000000000000000000000000000", "00000000000000000000000g"}) {
    EXPECT_FALSE(EncryptMessage("x", kKey, bad).ok()) << bad;
  }
}

class NotificationTest : public BillProTest {
 protected:
  // The messages, as they were before encryption.
  std::vector<Json> Messages(std::string_view query = "") {
    std::vector<Json> all;
    const Reply reply = Control("GET", "notifications" + std::string(query));
    for (const Json& one : reply.data().elements())
      all.push_back(*ParseJson(one.Text("plaintext")));
    return all;
  }
};

TEST_F(NotificationTest, TellsOfEveryTransaction) {
  const int64_t order = Single();
  DoOk(order, "decline");
  DoOk(order, "approve");
  DoOk(order, "refund", R"({"amount": "5.00"})");
  const std::vector<Json> messages = Messages();
  ASSERT_EQ(messages.size(), 3u);
  EXPECT_EQ(Field(messages[0], "type"), "PAYMENT");
  EXPECT_NE(Field(messages[0], "payload:result:code"), "000.000.000");
  EXPECT_EQ(Field(messages[1], "payload:result:code"), "000.000.000");
  EXPECT_EQ(Field(messages[1], "payload:paymentType"), "DB");
  EXPECT_EQ(Field(messages[1], "payload:amount"), "20.00");
  EXPECT_EQ(Field(messages[1], "payload:currency"), "GBP");
  EXPECT_EQ(Field(messages[1], "payload:merchantTransactionId"), Get(order, "invoice_id"));
  EXPECT_EQ(Field(messages[1], "payload:timestamp"), "2026-03-01 12:00:00+0000");
  EXPECT_EQ(Field(messages[1], "payload:customer:merchantCustomerId"),
            Field(Api("GET", "customers/" + Get(order, "customer_id")).body, "customer_id"));
  EXPECT_EQ(Field(messages[2], "payload:paymentType"), "RF");
  EXPECT_EQ(Field(messages[2], "payload:amount"), "5.00");
  // A second attempt has another id.
  EXPECT_NE(Field(messages[0], "payload:id"), Field(messages[1], "payload:id"));
  EXPECT_EQ(Messages("?from=2").size(), 1u);
}

TEST_F(NotificationTest, IsSentEncryptedWithTheAccountsKey) {
  DoOk(Single(), "approve");
  DoOk(Single(), "approve");
  const Reply reply = Control("GET", "notifications?account=acme");
  ASSERT_EQ(reply.data().elements().size(), 2u);
  const Json& one = reply.data().elements()[0];
  const std::string vector = Field(one, "headers:X-Initialization-Vector");
  const auto sent = EncryptMessage(one.Text("plaintext"),
                                   sandbox_.world().accounts()[0]->notification_key, vector);
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(Field(one, "body"), sent->body);
  EXPECT_EQ(Field(one, "headers:X-Authentication-Tag"), sent->authentication_tag);
  EXPECT_NE(vector, Field(reply.data().elements()[1], "headers:X-Initialization-Vector"));
}

TEST_F(NotificationTest, AStoredCardIsARegistration) {
  const int64_t order =
      PlaceOk("instalment", AddProduct(R"("product_type": "instalment", "price": 90)"),
              R"("initial_amount": 0)");
  DoOk(order, "approve");
  const std::vector<Json> messages = Messages();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(Field(messages[0], "payload:paymentType"), "PA");
  EXPECT_EQ(Field(messages[0], "payload:amount"), "0.50");
  EXPECT_EQ(Field(messages[1], "type"), "REGISTRATION");
  EXPECT_EQ(Field(messages[1], "action"), "CREATED");
  EXPECT_EQ(Field(messages[1], "payload:result:code"), "000.000.000");
}

TEST_F(NotificationTest, StripeHasNone) {
  Setting(R"("processor": "stripe")");
  DoOk(Single(), "approve");
  EXPECT_TRUE(Messages().empty());
}

}  // namespace
}  // namespace billing::sandbox::billpro
