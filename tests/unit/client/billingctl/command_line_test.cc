#include "client/billingctl/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "billogram/v2/billogram.pb.h"
#include "billogram/v2/command.pb.h"
#include "billogram/v2/customer.pb.h"
#include "billpro/v1/customer.pb.h"
#include "client/billingctl/request.h"
#include "client/cpp/service_config.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/util/message_differencer.h"
#include "shelf.pb.h"

namespace billing::ctl {
namespace {

namespace pro = billpro::v1;
namespace v2 = billogram::v2;
using testing::ElementsAre;
using testing::HasSubstr;

const CommandTable& Table() {
  static const auto& table = *new CommandTable(client::LinkedFiles());
  return table;
}

absl::StatusOr<Invocation> Parse(const std::vector<std::string>& words) {
  return ParseCommandLine(Table(), {}, words);
}

// The request that a command line makes, or what is wrong with it.
absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Request(
    const std::vector<std::string>& words, const std::string& input = "") {
  const auto line = Parse(words);
  if (!line.ok()) return line.status();
  std::istringstream stream(input);
  return BuildRequest(*line, stream);
}

std::string Error(const std::vector<std::string>& words, const std::string& input = "") {
  const auto request = Request(words, input);
  return request.ok() ? "" : std::string(request.status().message());
}

template <typename Message>
void ExpectRequest(const std::vector<std::string>& words, const std::string& text,
                   const std::string& input = "") {
  Message wanted;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &wanted));
  const auto request = Request(words, input);
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(wanted, **request))
      << (*request)->DebugString();
}

TEST(CommandTableTest, EveryLinkedRpcHasACommandOfItsOwn) {
  std::set<std::pair<std::string, std::string>> names;
  size_t methods = 0;
  for (const auto* file : client::LinkedFiles()) {
    if (file->package().rfind("grpc", 0) == 0) continue;
    for (int s = 0; s < file->service_count(); ++s) methods += file->service(s)->method_count();
  }
  for (const Command& command : Table().commands()) {
    names.emplace(command.resource, command.verb);
    EXPECT_EQ(Table().Find(command.resource, command.verb), &command);
    EXPECT_EQ(Table().Find(command.qualified_resource, command.long_verb), &command);
  }
  EXPECT_EQ(names.size(), methods);
}

TEST(CommandTableTest, NamesReadWell) {
  const std::pair<std::string, std::string> rows[] = {
      {"billogram get", "GetBillogram"},
      {"billograms list", "ListBillograms"},
      {"billogram list-events", "ListBillogramEvents"},
      {"command settle-underpayment", "SettleUnderpayment"},
      {"shelf export-books", "ExportBooks"},
      {"shelf get-book-scan", "GetBookScan"},
      {"customer create-customer", "CreateCustomer"},
  };
  for (const auto& [words, method] : rows) {
    const size_t space = words.find(' ');
    const Command* command = Table().Find(words.substr(0, space), words.substr(space + 1));
    ASSERT_NE(command, nullptr) << words;
    EXPECT_EQ(command->method->name(), method);
  }
}

TEST(CommandLineTest, SettingsStandAnywhere) {
  const auto line =
      Parse({"-s", "h:1", "billogram", "--account=acme", "get", "-ojson", "x", "--timeout", "5s"});
  ASSERT_TRUE(line.ok()) << line.status();
  EXPECT_EQ(line->settings.channel.address, "h:1");
  EXPECT_EQ(line->settings.call.account, "acme");
  EXPECT_EQ(line->settings.format, Format::kJson);
  EXPECT_EQ(line->settings.timeout, absl::Seconds(5));
  EXPECT_THAT(line->arguments, ElementsAre("x"));
}

