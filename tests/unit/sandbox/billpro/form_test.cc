#include "service/sandbox/billpro/form.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace billing::sandbox::billpro {
namespace {

constexpr char kUrlEncoded[] = "application/x-www-form-urlencoded";

std::string Nested(std::string_view body) {
  const auto json = ParseBody(kUrlEncoded, body);
  return json.ok() ? json->ToString() : "refused";
}

std::string Multipart(std::string_view body, std::string_view boundary = "b") {
  const auto json =
      ParseBody(absl::StrCat("multipart/form-data; boundary=", std::string(boundary)), body);
  return json.ok() ? json->ToString() : "refused";
}

std::string Part(std::string_view name, std::string_view value) {
  return absl::StrCat("--b\r\nContent-Disposition: form-data; name=\"", std::string(name),
                      "\"\r\n\r\n", std::string(value), "\r\n");
}

TEST(FormTest, NamesNestAsRailsHasIt) {
  EXPECT_EQ(Nested("customer[first_name]=Jane&customer[addresses][billing_address][city]=Town"),
            R"({"customer": {"first_name": "Jane", "addresses": {"billing_address": )"
            R"({"city": "Town"}}}})");
  EXPECT_EQ(Nested("order[order_products][][product_id]=1&order[order_products][][qty]=2"
                   "&order[order_products][][product_id]=3"),
            R"({"order": {"order_products": [{"product_id": "1", "qty": "2"}, )"
            R"({"product_id": "3"}]}})");
  EXPECT_EQ(Nested("a[]=1&a[]=2&b=3"), R"({"a": ["1", "2"], "b": "3"})");
  EXPECT_EQ(Nested("a[][b][c]=1&a[][b][d]=2&a[][b][c]=3"),
            R"({"a": [{"b": {"c": "1", "d": "2"}}, {"b": {"c": "3"}}]})");
  EXPECT_EQ(Nested("a[][b][]=1&a[][b][]=2"), R"({"a": [{"b": ["1", "2"]}]})");
  EXPECT_EQ(Nested("a=1&a=2"), R"({"a": "2"})");
}

TEST(FormTest, UrlEncodedTextIsDecoded) {
  EXPECT_EQ(Nested("a%5Bb%5D=%2B44+7%2F&c=&d"), R"({"a": {"b": "+44 7/"}, "c": "", "d": ""})");
  EXPECT_EQ(Nested("&&a=1&"), R"({"a": "1"})");
  EXPECT_EQ(Nested("a=b=c"), R"({"a": "b=c"})");
  EXPECT_EQ(Nested("a=%C3%A5"), R"({"a": "\u00e5"})");
  EXPECT_EQ(Nested(""), "{}");
}

TEST(FormTest, MalformedFormsAreRefused) {
  for (const char* bad :
       {"a=%", "a=%4", "a=%zz", "%=1", "a=%ff", "=1", "[a]=1", "a[b=1", "a]b=1", "a[b]c=1",
        "a[[b]]=1", "a[b]]=1", "a=1&a[b]=2", "a[b]=1&a=2", "a[]=1&a[b]=2", "a[b]=1&a[]=2",
        "a[][]=1", "a[b]=1&a[b][c]=2", "a[][b]=1&a[][b][c]=2&a[][b]=3&a=1"}) {
    EXPECT_EQ(Nested(bad), "refused") << bad;
  }
  std::string many;
  for (size_t i = 0; i <= kMaxFormFields; ++i) absl::StrAppend(&many, "a", i, "=1&");
  EXPECT_EQ(Nested(many), "refused");
  std::string deep = "a";
  for (size_t i = 1; i < kMaxFormDepth; ++i) deep += "[b]";
  EXPECT_NE(Nested(deep + "=1"), "refused");
  EXPECT_EQ(Nested(deep + "[b]=1"), "refused");
  EXPECT_EQ(Nested(std::string(1 << 20, '[')), "refused");
}

TEST(FormTest, MultipartPartsAreFields) {
  EXPECT_EQ(Multipart(Part("customer[email]", "a@example.com") + Part("b", "1\r\n2") + "--b--\r\n"),
            R"({"customer": {"email": "a@example.com"}, "b": "1\u000d\n2"})");
  EXPECT_EQ(Multipart("a preamble\r\n" + Part("a", "") + "--b--"), R"({"a": ""})");
  EXPECT_EQ(Multipart(Part("a", "x--b") + "--b--", "\"b\""), R"({"a": "x--b"})");
  EXPECT_EQ(Multipart("--b \r\nX-Other: 1\r\ncontent-disposition:form-data;name=a;x=\"y\\\"z\""
                      "\r\n\r\n1\r\n--b--"),
            R"({"a": "1"})");
  EXPECT_EQ(Multipart("--b--"), "{}");
}

TEST(FormTest, MalformedMultipartIsRefused) {
  for (const std::string& bad :
       {std::string(), std::string("--b"), Part("a", "1"), Part("a", "1") + "--b",
        Part("a", "1") + "--c--", Part("a", "\xff") + "--b--", Part("\xff", "1") + "--b--",
        std::string("--b\r\n\r\n1\r\n--b--"),
        std::string("--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--"),
        std::string("--b\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--b--"),
        std::string("--b\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--b--"),
        std::string("--b\r\nContent-Disposition: form-data; name=\"a\"; filename=\"f\""
                    "\r\n\r\n1\r\n--b--"),
        std::string("--b\r\nContent-Disposition: form-data; name=\"a\"\r\n1\r\n--b--"),
        "--b\r\nX: " + std::string(kMaxPartHeaders, 'x') + "\r\n" + Part("a", "1").substr(5) +
            "--b--",
        std::string("--bjunk\r\n") + Part("a", "1").substr(5) + "--b--"}) {
    EXPECT_EQ(Multipart(bad), "refused") << bad.substr(0, 200);
  }
  const std::string good = Part("a", "1") + "--b--";
  EXPECT_EQ(Multipart(good, ""), "refused");
  EXPECT_EQ(Multipart(good, std::string(71, 'b')), "refused");
  EXPECT_FALSE(ParseBody("multipart/form-data", good).ok());
  std::string many;
  for (size_t i = 0; i <= kMaxFormFields; ++i) many += Part(absl::StrCat("a", i), "1");
  EXPECT_EQ(Multipart(many + "--b--"), "refused");
}

TEST(FormTest, EveryCutOfAGoodBodyIsRefusedOrRead) {
  const std::string good = Part("a[b]", "1") + Part("a[c]", "2") + "--b--";
  for (size_t length = 0; length < good.size(); ++length) {
    EXPECT_EQ(Multipart(good.substr(0, length)), "refused") << length;
  }
}

TEST(FormTest, TheContentTypeDecides) {
  EXPECT_EQ(ParseBody("", R"({"a": 1})")->ToString(), R"({"a": 1})");
  EXPECT_EQ(ParseBody("Application/JSON; charset=utf-8", R"({"a": 1})")->ToString(), R"({"a": 1})");
  EXPECT_EQ(ParseBody("application/x-www-form-urlencoded; charset=utf-8", "a=1")->ToString(),
            R"({"a": "1"})");
  for (const char* type : {"text/plain", "application/xml", "json", ";"}) {
    EXPECT_EQ(ParseBody(type, R"({"a": 1})").ok(), type == std::string(";")) << type;
  }
  for (const char* bad : {"", "[]", "1", "null", "\"a\"", "{", "{\"a\": 1}}", "\xff"}) {
    EXPECT_FALSE(ParseBody("application/json", bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace billing::sandbox::billpro
