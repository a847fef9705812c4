#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "tests/unit/sandbox/sandbox_testing.h"

namespace billing::sandbox {
namespace {

class ErrorsTest : public SandboxTest {
 protected:
  ErrorsTest() : SandboxTest({"acme", "other"}) {}

  void Expect(const Reply& reply, int status, std::string_view code, std::string_view field,
              std::string_view path) {
    SCOPED_TRACE(reply.text);
    EXPECT_EQ(reply.status, status);
    EXPECT_EQ(reply.code(), code);
    EXPECT_NE(Field(reply.data(), "message"), "null");
    EXPECT_EQ(Field(reply.data(), "field"), field);
    EXPECT_EQ(Field(reply.data(), "field_path"), path);
  }
};

TEST_F(ErrorsTest, Authentication) {
  const Reply missing = Ask("GET", "/api/v2/customer", "", {});
  Expect(missing, 401, "MISSING_AUTH", "null", "null");
  EXPECT_EQ(missing.raw.headers[1].name, "WWW-Authenticate");
  const std::string good = BasicAuth();
  for (const std::string& wrong :
       {std::string("Basic"), std::string("Basic "), std::string("Basic !!!"),
        "Bearer " + good.substr(6), "Basic " + absl::Base64Escape("1234-AbCdEfGh:key"),
        good.substr(0, good.size() - 4), std::string("\xFF\xFE")}) {
    Expect(Ask("GET", "/api/v2/customer", "", {{"Authorization", wrong}}), 401, "INVALID_AUTH",
           "null", "null");
  }
  EXPECT_EQ(Ask("GET", "/api/v2/customer", "", {{"authorization", good}}).code(),
            "MISSING_QUERY_PARAMETER");
}

TEST_F(ErrorsTest, AccountsAreSeparate) {
  const std::string id = AddBillogram();
  const Reply reply =
      Ask("GET", absl::StrCat("/api/v2/billogram/", id), "", {{"Authorization", BasicAuth(1)}});
  Expect(reply, 404, "NOT_FOUND", "null", "null");
}

TEST_F(ErrorsTest, RoutesAndMethods) {
  const std::string id = AddBillogram();
  for (const char* path :
       {"", "nothing", "billogram/none", "billogram/none.pdf", "customer/99", "customer/x",
        "customer/1/x", "billogram/%zz", "billogram/a/command", "billogram/%00", "items"}) {
    EXPECT_EQ(Get(path).code(), "NOT_FOUND") << path;
  }
  EXPECT_EQ(Command(id, "explode").code(), "NOT_FOUND");
  EXPECT_EQ(Command("none", "send", R"({"method": "Email"})").code(), "NOT_FOUND");
  EXPECT_EQ(Field(Get("billogram/6").data(), "message"), "object not found with id=6");
  Expect(Post("billogram/" + id, "{}"), 405, "METHOD_NOT_ALLOWED", "null", "null");
  EXPECT_EQ(Put("billogram", "{}").status, 405);
  EXPECT_EQ(Delete("customer/1").status, 405);
  EXPECT_EQ(Delete("billogram_event").status, 405);
  EXPECT_EQ(Get("billogram/" + id + "/command/send").status, 405);
  EXPECT_EQ(Ask("GET", "/", "", {}).status, 404);
}

TEST_F(ErrorsTest, BillogramFields) {
  AddBillogram(R"("creditor_unique_value": "taken")");
  struct Case {
    const char* more;
    const char* code;
    const char* field;
    const char* path;
  };
  const Case kCases[] = {
      {R"("item_id": 1)", "UNKNOWN_PARAMETER", "item_id", "[]"},
      {R"("info": {"mesage": "x"})", "UNKNOWN_PARAMETER", "mesage", R"(["info", "mesage"])"},
      {R"("state": "Paid")", "READ_ONLY_PARAMETER", "state", "state"},
      {R"("creditor_unique_value": "taken")", "INVALID_PARAMETER", "creditor_unique_value", "null"},
      {R"("creditor_unique_value": "12345678901234567890123456789012345678901")",
       "INVALID_PARAMETER", "creditor_unique_value", "creditor_unique_value"},
      {R"("due_date": "2026-04-01", "due_days": 5)", "INVALID_PARAMETER_COMBINATION", "due_date",
       "due_date"},
      {R"("due_date": "2026-02-28")", "INVALID_PARAMETER", "due_date", "due_date"},
      {R"("due_date": "01/04/2026")", "INVALID_PARAMETER", "due_date", "due_date"},
      {R"("due_days": "30")", "INVALID_PARAMETER", "due_days", "due_days"},
      {R"("due_days": 30.5)", "INVALID_PARAMETER", "due_days", "due_days"},
      {R"("due_days": -1)", "INVALID_PARAMETER", "due_days", "due_days"},
      {R"("currency": "kr")", "INVALID_PARAMETER", "currency", "currency"},
      {R"("invoice_fee": -1)", "INVALID_PARAMETER", "invoice_fee", "invoice_fee"},
      {R"("invoice_fee": 1e300)", "INVALID_PARAMETER", "invoice_fee", "invoice_fee"},
      {R"("automatic_reminders": "yes")", "INVALID_PARAMETER", "automatic_reminders",
       "automatic_reminders"},
      {R"("automatic_reminders_settings": [{"message": "x"}])", "INVALID_PARAMETER", "delay_days",
       "automatic_reminders_settings[0]:delay_days"},
      {R"("callbacks": {"url": "http://example.com"})", "INVALID_PARAMETER", "url",
       "callbacks:url"},
      {R"("info": [])", "INVALID_PARAMETER", "info", "info"},
      {R"("info": {"order_no": "1234567890123456789012345678901"})", "INVALID_PARAMETER",
       "order_no", "info:order_no"},
      {R"("on_success": {"command": "sell", "method": "Email"})", "INVALID_PARAMETER", "command",
       "on_success:command"},
      {R"("on_success": {"command": "send"})", "INVALID_PARAMETER", "method", "on_success:method"},
      {R"("attachment_content": "a")", "INVALID_PARAMETER", "attachment_content",
       "attachment_content"},
      {R"("attachment_content": "aGVsbG8=")", "INVALID_PARAMETER", "attachment_content",
       "attachment_content"},
  };
  for (const Case& one : kCases) {
    Expect(
        Post("billogram", absl::StrCat(R"({"customer": {"customer_no": 1}, "items": [{"title": "a",
                    "count": 1, "price": 1, "vat": 25, "unit": "unit"}], )",
                                       one.more, "}")),
        400, one.code, one.field, one.path);
  }
}

