#include "service/gateway/translate/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/command.pb.h"
#include "billogram/v2/customer.pb.h"
#include "service/gateway/translate/wire.h"
#include "tests/unit/gateway/translate/translate_testing.h"

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;
namespace pb = billogram::v2;
using ::testing::ElementsAre;
using testing::Fields;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class RequestTest : public ::testing::Test {
 protected:
  template <typename Message>
  static std::string Wire(const std::string& text) {
    Message message;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
    return testing::Tables::Serialize(message);
  }

  bool Build(const std::string& name, const std::string& wire,
             const std::string& account = "acme") {
    const Method* method = methods_->Find("/billogram.v2." + name);
    EXPECT_NE(method, nullptr) << name;
    const bool ok = builder_.Build(*method, account, wire, &request_);
    violations_ = builder_.violations();
    EXPECT_EQ(ok, violations_.empty());
    return ok;
  }

  // One request in text format; the first violations are shown where it should have been built.
  template <typename Message>
  bool Build(const std::string& name, const std::string& text,
             const std::string& account = "acme") {
    return Build(name, Wire<Message>(text), account);
  }

  template <typename Message>
  std::string BodyOf(const std::string& name, const std::string& text) {
    EXPECT_TRUE(Build<Message>(name, text)) << ::testing::PrintToString(violations_);
    return request_.has_body ? request_.body : "(none)";
  }

  template <typename Message>
  std::string TargetOf(const std::string& name, const std::string& text) {
    EXPECT_TRUE(Build<Message>(name, text)) << ::testing::PrintToString(violations_);
    return request_.target;
  }

  std::unique_ptr<MethodTable> methods_ = testing::BillogramMethods();
  RequestBuilder builder_;
  RestRequest request_;
  std::vector<Violation> violations_;
};

TEST_F(RequestTest, IdsArePercentEncoded) {
  struct Case {
    std::string id;
    std::string target;
  };
  for (const Case& c :
       {Case{"2kAEEjE", "/billogram/2kAEEjE"}, Case{"a/b", "/billogram/a%2Fb"},
        Case{"../x", "/billogram/..%2Fx"}, Case{"a b?c#d&e=f", "/billogram/a%20b%3Fc%23d%26e%3Df"},
        Case{"\xC3\xA5\xE2\x82\xAC", "/billogram/%C3%A5%E2%82%AC"}, Case{"%2e", "/billogram/%252e"},
        Case{"...", "/billogram/..."}, Case{"a.pdfx", "/billogram/a.pdfx"}}) {
    pb::GetBillogramRequest message;
    message.set_id(c.id);
    ASSERT_TRUE(Build("BillogramService/GetBillogram", message.SerializeAsString())) << c.id;
    EXPECT_EQ(request_.target, c.target);
    EXPECT_EQ(request_.subject, "billogram/" + c.id);
    EXPECT_FALSE(request_.has_body);
  }
}

TEST_F(RequestTest, IdsThatWouldLeaveTheirSegmentAreRefused) {
  for (const std::string& id :
       {std::string(), std::string("."), std::string(".."), std::string("a\nb"),
        std::string("a\0b", 3), std::string("\x7F"), std::string("x.pdf"), std::string(".pdf"),
        std::string("\r\nHost: x"), std::string(5000, 'x')}) {
    for (const char* name : {"BillogramService/GetBillogram", "BillogramService/DeleteBillogram"}) {
      pb::GetBillogramRequest message;
      message.set_id(id);
      EXPECT_FALSE(Build(name, message.SerializeAsString())) << id;
      EXPECT_THAT(Fields(violations_), ElementsAre("id"));
    }
    pb::CollectRequest command;
    command.set_id(id);
    EXPECT_FALSE(Build("CommandService/Collect", command.SerializeAsString())) << id;
    EXPECT_THAT(Fields(violations_), ElementsAre("id"));
  }
  EXPECT_FALSE(Build("BillogramService/GetBillogram", std::string("\x0A\x02\xFF\xFE", 4)));
  EXPECT_THAT(Fields(violations_), ElementsAre("id"));
  EXPECT_FALSE(Build("BillogramService/GetBillogram", std::string()));
  EXPECT_THAT(Fields(violations_), ElementsAre("id"));
}