TEST(CommandLineTest, TheEnvironmentIsOverridden) {
  const Environment environment{.server = "e:1", .account = "env"};
  auto line = ParseCommandLine(Table(), environment, {"billogram", "list"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->settings.channel.address, "e:1");
  line = ParseCommandLine(Table(), environment, {"billogram", "list", "-a", "flag"});
  ASSERT_TRUE(line.ok());
  EXPECT_EQ(line->settings.call.account, "flag");
}

TEST(CommandLineTest, NamesWhatIsWrong) {
  const std::pair<std::vector<std::string>, std::string> rows[] = {
      {{"billogrma"}, "did you mean 'billogram'?"},
      {{"billogram", "crate"}, "did you mean 'create'?"},
      {{"billogram", "get", "a", "b"}, "'b' is one word too many"},
      {{"billogram", "list", "--output", "xml"}, "--output: 'xml' is not one of"},
      {{"billogram", "list", "--output"}, "--output needs a value"},
      {{"billogram", "list", "-a", "x", "-a", "y"}, "--account is given twice"},
      {{"billogram", "list", "-z"}, "there is no flag -z"},
      {{"--nonsense"}, "there is no flag --nonsense"},
      {{"billogram", "list", "--timeout", "soon"}, "--timeout: 'soon' is not a duration"},
      {{"billogram", "list", "--header", "x"}, "--header: 'x' is not KEY:VALUE"},
      {{"billogram", "list", "-H", "gRPC-foo:x"},
       "-H: 'grpc-foo': keys that begin with grpc- are gRPC's own"},
      {{"billogram", "list", "--help=1"}, "--help takes no value"},
      {{"billogram", "create", "--due-dat", "x"}, "--due-dat: there is no field 'due-dat'"},
      {{"billogram", "create", "--items.title", "x"}, "the first of items is items.0"},
      {{"billogram", "create", "--items.99999999999.title", "x"}, "is no index"},
      {{"billogram", "create", "--due-date.year.x", "1"}, "'due-date' has no fields"},
      {{"billogram", "create", "--due-days", "1", "--due-days", "2"}, "--due-days is given twice"},
      {{"billogram", "create", "--due-days"}, "--due-days needs a value"},
  };
  for (const auto& [words, error] : rows) EXPECT_THAT(Error(words), HasSubstr(error));
}

TEST(CommandLineTest, NamesAllThatIsWrong) {
  EXPECT_EQ(Error({"billogram", "create", "--due-days", "2x", "--foo", "1", "--items.1.title", "x",
                   "--info.bar=2", "--output", "xml", "more"}),
            "--foo: there is no field 'foo' in CreateBillogramRequest\n"
            "--info.bar: there is no field 'bar' in Info\n"
            "--output: 'xml' is not one of table, json, yaml\n"
            "'more' is one word too many; billogram create takes 0\n"
            "--due-days: '2x' is not a whole number in range");
  // What stands behind a flag that nobody knows is not taken for a flag of its own.
  EXPECT_EQ(Error({"billogram", "get", "--foo", "--bar", "x"}),
            "--foo: there is no field 'foo' in GetBillogramRequest\n"
            "--bar: there is no field 'bar' in GetBillogramRequest");
}

TEST(RequestTest, FlagsOfEveryKind) {
  ExpectRequest<v2::CreateBillogramRequest>({"billogram",
                                             "create",
                                             "--customer.customer-no",
                                             "7",
                                             "--items",
                                             "{title: Arbete, count: 2}",
                                             "--items.1.title",
                                             "Material",
                                             "--items.1.price",
                                             "12.50",
                                             "--items.0.vat",
                                             "25",
                                             "--due-date",
                                             "2026-01-31",
                                             "--on-success",
                                             "send:Email+Letter",
                                             "--automatic-reminders",
                                             "--info.message",
                                             "Hej",
                                             "--unmapped.a.b",
                                             "1",
                                             "--automatic-reminders-settings",
                                             "[{delay_days: 5}, {delay_days: 9}]"},
                                            R"(billogram {
           customer { customer_no: 7 }
           items { title: "Arbete" count { value: "2" } vat { value: "25" } }
           items { title: "Material" price { value: "12.50" } }
           due_date { year: 2026 month: 1 day: 31 }
           automatic_reminders: true
           automatic_reminders_settings { delay_days: 5 }
           automatic_reminders_settings { delay_days: 9 }
           info { message: "Hej" }
           unmapped { key: "a.b" value: "1" }
         }
         on_success { command: "send" method: DELIVERY_METHOD_EMAIL_LETTER })");
}

TEST(RequestTest, ArgumentsArePathVariables) {
  ExpectRequest<v2::CreditRequest>({"command", "credit", "2kAEEjE", "--mode", "full"},
                                   R"(id: "2kAEEjE" mode: CREDIT_MODE_FULL)");
  ExpectRequest<v2::CreditRequest>({"command", "credit", "--id", "x", "--amount=-1"},
                                   R"(id: "x" amount { value: "-1" })");
  ExpectRequest<v2::ListBillogramEventsRequest>({"billogram", "list-events", "x"},
                                                R"(billogram_id: "x")");
  EXPECT_EQ(Error({"billogram", "get"}), "ID is missing");
  EXPECT_THAT(Error({"customer", "get", "abc"}),
              HasSubstr("CUSTOMER_NO: 'abc' is not a whole number"));
}

TEST(RequestTest, AnArgumentMayLookLikeAFlag) {
  ExpectRequest<v2::GetBillogramRequest>({"billogram", "get", "--", "--x"}, R"(id: "--x")");
}