TEST_F(ErrorsTest, BillogramItemsAndCustomer) {
  AddCustomer();
  const std::string good = R"("title": "a", "count": 1, "price": 1, "vat": 25, "unit": "unit")";
  const auto with_item = [](const std::string& item) {
    return absl::StrCat(R"({"customer": {"customer_no": 1}, "items": [{)", item, "}]}");
  };
  struct Case {
    std::string body;
    const char* code;
    const char* field;
    const char* path;
  };
  const Case kCases[] = {
      {"{}", "INVALID_PARAMETER", "customer", "customer"},
      {R"({"customer": {"customer_no": 1}})", "INVALID_PARAMETER", "items", "items"},
      {R"({"customer": {"customer_no": 1}, "items": null})", "INVALID_PARAMETER", "items", "items"},
      {R"({"customer": {"customer_no": 1}, "items": []})", "INVALID_PARAMETER", "items", "items"},
      {R"({"customer": {"customer_no": 1}, "items": [1]})", "INVALID_PARAMETER", "items",
       "items[0]"},
      {absl::StrCat(R"({"customer": {}, "items": [{)", good, "}]}"), "INVALID_PARAMETER",
       "customer_no", "customer:customer_no"},
      {absl::StrCat(R"({"customer": {"customer_no": 77}, "items": [{)", good, "}]}"),
       "INVALID_PARAMETER", "customer_no", "customer:customer_no"},
      {absl::StrCat(R"({"customer": {"customer_no": "1"}, "items": [{)", good, "}]}"),
       "INVALID_PARAMETER", "customer_no", "customer:customer_no"},
      {with_item(R"("item_no": "7", "count": 1)"), "INVALID_PARAMETER", "title", "items[0]:title"},
      {with_item(good + R"(, "colour": 1)"), "UNKNOWN_PARAMETER", "colour",
       R"(["items", "0", "colour"])"},
      {with_item(R"("title": "a", "count": 1, "price": "1", "vat": 25, "unit": "unit")"),
       "INVALID_PARAMETER", "price", "items[0]:price"},
      {with_item(R"("title": "a", "count": 1, "price": 12345678901, "vat": 25, "unit": "unit")"),
       "INVALID_PARAMETER", "price", "items[0]:price"},
      {with_item(R"("title": "a", "count": 1, "price": 1, "vat": 100.01, "unit": "unit")"),
       "INVALID_PARAMETER", "vat", "items[0]:vat"},
      {with_item(R"("title": "a", "count": 1, "price": 1, "vat": 12.345, "unit": "unit")"),
       "INVALID_PARAMETER", "vat", "items[0]:vat"},
      {with_item(R"("title": "", "count": 1, "price": 1, "vat": 25, "unit": "unit")"),
       "INVALID_PARAMETER", "title", "items[0]:title"},
      {with_item(R"("title": null, "count": 1, "price": 1, "vat": 25, "unit": "unit")"),
       "INVALID_PARAMETER", "title", "items[0]:title"},
      {with_item(good + R"(, "start_date": "2026-02-01", "end_date": "2026-01-01")"),
       "INVALID_PARAMETER_COMBINATION", "end_date", "items[0]:end_date"},
      {with_item(good + R"(, "bookkeeping": {"objects": [{"x": 1}]})"), "UNKNOWN_PARAMETER", "x",
       R"(["items", "0", "bookkeeping", "objects", "0", "x"])"},
  };
  for (const Case& one : kCases) {
    Expect(Post("billogram", one.body), 400, one.code, one.field, one.path);
  }
}