TEST_F(RequestTest, NumbersInPaths) {
  EXPECT_EQ(TargetOf<pb::GetCustomerRequest>("CustomerService/GetCustomer", "customer_no: 12345"),
            "/customer/12345");
  EXPECT_EQ(request_.subject, "customer/12345");
  EXPECT_EQ(TargetOf<pb::GetCustomerRequest>("CustomerService/GetCustomer",
                                             "customer_no: 9223372036854775807"),
            "/customer/9223372036854775807");
  EXPECT_EQ(request_.safety, v1::SAFETY_SAFE);
}

TEST_F(RequestTest, ListsAlwaysSendPageAndSize) {
  EXPECT_EQ(TargetOf<pb::ListBillogramsRequest>("BillogramService/ListBillograms", ""),
            "/billogram?page=1&page_size=25");
  EXPECT_EQ(
      TargetOf<pb::ListBillogramsRequest>("BillogramService/ListBillograms", "page_size: 100"),
      "/billogram?page=1&page_size=100");
  // AIP-158: zero is the default.
  EXPECT_EQ(TargetOf<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                                "page_size: 0 page_token: ''"),
            "/billogram?page=1&page_size=25");
}

TEST_F(RequestTest, FilterAndOrder) {
  EXPECT_EQ(TargetOf<pb::ListBillogramsRequest>(
                "BillogramService/ListBillograms",
                "filter { type: FILTER_TYPE_FIELD_PREFIX field: 'customer:name' value: 'A & "
                "B/\xC3\xA5=1' } "
                "order { field: 'due_date' direction: ORDER_DIRECTION_DESC } page_size: 10"),
            "/billogram?filter_type=field-prefix&filter_field=customer%3Aname&filter_value=A%20%26%"
            "20B%2F%C3%A5%3D1"
            "&order_field=due_date&order_direction=desc&page=1&page_size=10");
  EXPECT_EQ(TargetOf<pb::ListCustomersRequest>("CustomerService/ListCustomers",
                                               "order { field: 'name' }"),
            "/customer?order_field=name&page=1&page_size=25");
  EXPECT_EQ(TargetOf<pb::ListCustomersRequest>(
                "CustomerService/ListCustomers",
                "filter { type: FILTER_TYPE_SPECIAL field: 'search' value: ' ' } "
                "order { field: 'name' direction: ORDER_DIRECTION_UNSPECIFIED }"),
            "/customer?filter_type=special&filter_field=search&filter_value=%20&order_field=name"
            "&page=1&page_size=25");
}

TEST_F(RequestTest, AnEmptyTextIsNoRequiredOne) {
  EXPECT_FALSE(Build<pb::ListBillogramEventsRequest>("BillogramService/ListBillogramEvents",
                                                     "billogram_id: ''"));
  EXPECT_THAT(Fields(violations_), ElementsAre("billogram_id"));
  EXPECT_FALSE(Build<pb::ListCustomersRequest>(
      "CustomerService/ListCustomers",
      "filter { type: FILTER_TYPE_FIELD field: '' value: '' } order { field: '' }"));
  EXPECT_THAT(Fields(violations_),
              UnorderedElementsAre("filter.field", "filter.value", "order.field"));
  EXPECT_FALSE(Build<pb::MessageRequest>("CommandService/Message", "id: '' message: ''"));
  EXPECT_THAT(Fields(violations_), UnorderedElementsAre("id", "message"));
  EXPECT_FALSE(
      Build<pb::CreateCustomerRequest>("CustomerService/CreateCustomer", "customer { name: '' }"));
  EXPECT_THAT(Fields(violations_), ElementsAre("customer.name"));
}

TEST_F(RequestTest, ConstantsOfAQueryComeFirst) {
  EXPECT_EQ(
      TargetOf<pb::ListBillogramEventsRequest>("BillogramService/ListBillogramEvents",
                                               "billogram_id: 'a&b' order { field: 'created_at' }"),
      "/billogram_event?filter_type=field&filter_field=billogram_id&filter_value=a%26b&order_field="
      "created_at"
      "&page=1&page_size=25");
}