TEST(RequestTest, ShorthandsThatDoNotFitAreRefused) {
  EXPECT_THAT(Error({"billogram", "list", "--filter", "field:customer:name:Acme"}),
              HasSubstr("is not TYPE:FIELD:VALUE"));
  EXPECT_THAT(Error({"billogram", "create", "--on-success", "send:Pigeon"}),
              HasSubstr("method: 'Pigeon' is not one of Email+Letter"));
  ExpectRequest<v2::CreateBillogramRequest>({"billogram", "create", "--customer", "7"},
                                            R"(billogram { customer { customer_no: 7 } })");
  EXPECT_THAT(Error({"billogram", "create", "--info", "7"}), HasSubstr("is not {...}"));
  EXPECT_THAT(Error({"billogram", "create", "--items.1.title", "x"}),
              HasSubstr("element 1 comes after element 0, which is not set"));
}

TEST(RequestTest, DocumentsFillTheBody) {
  const char* yaml =
      "customer: {customer_no: 7}\nitems:\n- {title: A, count: 1.50}\nitem_no: null\n";
  EXPECT_THAT(Error({"billogram", "create", "-f", "-"}, yaml),
              HasSubstr("standard input:4:1: item_no: no such field"));
  ExpectRequest<v2::CreateBillogramRequest>(
      {"billogram", "create", "-f", "-", "--due-days", "10"},
      R"(billogram { customer { customer_no: 7 } items { title: "A" count { value: "1.50" } } due_days: 10 })",
      R"({"customer": {"customerNo": "7"}, "items": [{"title": "A", "count": {"value": "1.50"}}], "due_days": 5})");
  ExpectRequest<v2::CreateBillogramRequest>({"billogram", "create", "--request", "-"},
                                            R"(billogram { due_days: 3 } return_data: "compact")",
                                            "billogram: {due_days: 3}\nreturn_data: compact\n");
  ExpectRequest<v2::CreditRequest>(
      {"command", "credit", "x", "-f", "-"},
      R"(id: "x" mode: CREDIT_MODE_ITEMS items { count { value: "-1" } })",
      "mode: items\nitems: [{count: -1}]\n");
}

TEST(RequestTest, EveryMistakeOfADocumentIsTold) {
  const std::string error =
      Error({"billogram", "create", "-f", "-"},
            "{\n \"due_days\": \"x\",\n \"items\": [{\"title\": 5}],\n"
            " \"nonsense\": 1,\n \"due_date\": \"2026-02-30\",\n \"info\": 3\n}");
  EXPECT_THAT(error, HasSubstr("standard input:2:14: due_days: 'x' is not a whole number"));
  EXPECT_THAT(error, HasSubstr("standard input:3:22: items[0].title: text is expected, in quotes"));
  EXPECT_THAT(error, HasSubstr("standard input:4:2: nonsense: no such field"));
  EXPECT_THAT(error, HasSubstr("standard input:5:14: due_date: '2026-02-30' is not a date"));
  EXPECT_THAT(error, HasSubstr("standard input:6:10: info: fields are expected"));
}

TEST(RequestTest, BadDecimalsAreToldWhereTheyStand) {
  EXPECT_EQ(
      Error({"billogram", "create", "-f", "-"},
            "items:\n- {price: 1e99, vat: {value: x}, count: {value: 2}}\n"
            "invoice_fee: {}\n"),
      "standard input:2:11: items[0].price: '1e99' is not a decimal with an exponent from -64 "
      "to 64\n"
      "standard input:2:30: items[0].vat: 'x' is not a decimal such as 12.50\n"
      "standard input:3:14: invoice_fee: '' is not a decimal such as 12.50");
  EXPECT_EQ(
      Error({"billogram", "create", "-f", "-"},
            R"({"items": [{"title": "åäö", "price": {"value": "x"}}, {"vat": {"value": 5}}]})"),
      "standard input:1:48: items[0].price: 'x' is not a decimal such as 12.50\n"
      "standard input:1:73: items[1].vat.value: text is expected, in quotes");
  EXPECT_EQ(
      Error({"billogram", "create", "--items.0.price", "1e99", "--items", "{vat: {value: x}}"}),
      "--items.0.price: '1e99' is not a decimal with an exponent from -64 to 64\n"
      "--items: 1:15: vat: 'x' is not a decimal such as 12.50");
}

TEST(RequestTest, AnEmptyFileIsCalledEmpty) {
  for (const char* text : {"", " \n", "# nothing yet\n", "null"}) {
    for (const char* flag : {"--file", "--request"}) {
      EXPECT_EQ(Error({"billogram", "create", flag, "-"}, text),
                "standard input: there is nothing in it");
    }
  }
}

TEST(RequestTest, AWholeRequestAsFileIsExplained) {
  EXPECT_THAT(Error({"billogram", "create", "-f", "-"}, "billogram: {due_days: 3}\n"),
              HasSubstr("--file takes the billogram itself"));
  EXPECT_THAT(Error({"billogram", "create", "-f", "-"}, "{\"a\":"),
              HasSubstr("standard input:1:6: "));
  EXPECT_THAT(Error({"billogram", "create", "-f", "no/such.json"}),
              HasSubstr("cannot read no/such.json"));
  EXPECT_THAT(Error({"billogram", "create", "-f", "-", "--request", "-"}),
              HasSubstr("cannot both"));
}