TEST_F(ErrorsTest, CommandFields) {
  const std::string id = AddSent();
  struct Case {
    const char* command;
    const char* body;
    const char* code;
    const char* field;
    const char* path;
  };
  const Case kCases[] = {
      {"payment", "{}", "INVALID_PARAMETER", "amount", "amount"},
      {"payment", R"({"amount": "5"})", "INVALID_PARAMETER", "amount", "amount"},
      {"payment", R"({"amount": -5})", "INVALID_PARAMETER", "amount", "amount"},
      {"payment", R"({"amount": 5, "note": 1})", "UNKNOWN_PARAMETER", "note", "[]"},
      {"writeoff", R"({"x": 1})", "UNKNOWN_PARAMETER", "x", "[]"},
      {"send", "{}", "INVALID_PARAMETER", "method", "method"},
      {"resend", R"({"method": "EDI"})", "INVALID_PARAMETER", "method", "method"},
      {"remind", R"({"message": 1})", "INVALID_PARAMETER", "message", "message"},
      {"message", R"({"message": ""})", "INVALID_PARAMETER", "message", "message"},
      {"respite", "{}", "INVALID_PARAMETER", "date", "date"},
      {"attach", R"({"filename": "a.pdf"})", "INVALID_PARAMETER", "content", "content"},
      {"credit-allocate", R"({"amount": 1})", "INVALID_PARAMETER", "source_id", "source_id"},
      {"credit-payment", "{}", "INVALID_PARAMETER", "mode", "mode"},
  };
  for (const Case& one : kCases) {
    Expect(Command(id, one.command, one.body), 400, one.code, one.field, one.path);
  }
  EXPECT_EQ(EventsOf(id), "BillogramCreated,BillogramSent");
}

TEST_F(ErrorsTest, NullIsABodyThatSaysNothing) {
  const std::string id = AddSent();
  EXPECT_EQ(Command(id, "writedown", "null").status, 200);
  EXPECT_EQ(Command(id, "revert-writedown", "").status, 200);
  EXPECT_EQ(Command(id, "collect", "null").status, 200);
  EXPECT_EQ(Post("item", "null").code(), "INVALID_PARAMETER");
}

TEST_F(ErrorsTest, HostileBodies) {
  const std::string id = AddSent();
  const std::string bodies[] = {"[]",
                                "null",
                                "{",
                                "<html></html>",
                                "{\"amount\": 1}{}",
                                "{\"amount\": 1, \"amount\": 2}",
                                "{\"amount\": \"\xFF\"}",
                                std::string("{\"amount\": 1}\0", 14),
                                std::string(100000, '['),
                                "{\"amount\": NaN}",
                                "{\"amount\": 1" + std::string(100000, '0') + "}"};
  for (const std::string& body : bodies) {
    const Reply reply = Command(id, "payment", body);
    EXPECT_EQ(reply.status, 400) << body.substr(0, 30);
    EXPECT_EQ(reply.code(), "INVALID_PARAMETER") << body.substr(0, 30);
    EXPECT_EQ(Post("customer", body).status, 400) << body.substr(0, 30);
    EXPECT_EQ(Control("POST", "payments", body).status, 400) << body.substr(0, 30);
  }
  EXPECT_EQ(Field(Get("billogram/" + id).data(), "remaining_sum"), "100");
}

}  // namespace
}  // namespace billing::sandbox