TEST_F(RequestTest, BadFiltersAreListedWhole) {
  EXPECT_FALSE(
      Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                       "filter { type: FILTER_TYPE_UNSPECIFIED value: 'x' } "
                                       "order { direction: 9 } page_size: 101"));
  EXPECT_THAT(Fields(violations_),
              UnorderedElementsAre("filter.type", "filter.field", "order.direction", "order.field",
                                   "page_size"));
  for (const char* size :
       {"page_size: 101", "page_size: -1", "page_size: 2147483647", "page_size: -2147483648"}) {
    EXPECT_FALSE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms", size));
    EXPECT_THAT(Fields(violations_), ElementsAre("page_size")) << size;
  }
  // A field of a newer client, inside and out.
  EXPECT_FALSE(Build("BillogramService/ListBillograms", std::string("\x1A\x02\x78\x01", 4)));
  EXPECT_THAT(Fields(violations_), ::testing::Contains("filter"));
  EXPECT_FALSE(Build("BillogramService/ListBillograms", std::string("\x78\x01", 2)));
  EXPECT_EQ(violations_.size(), 1u);
}

class PageTokenTest : public RequestTest {
 protected:
  static constexpr char kFilter[] =
      " filter { type: FILTER_TYPE_FIELD field: 'state' value: 'Unpaid' }";

  // The token of the second page of a list.
  std::string SecondPage(const std::string& text) {
    EXPECT_TRUE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms", text));
    PageState page = request_.page;
    EXPECT_EQ(page.page, 1);
    ++page.page;
    return EncodePageToken(page);
  }
};

TEST_F(PageTokenTest, GoesOnWithTheSameList) {
  const std::string token = SecondPage(std::string("page_size: 50") + kFilter);
  EXPECT_TRUE(Build<pb::ListBillogramsRequest>(
      "BillogramService/ListBillograms", "page_size: 50 page_token: '" + token + "'" + kFilter));
  EXPECT_THAT(request_.target, ::testing::EndsWith("&page=2&page_size=50"));
  // The size is in the token.
  EXPECT_TRUE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                               "page_token: '" + token + "'" + kFilter));
  EXPECT_THAT(request_.target, ::testing::EndsWith("&page=2&page_size=50"));
  EXPECT_EQ(request_.page.page, 2);
  EXPECT_EQ(request_.page.size, 50);
}

TEST_F(PageTokenTest, IsBoundToWhatChoosesTheList) {
  const std::string token = SecondPage(std::string("page_size: 50") + kFilter);
  const std::string with = "page_token: '" + token + "'";
  const std::string filter = kFilter;
  for (const std::string& other :
       {with, with + " page_size: 25" + filter, with + " page_size: 100" + filter,
        with + " filter { type: FILTER_TYPE_FIELD field: 'state' value: 'Paid' }",
        with + " filter { type: FILTER_TYPE_FIELD_PREFIX field: 'state' value: 'Unpaid' }",
        with + filter + " order { field: 'due_date' }"}) {
    EXPECT_FALSE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms", other))
        << other;
    EXPECT_THAT(Fields(violations_), ElementsAre("page_token"));
  }
  EXPECT_FALSE(
      Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms", with + filter, "shop"));
  EXPECT_THAT(Fields(violations_), ElementsAre("page_token"));
  EXPECT_FALSE(Build<pb::ListCustomersRequest>("CustomerService/ListCustomers", with + filter));
  EXPECT_THAT(Fields(violations_), ElementsAre("page_token"));
}

TEST_F(PageTokenTest, IsJudgedBesideABadSize) {
  for (const char* size : {"500", "-1"}) {
    const std::string bad = std::string("page_size: ") + size;
    EXPECT_FALSE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                                  bad + " page_token: 'junk'"));
    EXPECT_THAT(Fields(violations_), UnorderedElementsAre("page_size", "page_token"));
    // Of a good token only the size is said.
    const std::string token = SecondPage("");
    EXPECT_FALSE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                                  bad + " page_token: '" + token + "'"));
    EXPECT_THAT(Fields(violations_), ElementsAre("page_size"));
  }
}

