#include "service/gateway/rpc/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"
#include "service/gateway/providers/billogram/billogram.h"
#include "tests/unit/gateway/translate/translate_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::rpc {
namespace {

namespace v1 = billing::gateway::v1;
using absl::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using translate::CallError;

// A provider with one header and two parameters, and no secrets.
class Other final : public providers::Provider {
 public:
  std::string_view name() const override { return "other"; }
  std::string_view domain() const override { return "other.example"; }
  std::vector<std::string> required_keys() const override { return {}; }
  absl::StatusOr<std::vector<providers::NameValue>> Headers(
      const v1::AccountConfig& account) const override {
    if (account.profile_id() == 13)
      return std::vector<providers::NameValue>{{"Authorization", "Bearer a\r\nb"}};
    return std::vector<providers::NameValue>{{"Authorization", "Bearer t"}};
  }
  std::vector<providers::NameValue> Query(const v1::AccountConfig& account) const override {
    if (account.profile_id() == 0) return {};
    return {{"profile id", std::to_string(account.profile_id())}, {"a", "b&c=/"}};
  }
  providers::Fault ReadError(const translate::Method&,
                             const providers::ErrorAnswer&) const override {
    return {};
  }
};

class AccountsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    providers_.push_back(std::make_unique<providers::Billogram>());
    providers_.push_back(std::make_unique<Other>());
    user_ = folder_.Write("user", "1234-AbCdEfGh");
    key_ = folder_.Write("key", "k3y-of-the-test");
    other_file_.Message("Empty", {"unmapped unmapped = 1"});
    other_file_.Service("OtherService", "provider: 'other' envelope: ENVELOPE_BARE");
    other_file_.Rpc("Get", "Empty", "Empty", "get: '/x'", "safety: SAFETY_SAFE");
    auto made = translate::MethodTable::Make({other_file_.Build()});
    ASSERT_TRUE(made.ok()) << made.status();
    other_methods_ = *std::move(made);
  }

  v1::AccountConfig* AddBillogram(const std::string& name) {
    v1::AccountConfig* account = config_.add_accounts();
    account->set_name(name);
    account->set_provider("billogram");
    account->set_base_url("http://127.0.0.1:8081/api/v2");
    account->mutable_credentials()->set_user_file(user_);
    account->mutable_credentials()->set_key_file(key_);
    return account;
  }
  v1::AccountConfig* AddOther(const std::string& name, int64_t profile = 0) {
    v1::AccountConfig* account = config_.add_accounts();
    account->set_name(name);
    account->set_provider("other");
    account->set_base_url("https://other.example/api");
    account->set_profile_id(profile);
    return account;
  }

  absl::StatusOr<std::unique_ptr<AccountBook>> Make() {
    AccountBook::Options options;
    options.connections_per_account = 3;
    options.providers = &providers_;
    options.methods = billogram_methods_.get();
    return AccountBook::Make(config_, options);
  }

  const translate::Method& BillogramMethod() {
    return *billogram_methods_->Find("/billogram.v2.BillogramService/GetBillogram");
  }
  const translate::Method& OtherMethod() { return *other_methods_->methods()[0]; }

  // "account" or "CODE reason".
  std::string Pick(const AccountBook& book, const translate::Method& method,
                   const std::vector<std::string_view>& named) {
    CallError error;
    const Account* account = book.Pick(method, named, &error);
    if (account != nullptr) return account->name;
    EXPECT_EQ(error.domain, "billing-gateway");
    EXPECT_NE(error.message, "");
    EXPECT_FALSE(error.never_retry);
    return absl::StatusCodeToString(error.code) + " " + error.reason;
  }

  std::vector<std::unique_ptr<providers::Provider>> providers_;
  std::unique_ptr<translate::MethodTable> billogram_methods_ =
      translate::testing::BillogramMethods();
  translate::testing::ProtoFile other_file_{"other"};
  std::unique_ptr<translate::MethodTable> other_methods_;
  v1::Config config_;
  std::string user_;
  std::string key_;
  TempFolder folder_;
};

