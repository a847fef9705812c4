#include "service/sandbox/billpro/notification.h"

#include <openssl/evp.h>

#include <set>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
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

// What a receiver reads of a notification as it is sent; empty where the tag does not fit.
std::string Decrypt(const Json& sent, std::string_view key) {
  const auto bytes = [](std::string_view hex) {
    return absl::HexStringToBytes(absl::string_view(hex.data(), hex.size()));
  };
  const auto data = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::string body = bytes(Field(sent, "body"));
  std::string tag = bytes(Field(sent, "headers:X-Authentication-Tag"));
  std::string plain(body.size(), '\0');
  auto* const out = reinterpret_cast<unsigned char*>(plain.data());
  int length = 0;
  EVP_CIPHER_CTX* const context = EVP_CIPHER_CTX_new();
  EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, data(bytes(key)),
                     data(bytes(Field(sent, "headers:X-Initialization-Vector"))));
  EVP_DecryptUpdate(context, out, &length, data(body), static_cast<int>(body.size()));
  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, static_cast<int>(tag.size()), tag.data());
  const bool fits = EVP_DecryptFinal_ex(context, out + length, &length) == 1;
  EVP_CIPHER_CTX_free(context);
  return fits ? plain : "";
}

class NotificationTest : public BillProTest {
 protected:
  // The messages, as a receiver with the account's key reads them.
  std::vector<Json> Decrypted() {
    std::vector<Json> all;
    const Reply reply = Control("GET", "notifications");
    for (const Json& one : reply.data().elements()) {
      const auto message =
          ParseJson(Decrypt(one, sandbox_.world().accounts()[0]->notification_key));
      EXPECT_TRUE(message.ok()) << one.ToString();
      if (message.ok()) all.push_back(*message);
    }
    return all;
  }
  // An order that begins with the registration of a card.
  int64_t InstalmentsWithoutDeposit() {
    return PlaceOk("instalment", AddProduct(R"("product_type": "instalment", "price": 90)"),
                   R"("initial_amount": 0)");
  }
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
  const int64_t order = InstalmentsWithoutDeposit();
  DoOk(order, "approve");
  const std::vector<Json> messages = Messages();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(Field(messages[0], "payload:paymentType"), "PA");
  EXPECT_EQ(Field(messages[0], "payload:amount"), "0.50");
  EXPECT_EQ(Field(messages[1], "type"), "REGISTRATION");
  EXPECT_EQ(Field(messages[1], "action"), "CREATED");
  EXPECT_EQ(Field(messages[1], "payload:result:code"), "000.000.000");
}

TEST_F(NotificationTest, CarriesWhatThePlatformTellsOfItself) {
  const int64_t order = Single();
  DoOk(order, "approve");
  const std::vector<Json> messages = Decrypted();
  ASSERT_EQ(messages.size(), 1u);
  const Json& message = messages[0];
  const std::string entity = Field(message, "payload:authentication:entityId");
  EXPECT_THAT(entity, testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(Field(message, "payload:ndc"), absl::StrCat(entity, "_", Field(message, "payload:id")));
  EXPECT_EQ(Field(message, "payload:descriptor"),
            absl::StrCat("SANDBOX ", Get(order, "invoice_id")));
  EXPECT_EQ(Field(message, "payload:channelName"), "Sandbox profile 5");
  EXPECT_THAT(Field(message, "payload:shortId"),
              testing::MatchesRegex("[0-9]{4}[.][0-9]{4}[.][0-9]{4}"));
  EXPECT_EQ(Field(message, "payload:buildNumber"), "sandbox");
  EXPECT_EQ(Field(message, "payload:risk"), R"({"score": "0"})");
  EXPECT_EQ(Field(message, "payload:customParameters"), R"({"sandbox_profile": "5"})");
}

TEST_F(NotificationTest, EveryMessageHasItsOwnShortIdAndEveryProfileItsEntity) {
  const int64_t order = Single();
  DoOk(order, "decline");
  DoOk(order, "approve");
  std::set<std::string> short_ids;
  std::set<std::string> entities;
  for (const Json& message : Decrypted()) {
    short_ids.insert(Field(message, "payload:shortId"));
    entities.insert(Field(message, "payload:authentication:entityId"));
  }
  EXPECT_EQ(short_ids.size(), 2u);
  EXPECT_EQ(entities.size(), 1u);
  Order foreign;
  foreign.profile_id = 6;
  const Json other = PaymentMessage(foreign, Customer(), {.id = std::string(32, '0')});
  EXPECT_EQ(entities.count(Field(other, "payload:authentication:entityId")), 0u);
}

TEST_F(NotificationTest, ARegistrationNamesItsChannelButNoPayment) {
  const int64_t order = InstalmentsWithoutDeposit();
  DoOk(order, "approve");
  const std::vector<Json> messages = Decrypted();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(Field(messages[1], "payload:channelName"), "Sandbox profile 5");
  EXPECT_EQ(Field(messages[1], "payload:buildNumber"), "sandbox");
  EXPECT_EQ(Field(messages[1], "payload:authentication:entityId"),
            Field(messages[0], "payload:authentication:entityId"));
  const Json& payload = *messages[1].Find("payload");
  EXPECT_EQ(payload.Find("descriptor"), nullptr);
  EXPECT_EQ(payload.Find("risk"), nullptr);
}

TEST_F(NotificationTest, StripeHasNone) {
  Setting(R"("processor": "stripe")");
  DoOk(Single(), "approve");
  EXPECT_TRUE(Messages().empty());
}

}  // namespace
}  // namespace billing::sandbox::billpro