TEST_F(PageTokenTest, GarbageIsRefused) {
  for (const char* bad : {"2", "x", "AAAA", "\\377", "not a token", "AQIZAAAAAAAAAAA", "=="}) {
    EXPECT_FALSE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms",
                                                  std::string("page_token: '") + bad + "'"))
        << bad;
    EXPECT_THAT(Fields(violations_), ElementsAre("page_token"));
  }
  pb::ListBillogramsRequest message;
  message.set_page_token(std::string(1 << 20, 'A'));
  EXPECT_FALSE(Build("BillogramService/ListBillograms", message.SerializeAsString()));
  // One that was made by hand, with more than upstream takes.
  EXPECT_TRUE(Build<pb::ListBillogramsRequest>("BillogramService/ListBillograms", ""));
  PageState page = request_.page;
  page.size = 1000;
  message.set_page_token(EncodePageToken(page));
  EXPECT_FALSE(Build("BillogramService/ListBillograms", message.SerializeAsString()));
  EXPECT_THAT(Fields(violations_), ElementsAre("page_token"));
}

TEST_F(RequestTest, TheSafetyOfEachCall) {
  const std::string create =
      "billogram { customer { customer_no: 1 } items { count { value: '1' } } ";
  struct Case {
    const char* name;
    std::string wire;
    v1::Safety safety;
  };
  for (const Case& c : {
           Case{"BillogramService/CreateBillogram", Wire<pb::CreateBillogramRequest>(create + "}"),
                v1::SAFETY_UNSAFE},
           Case{"BillogramService/CreateBillogram",
                Wire<pb::CreateBillogramRequest>(create + "creditor_unique_value: 'k' }"),
                v1::SAFETY_DEDUPLICATED},
           // An empty key keeps nothing apart.
           Case{"BillogramService/CreateBillogram",
                Wire<pb::CreateBillogramRequest>(create + "creditor_unique_value: '' }"),
                v1::SAFETY_UNSAFE},
           Case{"CustomerService/CreateCustomer",
                Wire<pb::CreateCustomerRequest>("customer { name: 'n' }"), v1::SAFETY_UNSAFE},
           Case{"CustomerService/CreateCustomer",
                Wire<pb::CreateCustomerRequest>("customer { name: 'n' customer_no: 5 }"),
                v1::SAFETY_DEDUPLICATED},
           Case{"CustomerService/UpdateCustomer",
                Wire<pb::UpdateCustomerRequest>(
                    "customer_no: 5 customer { name: 'n' } update_mask { paths: 'name' }"),
                v1::SAFETY_IDEMPOTENT},
           Case{"CustomerService/UpdateCustomer",
                Wire<pb::UpdateCustomerRequest>("customer_no: 5 customer { customer_no: 6 } "
                                                "update_mask { paths: 'customer_no' }"),
                v1::SAFETY_UNSAFE},
           Case{"BillogramService/UpdateBillogram",
                Wire<pb::UpdateBillogramRequest>(
                    "id: 'a' billogram { due_days: 3 } update_mask { paths: 'due_days' }"),
                v1::SAFETY_UNSAFE},
           Case{"BillogramService/DeleteBillogram", Wire<pb::DeleteBillogramRequest>("id: 'a'"),
                v1::SAFETY_IDEMPOTENT},
           Case{"BillogramService/GetBillogram", Wire<pb::GetBillogramRequest>("id: 'a'"),
                v1::SAFETY_SAFE},
           Case{"CommandService/Collect", Wire<pb::CollectRequest>("id: 'a'"), v1::SAFETY_UNSAFE},
           Case{"CommandService/Attach",
                Wire<pb::AttachRequest>("id: 'a' filename: 'f' content: 'c'"),
                v1::SAFETY_IDEMPOTENT},
       }) {
    ASSERT_TRUE(Build(c.name, c.wire)) << c.name << ::testing::PrintToString(violations_);
    EXPECT_EQ(request_.safety, c.safety) << c.name;
  }
}