TEST_F(AccountsTest, TheOnlyAccountOfTheProviderNeedsNoName) {
  AddBillogram("acme");
  AddOther("shop");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(Pick(**book, BillogramMethod(), {}), "acme");
  EXPECT_EQ(Pick(**book, OtherMethod(), {}), "shop");
  EXPECT_EQ(Pick(**book, BillogramMethod(), {"acme"}), "acme");
}

TEST_F(AccountsTest, OneOfSeveralMustBeNamed) {
  AddBillogram("acme");
  AddBillogram("beta");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_THAT(Pick(**book, BillogramMethod(), {}), HasSubstr("INVALID_ARGUMENT"));
  EXPECT_EQ(Pick(**book, BillogramMethod(), {"acme"}), "acme");
  EXPECT_EQ(Pick(**book, BillogramMethod(), {"beta"}), "beta");
}

TEST_F(AccountsTest, UnknownAndUnfitAccounts) {
  AddBillogram("acme");
  AddOther("shop");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  for (const std::string& name :
       {std::string(""), std::string("Acme"), std::string("acme "), std::string("nobody"),
        std::string("acm"), std::string(10000, 'a'), std::string("\xFF\0", 2)}) {
    EXPECT_EQ(Pick(**book, BillogramMethod(), {name}), "NOT_FOUND UNKNOWN_ACCOUNT") << name;
  }
  EXPECT_THAT(Pick(**book, BillogramMethod(), {"shop"}), HasSubstr("INVALID_ARGUMENT"));
}

TEST_F(AccountsTest, OneNameOnly) {
  AddBillogram("acme");
  AddBillogram("beta");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_EQ(Pick(**book, BillogramMethod(), {"acme", "beta"}),
            "INVALID_ARGUMENT ACCOUNT_AMBIGUOUS");
  EXPECT_EQ(Pick(**book, BillogramMethod(), {"acme", "acme"}),
            "INVALID_ARGUMENT ACCOUNT_AMBIGUOUS");
}

TEST_F(AccountsTest, NoAccountAtAll) {
  AddOther("shop");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  EXPECT_THAT(Pick(**book, BillogramMethod(), {}), HasSubstr("NOT_FOUND"));
}

TEST_F(AccountsTest, AccountsAreReadyForCalls) {
  AddBillogram("acme");
  AddOther("shop", 5);
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  ASSERT_EQ((*book)->accounts().size(), 2u);
  const Account& acme = *(*book)->accounts()[0];
  const Account& shop = *(*book)->accounts()[1];
  EXPECT_EQ(acme.index, 0u);
  EXPECT_EQ(shop.index, 1u);
  EXPECT_EQ(acme.target->base_url(), "http://127.0.0.1:8081/api/v2");
  EXPECT_EQ(acme.query, "");
  EXPECT_EQ(shop.query, "profile%20id=5&a=b%26c%3D%2F");
  EXPECT_EQ(shop.provider->name(), "other");

  std::vector<std::string> lines;
  for (const curl_slist* node = acme.headers->Chain(true); node != nullptr; node = node->next) {
    for (const absl::string_view line : absl::StrSplit(node->data, "\r\n")) {
      lines.emplace_back(line);
    }
  }
  EXPECT_THAT(lines,
              ::testing::IsSupersetOf(
                  {std::string("Authorization: Basic MTIzNC1BYkNkRWZHaDprM3ktb2YtdGhlLXRlc3Q="),
                   std::string("Accept: application/json"),
                   std::string("Content-Type: application/json")}));
  EXPECT_THAT(lines, ::testing::Contains(HasSubstr("User-Agent: ")));
}

