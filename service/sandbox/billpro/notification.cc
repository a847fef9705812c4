#include "service/sandbox/billpro/notification.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "service/common/strings.h"
#include "service/sandbox/billpro/values.h"

namespace billing::sandbox::billpro {
namespace {

using common::ToAbsl;

constexpr size_t kKeyBytes = 32;
constexpr size_t kVectorBytes = 12;
constexpr int kTagBytes = 16;
constexpr size_t kShortIdDigits = 12;

// The bytes that hexadecimal digits spell; empty where `text` is not exactly `bytes` of them.
std::string FromHex(std::string_view text, size_t bytes) {
  const bool fits = text.size() == 2 * bytes &&
                    text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return fits ? absl::HexStringToBytes(ToAbsl(text)) : "";
}

std::string ToHex(std::string_view bytes) {
  return absl::AsciiStrToUpper(absl::BytesToHexString(ToAbsl(bytes)));
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

struct ResultText {
  const char* code;
  const char* description;
};

ResultText ResultOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kApproved:
      return {"000.000.000", "Transaction succeeded"};
    case Outcome::kSoftDecline:
      return {"800.100.155", "transaction declined (amount exceeds credit)"};
    case Outcome::kHardDecline:
      return {"800.100.159", "transaction declined (stolen card)"};
  }
  return {"", ""};
}

std::string GatewayTime(absl::Time time) {
  return absl::StrCat(absl::FormatTime("%Y-%m-%d %H:%M:%S", time, absl::UTCTimeZone()), "+0000");
}

Json CustomerPart(const Customer& customer) {
  return Json::MakeObject({{"givenName", Json::String(customer.first_name)},
                           {"surname", Json::String(customer.last_name)},
                           {"merchantCustomerId", Json::String(customer.customer_id)},
                           {"email", Json::String(customer.email)}});
}

// A card that exists in test systems only.
Json CardPart(const Customer& customer) {
  return Json::MakeObject(
      {{"bin", Json::String("420000")},
       {"last4Digits", Json::String("0000")},
       {"holder", Json::String(absl::StrCat(customer.first_name, " ", customer.last_name))},
       {"expiryMonth", Json::String("05")},
       {"expiryYear", Json::String("2034")}});
}

// Four digits three times, told from the 32 hexadecimal ones of the id.
std::string ShortId(std::string_view id) {
  std::string text;
  for (size_t i = 0; i < kShortIdDigits; ++i) {
    if (i > 0 && i % 4 == 0) text += '.';
    const char digit = id[i];
    text += absl::ascii_isdigit(static_cast<unsigned char>(digit))
                ? digit
                : static_cast<char>('0' + (digit - 'a'));
  }
  return text;
}

// What the platform tells of itself in every message. The reference states these fields' types,
// so that their texts are the sandbox's own: a receiver must not read anything out of them.
void AddPlatformPart(const Order& order, std::string_view id, Json& payload) {
  const std::string profile = absl::StrCat(order.profile_id);
  const std::string entity = absl::StrFormat("%032x", order.profile_id);
  payload.Set("authentication", Json::MakeObject({{"entityId", Json::String(entity)}}));
  payload.Set("channelName", Json::String(absl::StrCat("Sandbox profile ", profile)));
  payload.Set("ndc", Json::String(absl::StrCat(entity, "_", ToAbsl(id))));
  payload.Set("shortId", Json::String(ShortId(id)));
  payload.Set("buildNumber", Json::String("sandbox"));
  payload.Set("customParameters", Json::MakeObject({{"sandbox_profile", Json::String(profile)}}));
}

Json ResultPart(Outcome outcome) {
  const ResultText text = ResultOf(outcome);
  return Json::MakeObject(
      {{"code", Json::String(text.code)}, {"description", Json::String(text.description)}});
}

}  // namespace

absl::StatusOr<EncryptedMessage> EncryptMessage(std::string_view plaintext, std::string_view key,
                                                std::string_view initialization_vector) {
  const std::string key_bytes = FromHex(key, kKeyBytes);
  const std::string vector_bytes = FromHex(initialization_vector, kVectorBytes);
  if (key_bytes.empty()) return absl::InvalidArgumentError("the key must be 64 hex digits");
  if (vector_bytes.empty()) return absl::InvalidArgumentError("the vector must be 24 hex digits");

  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  std::string ciphertext(plaintext.size(), '\0');
  std::array<unsigned char, kTagBytes> tag;
  int length = 0;
  auto* const out = reinterpret_cast<unsigned char*>(ciphertext.data());
  // GCM's last step gives the tag alone, so that `out` needs no room for it.
  const bool done =
      context != nullptr &&
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key_bytes),
                         Bytes(vector_bytes)) == 1 &&
      EVP_EncryptUpdate(context.get(), out, &length, Bytes(plaintext),
                        static_cast<int>(plaintext.size())) == 1 &&
      EVP_EncryptFinal_ex(context.get(), tag.data(), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1;
  if (!done) return absl::InternalError("the message cannot be encrypted");
  return EncryptedMessage{ToHex(ciphertext), ToHex(vector_bytes),
                          ToHex({reinterpret_cast<const char*>(tag.data()), tag.size()})};
}

void NotificationLog::Add(int64_t order_id, absl::Time at, const Json& message, Random& random) {
  all_.push_back({next_index_++, order_id, at, message.ToString(),
                  random.Text("0123456789ABCDEF", 2 * kVectorBytes)});
  if (all_.size() > kMax) all_.pop_front();
}

Json PaymentMessage(const Order& order, const Customer& customer, const Transaction& transaction) {
  const Json amount = Money(transaction.amount);
  const Json currency = Json::String(order.currency);
  Json payload =
      Json::MakeObject({{"id", Json::String(transaction.id)},
                        {"paymentType", Json::String(transaction.type)},
                        {"paymentBrand", Json::String("VISA")},
                        {"amount", amount},
                        {"currency", currency},
                        {"presentationAmount", amount},
                        {"presentationCurrency", currency},
                        {"descriptor", Json::String(absl::StrCat("SANDBOX ", order.invoice_id))},
                        {"merchantTransactionId", Json::String(order.invoice_id)},
                        {"result", ResultPart(transaction.outcome)},
                        {"card", CardPart(customer)},
                        {"customer", CustomerPart(customer)},
                        {"risk", Json::MakeObject({{"score", Json::String("0")}})},
                        {"timestamp", Json::String(GatewayTime(transaction.at))},
                        {"source", Json::String("SYSTEM")},
                        {"paymentMethod", Json::String("CC")}});
  AddPlatformPart(order, transaction.id, payload);
  return Json::MakeObject({{"type", Json::String("PAYMENT")}, {"payload", std::move(payload)}});
}

Json RegistrationMessage(const Order& order, const Customer& customer, std::string_view id,
                         absl::Time at) {
  Json payload = Json::MakeObject({{"id", Json::String(id)},
                                   {"paymentType", Json::String("RG")},
                                   {"paymentBrand", Json::String("VISA")},
                                   {"merchantTransactionId", Json::String(order.invoice_id)},
                                   {"result", ResultPart(Outcome::kApproved)},
                                   {"card", CardPart(customer)},
                                   {"customer", CustomerPart(customer)},
                                   {"timestamp", Json::String(GatewayTime(at))}});
  AddPlatformPart(order, id, payload);
  return Json::MakeObject({{"type", Json::String("REGISTRATION")},
                           {"action", Json::String("CREATED")},
                           {"payload", std::move(payload)}});
}

}  // namespace billing::sandbox::billpro
