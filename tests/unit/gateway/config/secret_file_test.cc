#include "service/gateway/config/secret_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>

#include "tests/unit/temp_folder.h"

namespace billing::gateway::config {
namespace {

class SecretFile : public testing::Test {
 protected:
  absl::StatusOr<std::string> ReadOf(const std::string& text) {
    return ReadSecretFile(folder_.Write("secret", text));
  }

  TempFolder folder_;
};

TEST_F(SecretFile, DropsTheLineEnd) {
  for (const char* text : {"s3 cret", "s3 cret\n", "s3 cret\r\n", "s3 cret\n\n"}) {
    auto secret = ReadOf(text);
    ASSERT_TRUE(secret.ok()) << text;
    EXPECT_EQ(*secret, "s3 cret");
  }
}

TEST_F(SecretFile, RefusesOtherContentWithoutQuotingIt) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("hush\nhush"), std::string("hush\0", 5),
        std::string("\thush"), "hush" + std::string(70000, 'x')}) {
    auto secret = ReadOf(text);
    EXPECT_EQ(secret.status().code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_EQ(std::string(secret.status().message()).find("hush"), std::string::npos);
  }
}

TEST_F(SecretFile, RefusesWhatIsNotAFile) {
  EXPECT_EQ(ReadSecretFile(folder_.path() + "/absent").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(ReadSecretFile(folder_.path()).status().code(), absl::StatusCode::kFailedPrecondition);
  ASSERT_EQ(mkfifo((folder_.path() + "/pipe").c_str(), 0600), 0);
  EXPECT_EQ(ReadSecretFile(folder_.path() + "/pipe").status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(SecretFile, FollowsLinks) {
  ASSERT_TRUE(ReadOf("x\n").ok());
  std::filesystem::create_symlink("secret", folder_.path() + "/link");
  EXPECT_EQ(ReadSecretFile(folder_.path() + "/link").value(), "x");
}

}  // namespace
}  // namespace billing::gateway::config