// What is sent raw decides as much as what is sent typed.
TEST_F(RequestTest, AnUpdateIsUnsafeByWhatItSends) {
  const auto safety = [&](const std::string& key, const std::string& raw, const char* path) {
    pb::UpdateCustomerRequest message;
    message.set_customer_no(5);
    message.mutable_customer()->set_name("n");
    (*message.mutable_customer()->mutable_unmapped())[key] = raw;
    message.mutable_update_mask()->add_paths(path);
    EXPECT_TRUE(Build("CustomerService/UpdateCustomer", message.SerializeAsString()))
        << raw << ::testing::PrintToString(violations_);
    return request_.safety;
  };
  for (const char* raw : {"77", "\"77\"", "null", "{}", "\"\""}) {
    EXPECT_EQ(safety("customer_no", raw, "unmapped"), v1::SAFETY_UNSAFE) << raw;
    EXPECT_EQ(safety("customer_no", raw, "name"), v1::SAFETY_IDEMPOTENT) << raw;
  }
  EXPECT_EQ(safety("note", R"({"customer_no":1})", "unmapped"), v1::SAFETY_IDEMPOTENT);
  // As it is after a read: the field is there, but not among those that change.
  EXPECT_TRUE(Build<pb::UpdateCustomerRequest>(
      "CustomerService/UpdateCustomer",
      "customer_no: 5 customer { customer_no: 5 name: 'n' } update_mask { paths: 'name' }"));
  EXPECT_EQ(request_.safety, v1::SAFETY_IDEMPOTENT);
}

TEST_F(RequestTest, ARawKeyDeduplicates) {
  const auto safety = [&](const std::string& raw) {
    pb::CreateBillogramRequest message;
    message.mutable_billogram()->mutable_customer()->set_customer_no(1);
    message.mutable_billogram()->add_items()->mutable_count()->set_value("1");
    (*message.mutable_billogram()->mutable_unmapped())["creditor_unique_value"] = raw;
    EXPECT_TRUE(Build("BillogramService/CreateBillogram", message.SerializeAsString()))
        << raw << ::testing::PrintToString(violations_);
    return request_.safety;
  };
  EXPECT_EQ(safety("\"k\""), v1::SAFETY_DEDUPLICATED);
  EXPECT_EQ(safety(" 17 "), v1::SAFETY_DEDUPLICATED);
  for (const char* raw : {"\"\"", "null", " null", "{}", "[\"k\"]", R"({"k":1})"}) {
    EXPECT_EQ(safety(raw), v1::SAFETY_UNSAFE) << raw;
  }
}

TEST_F(RequestTest, ACreateSendsTheResourceAndItsSiblings) {
  EXPECT_EQ(
      BodyOf<pb::CreateBillogramRequest>(
          "BillogramService/CreateBillogram",
          "billogram { customer { customer_no: 12 } items { title: 'T' price { value: '10.50' } "
          "count { value: '2' } } "
          "invoice_date { year: 2026 month: 1 day: 5 } attachment_content: 'pdf' } "
          "on_success { command: 'send' method: DELIVERY_METHOD_EMAIL_LETTER } return_data: 'id'"),
      R"({"customer":{"customer_no":12},"items":[{"count":2,"title":"T","price":10.50}],)"
      R"("invoice_date":"2026-01-05","attachment_content":"cGRm",)"
      R"("on_success":{"command":"send","method":"Email+Letter"},"return_data":"id"})");
  EXPECT_EQ(request_.target, "/billogram");
  EXPECT_EQ(BodyOf<pb::CreateBillogramRequest>(
                "BillogramService/CreateBillogram",
                "billogram { customer { customer_no: 12 } items { count { value: '2' } } }"),
            R"({"customer":{"customer_no":12},"items":[{"count":2}]})");
}