TEST(RequestTest, UpdatesNameWhatIsSet) {
  ExpectRequest<v2::UpdateCustomerRequest>(
      {"customer", "update", "7", "--name", "A", "--contact.email", "a@example.com"},
      R"(customer_no: 7 customer { name: "A" contact { email: "a@example.com" } }
         update_mask { paths: "name" paths: "contact.email" })");
  // What a read gave: read-only fields, the number in the path and raw rests are not named.
  ExpectRequest<v2::UpdateBillogramRequest>(
      {"billogram", "update", "x", "-f", "-"},
      R"(id: "x" billogram { id: "x" state: "Unpaid" due_date { year: 2026 month: 1 day: 2 } unmapped { key: "a" value: "1" } }
         update_mask { paths: "due_date" })",
      "id: x\nstate: Unpaid\ndue_date: 2026-01-02\nunmapped: {a: '1'}\n");
  ExpectRequest<v2::UpdateCustomerRequest>(
      {"customer", "update", "7", "--update-mask", "name,org_no"},
      R"(customer_no: 7 customer {} update_mask { paths: "name" paths: "org_no" })");
}

TEST(RequestTest, UpdatesNameWholeWhatCannotBeNamedInPart) {
  ExpectRequest<shelf::v1::UpdateBookRequest>(
      {"shelf", "update-book", "7", "--cover.colour", "red", "--binding", "{colour: blue}"},
      R"(id: "7" book { cover { colour: "red" } binding { colour: "blue" } }
         update_mask { paths: "binding.colour" paths: "cover" })");
  ExpectRequest<pro::UpdateCustomerRequest>({"billpro.customer", "update", "66", "--addresses",
                                             "{billing_address: {street: S, country: GB}}"},
                                            R"(id: 66
         customer { addresses { billing_address { street: "S" country: "GB" } } }
         update_mask { paths: "addresses" })");
}

TEST(RequestTest, UpdatesDoNotNameWhatCannotBeChanged) {
  // What a read gave, edited.
  ExpectRequest<shelf::v1::UpdateBookRequest>(
      {"shelf", "update-book", "7", "-f", "-"},
      R"(id: "7" book { id: "7" title: "T" language: "sv" state: "sold" }
         update_mask { paths: "title" })",
      "{id: '7', title: T, language: sv, state: sold}");
  // A flag is meant: it is not left out in silence.
  EXPECT_EQ(Error({"shelf", "update-book", "7", "--title", "T", "--language", "sv", "--state", "x",
                   "--book.id", "8", "--volumes.0.cloth", "linen", "--unmapped.a", "1"}),
            "--language: cannot be changed\n--state: cannot be changed\n"
            "--book.id: an update does not send this unless --update-mask names it\n"
            "--unmapped.a: an update does not send this unless --update-mask names it");
  EXPECT_EQ(Error({"shelf", "update-book", "7", "--price", "x"}),
            "--price: 'x' is not a decimal such as 12.50");
  ExpectRequest<shelf::v1::UpdateBookRequest>(
      {"shelf", "update-book", "7", "--book.id", "8", "--update-mask", "id"},
      R"(id: "7" book { id: "8" } update_mask { paths: "id" })");
}

TEST(FieldPathTest, IsWrittenAsErrorsWriteIt) {
  const std::pair<const char*, const char*> rows[] = {
      {"items.0.price", "billogram.items[0].price"},
      {"billogram.items", "billogram.items"},
      {"on-success.method", "on_success.method"},
      {"unmapped.a.b", "billogram.unmapped[\"a.b\"]"},
  };
  for (const auto& [flag, path] : rows) {
    const auto resolved = FieldPath::Resolve(*Table().Find("billogram", "create"), flag);
    ASSERT_TRUE(resolved.ok()) << flag;
    EXPECT_EQ(resolved->ToString(), path);
  }
}

TEST(FlagOfTest, LeadsFromAnErrorToTheFlag) {
  const Command& create = *Table().Find("billogram", "create");
  EXPECT_EQ(FlagOf(create, "billogram.items[0].price"), "--items.0.price");
  EXPECT_EQ(FlagOf(create, "on_success.method"), "--on-success.method");
  EXPECT_EQ(FlagOf(create, "no such thing"), "");
  EXPECT_EQ(FlagOf(create, ""), "");
  EXPECT_EQ(FlagOf(*Table().Find("billogram", "get"), "id"), "ID");
}

}  // namespace
}  // namespace billing::ctl
