#include "service/gateway/translate/media_type.h"

#include <gtest/gtest.h>

namespace billing::gateway::translate {
namespace {

TEST(MediaType, IsWithoutParametersAndCase) {
  EXPECT_EQ(MediaType("application/pdf"), "application/pdf");
  EXPECT_EQ(MediaType("Text/CSV ; charset=utf-8; x=\"a;b\""), "text/csv");
  EXPECT_EQ(MediaType(" application/PDF\t"), "application/pdf");
  EXPECT_EQ(MediaType(""), "");
  EXPECT_EQ(MediaType("; charset=utf-8"), "");
  EXPECT_EQ(MediaType("pdf"), "pdf");
}

TEST(MediaType, OfJson) {
  EXPECT_TRUE(IsJsonType("application/json"));
  EXPECT_TRUE(IsJsonType("application/problem+json"));
  for (const char* other : {"", "json", "text/json", "application/jsonlines", "text/javascript",
                            "application/json-seq", "application/pdf"}) {
    EXPECT_FALSE(IsJsonType(other)) << other;
  }
}

}  // namespace
}  // namespace billing::gateway::translate