TEST_F(RequestTest, CommandsSendTheirOwnFields) {
  EXPECT_EQ(BodyOf<pb::CollectRequest>("CommandService/Collect", "id: '2kAEEjE'"), "{}");
  EXPECT_EQ(request_.target, "/billogram/2kAEEjE/command/collect");
  EXPECT_TRUE(request_.has_body);
  EXPECT_EQ(request_.subject, "billogram/2kAEEjE");
  EXPECT_EQ(
      BodyOf<pb::SendRequest>("CommandService/Send", "id: 'a' method: DELIVERY_METHOD_SMS_LETTER"),
      R"({"method":"SMS+Letter"})");
  EXPECT_EQ(
      BodyOf<pb::PaymentRequest>("CommandService/Payment", "id: 'a' amount { value: '0.10' }"),
      R"({"amount":0.10})");
  EXPECT_EQ(BodyOf<pb::RespiteRequest>("CommandService/Respite",
                                       "id: 'a' date { year: 2026 month: 3 day: 1 }"),
            R"({"date":"2026-03-01"})");
  EXPECT_EQ(BodyOf<pb::AttachRequest>("CommandService/Attach",
                                      "id: 'a' filename: 'f.pdf' content: '\\000\\377'"),
            R"({"filename":"f.pdf","content":"AP8="})");
  EXPECT_EQ(BodyOf<pb::CreditRequest>(
                "CommandService/Credit",
                "id: 'a' mode: CREDIT_MODE_ITEMS items { count { value: '-1' } } "
                "unmapped { key: 'note' value: '\"x\"' } unmapped { key: 'id' value: '7' }"),
            R"({"mode":"items","items":[{"count":-1}],"note":"x"})");
}

TEST_F(RequestTest, AllMistakesOfARequestAreListedOnce) {
  EXPECT_FALSE(Build<pb::SendRequest>("CommandService/Send", ""));
  EXPECT_THAT(Fields(violations_), UnorderedElementsAre("id", "method"));
  EXPECT_FALSE(Build<pb::SendRequest>("CommandService/Send",
                                      "id: '..' method: DELIVERY_METHOD_UNSPECIFIED"));
  EXPECT_THAT(Fields(violations_), UnorderedElementsAre("id", "method"));
  EXPECT_FALSE(Build<pb::PaymentRequest>("CommandService/Payment", "id: 'a' amount { value: '' }"));
  EXPECT_THAT(Fields(violations_), ElementsAre("amount"));
  EXPECT_FALSE(Build<pb::CreateBillogramRequest>(
      "BillogramService/CreateBillogram",
      "billogram { items { price { value: 'x' } } items { count { value: '1' } vat { value: '1e99' "
      "} } "
      "due_date { year: 2026 month: 2 day: 30 } } on_success { method: 99 }"));
  EXPECT_THAT(
      Fields(violations_),
      UnorderedElementsAre("billogram.customer", "billogram.items[0].count",
                           "billogram.items[0].price", "billogram.items[1].vat",
                           "billogram.due_date", "on_success.command", "on_success.method"));
  EXPECT_FALSE(Build<pb::CreateBillogramRequest>("BillogramService/CreateBillogram", ""));
  EXPECT_THAT(Fields(violations_), ElementsAre("billogram"));
  EXPECT_FALSE(Build<pb::UpdateBillogramRequest>("BillogramService/UpdateBillogram", ""));
  EXPECT_THAT(Fields(violations_), ::testing::IsSupersetOf({"id", "update_mask"}));
}

TEST_F(RequestTest, OnlySoManyMistakesAreKept) {
  pb::UpdateBillogramRequest message;
  message.set_id("a");
  for (int i = 0; i < 150; ++i) {
    message.mutable_update_mask()->add_paths("nothing" + std::to_string(i));
    message.mutable_billogram()->add_items()->mutable_count()->set_value("x");
  }
  message.mutable_update_mask()->add_paths("items");
  message.mutable_update_mask()->add_paths(std::string(1 << 20, 'y'));
  EXPECT_FALSE(Build("BillogramService/UpdateBillogram", message.SerializeAsString()));
  EXPECT_EQ(violations_.size(), kMaxViolations);

  message.mutable_update_mask()->clear_paths();
  message.mutable_update_mask()->add_paths(std::string(1 << 20, 'y'));
  EXPECT_FALSE(Build("BillogramService/UpdateBillogram", message.SerializeAsString()));
  ASSERT_EQ(violations_.size(), 1u);
  EXPECT_LT(violations_[0].description.size(), 200u);
}