TEST_F(AccountsTest, AMethodCanHaveAnotherPathInOneAccount) {
  const auto add_path = [](v1::AccountConfig* account, const std::string& method,
                           const std::string& path) {
    v1::PathConfig* entry = account->add_paths();
    entry->set_method(method);
    entry->set_path(path);
  };
  add_path(AddBillogram("acme"), "billogram.v2.BillogramService.GetBillogram", "/invoices/{id}");
  AddBillogram("beta");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  const translate::Method::Path* path = (*book)->accounts()[0]->PathOf(BillogramMethod());
  ASSERT_NE(path, nullptr);
  ASSERT_EQ(path->size(), 1u);
  EXPECT_EQ((*path)[0].literal, "/invoices/");
  EXPECT_EQ((*path)[0].variable, BillogramMethod().path[0].variable);
  EXPECT_EQ((*book)->accounts()[1]->PathOf(BillogramMethod()), nullptr);
  const auto* other = billogram_methods_->Find("/billogram.v2.CustomerService/GetCustomer");
  EXPECT_EQ((*book)->accounts()[0]->PathOf(*other), nullptr);

  // As gRPC names it, too; but not twice, not of another provider and not a path that cannot be.
  add_path(config_.mutable_accounts(1), "/billogram.v2.CustomerService/GetCustomer",
           "/customers?no={customer_no}");
  EXPECT_TRUE(Make().ok());
  for (const auto& [method, text] :
       {std::pair("billogram.v2.CustomerService.GetCustomer", "/x/{customer_no}"),
        std::pair("billogram.v2.ItemService.GetItem", "/x/{id}"),
        std::pair("billogram.v2.ItemService.ReadItem", "/x/{item_no}"),
        std::pair("other.OtherService.Get", "/y"), std::pair("", "/y"), std::pair(".", "/y")}) {
    v1::Config before = config_;
    add_path(config_.mutable_accounts(1), method, text);
    book = Make();
    ASSERT_FALSE(book.ok()) << method << text;
    EXPECT_THAT(std::string(book.status().message()), HasSubstr("account beta: paths[")) << method;
    config_ = before;
  }
}

TEST_F(AccountsTest, TheErrorNamesTheAccountAndNeverASecret) {
  AddBillogram("good");
  AddBillogram("acme")->mutable_credentials()->set_key_file("/nonexistent/key");
  auto book = Make();
  ASSERT_FALSE(book.ok());
  EXPECT_THAT(std::string(book.status().message()), HasSubstr("acme"));
  EXPECT_THAT(std::string(book.status().message()), Not(HasSubstr("k3y-of-the-test")));

  config_.clear_accounts();
  AddOther("split", 13);
  book = Make();
  ASSERT_FALSE(book.ok());
  EXPECT_THAT(std::string(book.status().message()), HasSubstr("split"));
  EXPECT_THAT(std::string(book.status().message()), Not(HasSubstr("Bearer")));

  config_.clear_accounts();
  AddOther("elsewhere")->set_provider("nobody");
  EXPECT_FALSE(Make().ok());
  config_.clear_accounts();
  AddOther("nowhere")->set_base_url("not a url");
  EXPECT_FALSE(Make().ok());
}

TEST_F(AccountsTest, RejectedCredentialsMakeAProviderUnusable) {
  AddBillogram("acme");
  AddBillogram("beta");
  AddOther("shop");
  auto book = Make();
  ASSERT_TRUE(book.ok()) << book.status();
  int changes = 0;
  (*book)->OnChange([&] { ++changes; });
  Account& acme = *(*book)->accounts()[0];
  Account& beta = *(*book)->accounts()[1];
  EXPECT_TRUE((*book)->Usable("billogram"));
  EXPECT_FALSE((*book)->Usable("nobody"));
  (*book)->SetRejected(acme, false);
  EXPECT_EQ(changes, 0);
  (*book)->SetRejected(acme, true);
  (*book)->SetRejected(acme, true);
  EXPECT_EQ(changes, 1);
  EXPECT_TRUE((*book)->Usable("billogram"));
  (*book)->SetRejected(beta, true);
  EXPECT_FALSE((*book)->Usable("billogram"));
  EXPECT_TRUE((*book)->Usable("other"));
  EXPECT_TRUE((*book)->AnyUsable());
  (*book)->SetRejected(*(*book)->accounts()[2], true);
  EXPECT_FALSE((*book)->AnyUsable());
  (*book)->SetRejected(acme, false);
  EXPECT_TRUE((*book)->Usable("billogram"));
  EXPECT_TRUE((*book)->AnyUsable());
  EXPECT_EQ(changes, 4);
}

}  // namespace
}  // namespace billing::gateway::rpc
