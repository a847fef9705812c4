#include "service/sandbox/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "service/common/strings.h"
#include "service/sandbox/json.h"

namespace billing::sandbox {
namespace {

using common::HttpRequest;
using common::ToAbsl;
using common::ToStd;

// The headers that answers depend on.
constexpr std::array<const char*, 3> kHeaders = {"Authorization", "Content-Type",
                                                 "X-API-Deduplication-ID"};

absl::Status SystemError(std::string_view what) {
  return absl::UnavailableError(absl::StrCat(ToAbsl(what), ": ", std::strerror(errno)));
}

std::string OriginLine(const Journal::Origin& origin) {
  Json accounts = Json::MakeArray();
  for (const std::string& name : origin.accounts) accounts.Append(Json::String(name));
  return Json::MakeObject({{"format", Json::Integer(1)},
                           {"seed", Json::String(std::to_string(origin.seed))},
                           {"accounts", std::move(accounts)}})
      .ToString();
}

std::string EntryLine(const Journal::Entry& entry) {
  const HttpRequest& request = entry.request;
  Json headers = Json::MakeObject();
  for (const char* name : kHeaders) {
    if (const auto value = request.Header(name)) {
      headers.Set(name, Json::String(absl::Base64Escape(ToAbsl(*value))));
    }
  }
  Json line = Json::MakeObject({{"at", Json::Integer(absl::ToUnixMicros(entry.at))},
                                {"method", Json::String(request.method)},
                                {"target", Json::String(absl::Base64Escape(request.target))},
                                {"headers", std::move(headers)}});
  if (IsUtf8(request.body)) {
    line.Set("body", Json::String(request.body));
  } else {
    line.Set("body_base64", Json::String(absl::Base64Escape(request.body)));
  }
  return line.ToString();
}

std::string Unescape(std::string_view base64) {
  std::string text;
  return absl::Base64Unescape(ToAbsl(base64), &text) ? text : "";
}

absl::StatusOr<Journal::Entry> ReadEntry(std::string_view line) {
  const absl::StatusOr<Json> read = ParseJson(line);
  if (!read.ok()) return read.status();
  const Json* at = read->Find("at");
  const auto micros = at == nullptr ? std::nullopt : at->AsInteger();
  const std::string target = Unescape(read->Text("target"));
  const Json* headers = read->Find("headers");
  if (!micros || target.empty() || read->Text("method").empty() || headers == nullptr) {
    return absl::InvalidArgumentError("an entry lacks something");
  }
  Journal::Entry entry;
  entry.at = absl::FromUnixMicros(*micros);
  HttpRequest& request = entry.request;
  request.method = std::string(read->Text("method"));
  request.target = target;
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& [name, value] : headers->members()) {
    request.headers.push_back({name, Unescape(value.text())});
  }
  const Json* raw = read->Find("body_base64");
  request.body = raw == nullptr ? std::string(read->Text("body")) : Unescape(raw->text());
  return entry;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& directory,
                                                       const Origin& origin,
                                                       std::vector<Entry>& entries) {
  if (mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return SystemError(directory);
  const std::string path = directory + "/journal.ndjson";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file < 0) return SystemError(path);
  std::unique_ptr<Journal> journal(new Journal(file));
  if (flock(file, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(absl::StrCat(path, ": in use by another sandbox"));
  }
  const absl::StatusOr<std::string> held = journal->ReadAll();
  if (!held.ok()) return held.status();
  const size_t whole = held->rfind('\n') + 1;  // 0 where there is no whole line
  if (whole == 0) {
    if (const absl::Status begun = journal->Begin(origin); !begun.ok()) return begun;
    return journal;
  }
  std::string_view lines = std::string_view(*held).substr(0, whole);
  for (size_t number = 1; !lines.empty(); ++number) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(line.size() + 1);
    if (number == 1) {
      if (line != OriginLine(origin)) {
        return absl::FailedPreconditionError(
            absl::StrCat(path, ": was begun with another seed or other accounts"));
      }
      journal->first_entry_ = static_cast<int64_t>(line.size()) + 1;
      continue;
    }
    absl::StatusOr<Entry> entry = ReadEntry(line);
    if (!entry.ok()) {
      return absl::DataLossError(absl::StrCat(path, ":", number, ": ", entry.status().message()));
    }
    entries.push_back(*std::move(entry));
  }
  if (ftruncate(file, static_cast<off_t>(whole)) != 0) return SystemError(path);
  return journal;
}

Journal::~Journal() { close(file_); }

absl::StatusOr<std::string> Journal::ReadAll() const {
  std::string all;
  std::array<char, 1 << 16> buffer;
  while (true) {
    const ssize_t got = pread(file_, buffer.data(), buffer.size(), static_cast<off_t>(all.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError("read");
    if (got == 0) return all;
    all.append(buffer.data(), static_cast<size_t>(got));
  }
}

absl::Status Journal::Write(std::string line) {
  line += '\n';
  const off_t before = lseek(file_, 0, SEEK_END);
  std::string_view rest = line;
  while (!rest.empty()) {
    const ssize_t put = write(file_, rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      const absl::Status error = SystemError("write");
      // Half a line in the middle could not be read again.
      if (ftruncate(file_, before) != 0) return SystemError("truncate");
      return error;
    }
    rest.remove_prefix(static_cast<size_t>(put));
  }
  return absl::OkStatus();
}

absl::Status Journal::Begin(const Origin& origin) {
  if (ftruncate(file_, 0) != 0) return SystemError("truncate");
  const std::string line = OriginLine(origin);
  first_entry_ = static_cast<int64_t>(line.size()) + 1;
  return Write(line);
}

absl::Status Journal::Append(const Entry& entry) { return Write(EntryLine(entry)); }

absl::Status Journal::Clear() {
  return ftruncate(file_, first_entry_) == 0 ? absl::OkStatus() : SystemError("truncate");
}

}  // namespace billing::sandbox
