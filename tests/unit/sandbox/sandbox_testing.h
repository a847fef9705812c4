#ifndef TESTS_UNIT_SANDBOX_SANDBOX_TESTING_H_
#define TESTS_UNIT_SANDBOX_SANDBOX_TESTING_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "service/sandbox/json.h"
#include "service/sandbox/sandbox.h"

namespace billing::sandbox {

struct Reply {
  int status = 0;
  Json body;
  std::string text;
  common::HttpResponse raw;

  // The object or list that a success carries, or what an error says.
  const Json& data() const;
  // The machine-readable status.
  std::string_view code() const { return body.Text("status"); }
};

// A sandbox whose real time stands still at 2026-03-01 12:00:00 UTC, asked without a connection.
class SandboxTest : public ::testing::Test {
 protected:
  explicit SandboxTest(std::vector<std::string> accounts = {"acme"});

  // Requests below /api/v2/ with the first account's credentials; bodies are JSON text.
  Reply Get(std::string_view path, std::string_view query = "");
  Reply Post(std::string_view path, std::string_view body);
  Reply Put(std::string_view path, std::string_view body);
  Reply Delete(std::string_view path);
  Reply Ask(std::string_view method, std::string_view target, std::string_view body,
            std::vector<common::HttpHeader> headers);
  // Below /sandbox/.
  Reply Control(std::string_view method, std::string_view path, std::string_view body = "");

  std::string BasicAuth(size_t account = 0) const;

  // A customer that every delivery method reaches; its number.
  int64_t AddCustomer();
  // A billogram for a total of 100 SEK; its id. `more` is spliced into the document.
  std::string AddBillogram(std::string_view more = "");
  // The same, sent by e-mail.
  std::string AddSent(std::string_view more = "");
  Reply Command(std::string_view id, std::string_view command, std::string_view body = "{}");
  std::string StateOf(std::string_view id);
  // The types of its events, comma-separated, oldest first.
  std::string EventsOf(std::string_view id);
  void Advance(std::string_view span);

  absl::Time real_now_;
  Sandbox sandbox_;

 private:
  int64_t customer_no_ = 0;
};

// A member of a JSON object as text: numbers and strings as they are, else the JSON.
std::string Field(const Json& object, std::string_view colon_path);

}  // namespace billing::sandbox

#endif  // TESTS_UNIT_SANDBOX_SANDBOX_TESTING_H_
