#include "tests/unit/sandbox/sandbox_testing.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "service/common/strings.h"
#include "service/sandbox/listing.h"

namespace billing::sandbox {
namespace {

using common::ToAbsl;

std::string Under(std::string_view prefix, std::string_view path, std::string_view query = "") {
  return absl::StrCat(ToAbsl(prefix), ToAbsl(path), query.empty() ? "" : "?", ToAbsl(query));
}

}  // namespace

const Json& Reply::data() const {
  static const Json kNothing;
  const Json* found = body.Find("data");
  return found == nullptr ? kNothing : *found;
}

SandboxTest::SandboxTest(std::vector<std::string> accounts)
    : real_now_(absl::FromCivil(absl::CivilSecond(2026, 3, 1, 12), absl::UTCTimeZone())),
      sandbox_({.accounts = std::move(accounts), .real_time = [this] { return real_now_; }}) {}

std::string SandboxTest::BasicAuth(size_t account) const {
  const Account& who = *sandbox_.world().accounts()[account];
  return absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(who.user, ":", who.key)));
}

Reply SandboxTest::Ask(std::string_view method, std::string_view target, std::string_view body,
                       std::vector<common::HttpHeader> headers) {
  common::HttpRequest request;
  request.method = method;
  request.target = target;
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string_view::npos) request.query = target.substr(question + 1);
  request.body = body;
  request.headers = std::move(headers);
  Reply reply;
  reply.raw = sandbox_.Answer(request);
  reply.status = reply.raw.status;
  reply.text = reply.raw.body;
  const auto parsed = ParseJson(reply.text);
  if (parsed.ok()) reply.body = *parsed;
  return reply;
}

Reply SandboxTest::Get(std::string_view path, std::string_view query) {
  return Ask("GET", Under("/api/v2/", path, query), "", {{"Authorization", BasicAuth()}});
}
Reply SandboxTest::Post(std::string_view path, std::string_view body) {
  return Ask("POST", Under("/api/v2/", path), body, {{"Authorization", BasicAuth()}});
}
Reply SandboxTest::Put(std::string_view path, std::string_view body) {
  return Ask("PUT", Under("/api/v2/", path), body, {{"Authorization", BasicAuth()}});
}
Reply SandboxTest::Delete(std::string_view path) {
  return Ask("DELETE", Under("/api/v2/", path), "", {{"Authorization", BasicAuth()}});
}
Reply SandboxTest::Control(std::string_view method, std::string_view path, std::string_view body) {
  return Ask(method, Under("/sandbox/", path), body, {});
}

int64_t SandboxTest::AddCustomer() {
  const Reply reply =
      Post("customer",
           R"({"name": "A Customer", "org_no": "848484-2326", "company_type": "business",
          "contact": {"email": "a@example.com", "phone": "0700000000"},
          "address": {"address_line_1": "A Street 1", "zipcode": "11122", "city": "Town",
                      "country": "SE"},
          "edi": {"electronic_id": "7300000000000", "operator": "addett"}})");
  EXPECT_EQ(reply.status, 200) << reply.text;
  return reply.data().Find("customer_no")->AsInteger().value_or(0);
}

std::string SandboxTest::AddBillogram(std::string_view more) {
  if (customer_no_ == 0) customer_no_ = AddCustomer();
  const Reply reply =
      Post("billogram",
           absl::StrCat(R"({"customer": {"customer_no": )", customer_no_,
                        R"(}, "items": [{"title": "Thing", "count": 1, "price": 80, "vat": 25,
                           "unit": "unit"}])",
                        more.empty() ? "" : ", ", ToAbsl(more), "}"));
  EXPECT_EQ(reply.status, 200) << reply.text;
  return Field(reply.data(), "id");
}

std::string SandboxTest::AddSent(std::string_view more) {
  return AddBillogram(absl::StrCat(R"("on_success": {"command": "send", "method": "Email"})",
                                   more.empty() ? "" : ", ", ToAbsl(more)));
}

Reply SandboxTest::Command(std::string_view id, std::string_view command, std::string_view body) {
  return Post(absl::StrCat("billogram/", ToAbsl(id), "/command/", ToAbsl(command)), body);
}

std::string SandboxTest::StateOf(std::string_view id) {
  return Field(Get(absl::StrCat("billogram/", ToAbsl(id))).data(), "state");
}

std::string SandboxTest::EventsOf(std::string_view id) {
  const Reply reply = Get(absl::StrCat("billogram/", ToAbsl(id)));
  std::vector<std::string> types;
  for (const Json& event : reply.data().Find("events")->elements()) {
    types.push_back(Field(event, "type"));
  }
  return absl::StrJoin(types, ",");
}

void SandboxTest::Advance(std::string_view span) {
  const Reply reply =
      Control("POST", "clock", absl::StrCat(R"({"advance": ")", ToAbsl(span), R"("})"));
  EXPECT_EQ(reply.status, 200) << reply.text;
}

std::string Field(const Json& object, std::string_view colon_path) {
  const Json value = ReadColonPath(object, colon_path);
  return value.is_string() || value.is_number() ? value.text() : value.ToString();
}

}  // namespace billing::sandbox
