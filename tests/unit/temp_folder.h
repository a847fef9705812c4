#ifndef BILLING_TESTS_UNIT_TEMP_FOLDER_H_
#define BILLING_TESTS_UNIT_TEMP_FOLDER_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace billing {

// A folder of one test's own, gone with it: ctest runs the cases of a suite at the same time, so
// that a name in the common folder, however particular to the suite, would be another case's file.
class TempFolder {
 public:
  TempFolder() : path_(testing::TempDir() + "billing-XXXXXX") {
    if (mkdtemp(path_.data()) == nullptr) ADD_FAILURE() << "no folder " << path_;
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }

  const std::string& path() const { return path_; }

  // Writes a file of this name and returns its path.
  std::string Write(std::string_view name, std::string_view text) const {
    std::string file = path_ + "/" + std::string(name);
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  std::string path_;
};

}  // namespace billing

#endif  // BILLING_TESTS_UNIT_TEMP_FOLDER_H_