TEST_F(RequestTest, FieldsOfANewerClientAreRefused) {
  std::string wire = Wire<pb::CreateBillogramRequest>(
      "billogram { customer { customer_no: 12 } items { count { value: '2' } } }");
  wire += std::string("\x50\x01", 2);  // field 10
  EXPECT_FALSE(Build("BillogramService/CreateBillogram", wire));
  EXPECT_EQ(violations_.size(), 1u);
  EXPECT_THAT(violations_[0].description, HasSubstr("10"));

  EXPECT_FALSE(Build("CommandService/Collect", std::string("\x0A\x01"
                                                           "a\x50\x01",
                                                           5)));
  EXPECT_EQ(violations_.size(), 1u);
  EXPECT_FALSE(Build("BillogramService/GetBillogram", std::string("\x0A\x01"
                                                                  "a\x10\x01",
                                                                  5)));
  EXPECT_EQ(violations_.size(), 1u);

  // In an item of a billogram.
  pb::CreateBillogramRequest message;
  message.mutable_billogram()->mutable_customer()->set_customer_no(1);
  pb::BillogramItem* item = message.mutable_billogram()->add_items();
  item->mutable_count()->set_value("1");
  item->GetReflection()->MutableUnknownFields(item)->AddVarint(999, 1);
  EXPECT_FALSE(Build("BillogramService/CreateBillogram", message.SerializeAsString()));
  EXPECT_THAT(Fields(violations_), ElementsAre("billogram.items[0]"));
}

TEST_F(RequestTest, MalformedMessagesAreRefused) {
  for (const char* name :
       {"BillogramService/GetBillogram", "BillogramService/CreateBillogram",
        "BillogramService/UpdateBillogram", "BillogramService/ListBillograms",
        "CommandService/Send", "CommandService/Credit", "CustomerService/UpdateCustomer"}) {
    for (std::string_view bad :
         {std::string_view("\x0A", 1),
          std::string_view("\x0A\x05"
                           "ab",
                           4),
          std::string_view("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", 11),
          std::string_view("\x00", 1), std::string_view("\x0B\x0C", 2),
          std::string_view("\x12\x02\x12\x7F", 4)}) {
      EXPECT_FALSE(Build(name, std::string(bad))) << name;
      EXPECT_FALSE(violations_.empty());
    }
  }
}

TEST_F(RequestTest, LegalWireInAnyOrder) {
  // Split by hand: id, then the billogram in two parts with the mask between them.
  pb::UpdateBillogramRequest first, mask, second;
  first.mutable_billogram()->set_due_days(3);
  first.mutable_billogram()->add_items()->mutable_count()->set_value("1");
  mask.mutable_update_mask()->add_paths("due_days");
  second.mutable_billogram()->set_due_days(4);
  second.mutable_billogram()->add_items()->mutable_count()->set_value("2");
  second.mutable_update_mask()->add_paths("items");
  second.set_id("b");
  pb::UpdateBillogramRequest id;
  id.set_id("a");
  const std::string wire = first.SerializeAsString() + mask.SerializeAsString() +
                           id.SerializeAsString() + second.SerializeAsString();
  pb::UpdateBillogramRequest whole;
  ASSERT_TRUE(whole.ParseFromString(wire));
  ASSERT_EQ(whole.id(), "b");
  ASSERT_TRUE(Build("BillogramService/UpdateBillogram", wire))
      << ::testing::PrintToString(violations_);
  EXPECT_EQ(request_.target, "/billogram/b");
  EXPECT_EQ(request_.body, R"({"items":[{"count":1},{"count":2}],"due_days":4})");
}

TEST_F(RequestTest, AnUpdateSendsWhatItsMaskNames) {
  const std::string billogram =
      "billogram { id: 'other' customer { customer_no: 5 email: 'e' } items { count { value: '1' } "
      "} "
      "items { count { value: '2' } } state: 'Paid' flags: 'a' flags: 'b' events { type: 'x' } "
      "events { type: 'y' } "
      "info { message: 'hi' } } ";
  const auto body = [&](const std::string& mask) {
    return BodyOf<pb::UpdateBillogramRequest>(
        "BillogramService/UpdateBillogram",
        "id: 'a' " + billogram + "update_mask { " + mask + " }");
  };
  EXPECT_EQ(body("paths: 'info'"), R"({"info":{"message":"hi"}})");
  EXPECT_EQ(request_.target, "/billogram/a");
  EXPECT_EQ(body("paths: 'items'"), R"({"items":[{"count":1},{"count":2}]})");
  EXPECT_EQ(body("paths: 'due_date' paths: 'info.message'"),
            R"({"info":{"message":"hi"},"due_date":null})");
  EXPECT_EQ(body("paths: 'customer.email'"), R"({"customer":{"email":"e"}})");
  EXPECT_EQ(body("paths: 'attachment' paths: 'automatic_reminders_settings'"),
            R"({"attachment":null,"automatic_reminders_settings":[]})");
  EXPECT_EQ(
      BodyOf<pb::UpdateBillogramRequest>("BillogramService/UpdateBillogram",
                                         "id: 'a' billogram {} update_mask { paths: 'due_days' }"),
      R"({"due_days":null})");
}

TEST_F(RequestTest, MasksThatCannotBeHonouredAreRefused) {
  for (const char* path :
       {"id", "state", "events", "nothing", "items[0].price", "items.price", "", "contract",
        "customer", "info.nothing", "billogram.info", "unmapped.x"}) {
    pb::UpdateBillogramRequest message;
    message.set_id("a");
    message.mutable_billogram();
    message.mutable_update_mask()->add_paths(path);
    EXPECT_FALSE(Build("BillogramService/UpdateBillogram", message.SerializeAsString())) << path;
    EXPECT_EQ(violations_.size(), 1u) << path;
  }
  for (const char* text :
       {"id: 'a' billogram { due_days: 1 }", "id: 'a' billogram { due_days: 1 } update_mask {}"}) {
    EXPECT_FALSE(Build<pb::UpdateBillogramRequest>("BillogramService/UpdateBillogram", text));
    EXPECT_THAT(Fields(violations_), ElementsAre("update_mask")) << text;
  }
  EXPECT_FALSE(Build<pb::UpdateCustomerRequest>(
      "CustomerService/UpdateCustomer",
      "customer_no: 1 customer {} update_mask { paths: 'customer_no' paths: 'address' }"));
  EXPECT_THAT(Fields(violations_),
              UnorderedElementsAre("customer.customer_no", "customer.address"));
}

// Get, edit, update: what an answer left in the message is no obstacle.
TEST_F(RequestTest, AReadBillogramCanBeSentBack) {
  const std::string read =
      "billogram { id: '2k' customer { customer_no: 5 unmapped { key: 'vat_no' value: 'null' } } "
      "items { count { value: '1' } } state: 'Unattested' flags: 'a' flags: 'b' events { type: 'x' "
      "} "
      "events { type: 'y' } created_at { seconds: 1 nanos: 5 } remaining_sum { value: 'odd' } "
      "due_days: 4 "
      "unmapped { key: 'due_days' value: '\"4\"' } unmapped { key: 'state' value: '7' } }";
  EXPECT_EQ(
      BodyOf<pb::UpdateBillogramRequest>("BillogramService/UpdateBillogram",
                                         "id: '2k' " + read + " update_mask { paths: 'due_days' }"),
      R"({"due_days":4})");
  EXPECT_EQ(BodyOf<pb::CreateBillogramRequest>("BillogramService/CreateBillogram", read),
            R"({"customer":{"customer_no":5,"vat_no":null},"items":[{"count":1}],"due_days":4})");
}

}  // namespace
}  // namespace billing::gateway::translate
