#include "client/billingctl/run.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "client/billingctl/call.h"
#include "client/billingctl/completion.h"
#include "client/billingctl/download.h"
#include "client/billingctl/help.h"
#include "client/billingctl/printer.h"
#include "client/billingctl/progress.h"
#include "client/billingctl/report.h"
#include "client/billingctl/request.h"
#include "client/billingctl/table.h"
#include "client/cpp/call_error.h"
#include "client/cpp/safety.h"
#include "client/cpp/service_config.h"
#include "google/protobuf/descriptor.h"

namespace billing::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// "customers" of ExportCustomersResponse, "bytes" of documents.
std::string UnitOf(const Descriptor& answer) {
  if (IsFileChunk(answer)) return "bytes";
  const FieldDescriptor* page = PageField(answer);
  return page == nullptr ? "messages" : page->name();
}

// An answer's field of this name and kind, if it is set.
std::optional<int64_t> Number(const Message& answer, const char* name) {
  const FieldDescriptor* field = answer.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() ||
      !answer.GetReflection()->HasField(answer, field)) {
    return std::nullopt;
  }
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return answer.GetReflection()->GetInt32(answer, field);
    case FieldDescriptor::CPPTYPE_INT64:
      return answer.GetReflection()->GetInt64(answer, field);
    default:
      return std::nullopt;
  }
}

std::string Text(const Message& answer, const char* name) {
  const FieldDescriptor* field = answer.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() || field->type() != FieldDescriptor::TYPE_STRING) {
    return "";
  }
  return answer.GetReflection()->GetString(answer, field);
}

// Whether the first attempt to connect succeeds.
bool Connect(grpc::Channel& channel, absl::Duration timeout) {
  const auto deadline = absl::ToChronoTime(absl::Now() + timeout);
  for (auto state = channel.GetState(true); state != GRPC_CHANNEL_READY;
       state = channel.GetState(true)) {
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE || state == GRPC_CHANNEL_SHUTDOWN ||
        !channel.WaitForStateChange(state, deadline)) {
      return false;
    }
  }
  return true;
}

// One call from its request to its exit code.
class Caller {
 public:
  Caller(const Invocation& line, const Message& request, const Surroundings& around)
      : line_(line), request_(request), around_(around), method_(*line.command->method) {}

  int Call() {
    if (!Prepare()) return code_;
    auto channel = client::MakeChannel(Channel());
    if (!channel.ok()) return Fail(kBadInput, channel.status().message());
    grpc::ClientContext context;
    if (const auto status = client::Apply(Options(), context); !status.ok()) {
      return Fail(kBadInput, status.message());
    }
    for (const auto& [key, value] : line_.settings.metadata) context.AddMetadata(key, value);
    // A write is sent only over a connection that stands: if none can be had, nothing is in doubt.
    if (!client::IsRepeatable(method_, request_) && !Connect(**channel, Options().timeout)) {
      return Fail(kTryLater, absl::StrCat("UNAVAILABLE: cannot connect to ",
                                          line_.settings.channel.address, "; nothing was sent"));
    }
    const grpc::Status status = CallMethod(*channel, method_, request_, context,
                                           [&](const Message& answer) { return Take(answer); });
    progress_.reset();
    return Finish(status);
  }

 private:
  int Fail(ExitCode code, absl::string_view message) {
    around_.err << "billingctl: " << message << "\n";
    return code_ = code;
  }

  client::ChannelOptions Channel() const {
    client::ChannelOptions options = line_.settings.channel;
    options.user_agent = absl::StrCat("billingctl/", around_.version);
    return options;
  }

  client::CallOptions Options() const {
    client::CallOptions options = line_.settings.call;
    options.timeout = line_.settings.timeout.value_or(
        method_.server_streaming() ? absl::InfiniteDuration() : absl::Seconds(30));
    return options;
  }

  // Opens what the answers go to, before anything is asked for.
  bool Prepare() {
    const Settings& settings = line_.settings;
    if (IsFileChunk(*method_.output_type())) {
      std::string path = settings.output_file;
      if (path.empty() && around_.out_is_terminal) {
        Fail(kBadInput,
             "a document does not go to a terminal; say --output-file FILE, or - to insist");
        return false;
      }
      if (path.empty()) path.assign(1, '-');
      download_.emplace(std::move(path), around_.out);
      if (const auto status = download_->Open(); !status.ok()) {
        Fail(kLocalFailure, status.message());
        return false;
      }
    } else if (!settings.output_file.empty()) {
      Fail(kBadInput, absl::StrCat("--output-file: ", line_.resource, " ", line_.verb,
                                   " answers no document"));
      return false;
    }
    PrintOptions options;
    options.format = settings.format;
    if (options.format == Format::kAuto) {
      options.format = around_.out_is_terminal ? Format::kTable : Format::kJson;
    }
    table_ = options.format == Format::kTable;
    options.stream = method_.server_streaming();
    options.columns = settings.columns;
    options.width = around_.width;
    printer_ = Printer::Make(options, around_.out);
    StartProgress();
    return true;
  }

  // Rows on the same terminal would be torn by the line.
  void StartProgress() {
    const bool torn = around_.out_is_terminal && (!download_ || line_.settings.output_file == "-");
    const bool wanted =
        line_.settings.progress == When::kAlways ||
        (line_.settings.progress == When::kAuto && around_.err_is_terminal && !torn);
    if (method_.server_streaming() && wanted) {
      progress_.emplace(around_.err, UnitOf(*method_.output_type()), absl::Now);
    }
  }

  // False ends the call.
  bool Take(const Message& answer) {
    const absl::Status status = download_ ? download_->Write(answer) : Print(answer);
    if (!status.ok()) {
      local_ = status;
      return false;
    }
    if (!progress_) return true;
    if (const auto total = Number(answer, "total_size")) total_ = *total;
    const FieldDescriptor* page = PageField(*answer.GetDescriptor());
    done_ += page == nullptr ? 1 : answer.GetReflection()->FieldSize(answer, page);
    progress_->Update(download_ ? download_->bytes() : done_, total_);
    return true;
  }

  absl::Status Print(const Message& answer) {
    if (auto status = printer_->Print(answer); !status.ok()) return status;
    // A table leaves out what is said about the page.
    const std::string token = Text(answer, "next_page_token");
    if (table_ && !token.empty()) {
      const auto total = Number(answer, "total_size");
      around_.err << "More" << (total ? absl::StrCat(" of ", *total) : "") << ": --page-token "
                  << Visible(token) << "\n";
    }
    if (!around_.out) return absl::UnavailableError("cannot write standard output");
    return absl::OkStatus();
  }

  int Finish(const grpc::Status& status) {
    if (download_ && download_->bytes_given_away() > 0 && (!status.ok() || !local_.ok())) {
      around_.err << "billingctl: the " << download_->bytes_given_away()
                  << " bytes on standard output are not the whole document\n";
    }
    if (!local_.ok()) {
      return Fail(absl::IsInvalidArgument(local_) ? kBadInput : kLocalFailure, local_.message());
    }
    if (!status.ok()) {
      const client::CallError error = client::ToCallError(status);
      const bool unsafe = !client::IsRepeatable(method_, request_);
      around_.out.flush();
      PrintError(error, line_, unsafe, around_.err);
      return ExitCodeOf(error, unsafe);
    }
    if (download_) {
      if (const auto written = download_->Commit(); !written.ok()) {
        return Fail(kLocalFailure, written.message());
      }
    }
    around_.out.flush();
    if (!around_.out) return Fail(kLocalFailure, "cannot write standard output");
    return kDone;
  }

  const Invocation& line_;
  const Message& request_;
  const Surroundings& around_;
  const google::protobuf::MethodDescriptor& method_;
  std::optional<Download> download_;
  std::unique_ptr<Printer> printer_;
  std::optional<Progress> progress_;
  absl::Status local_;
  bool table_ = false;
  int64_t done_ = 0;
  int64_t total_ = 0;
  int code_ = kDone;
};

int BadCommandLine(const absl::Status& status, const Surroundings& around) {
  for (absl::string_view problem : absl::StrSplit(status.message(), '\n')) {
    around.err << "billingctl: " << problem << "\n";
  }
  return kBadInput;
}

int Completion(const std::vector<std::string>& words, const Surroundings& around) {
  const std::string script = words.size() == 2 ? CompletionScript(words[1]) : "";
  if (script.empty()) {
    around.err << "billingctl: completion takes bash or zsh\n";
    return kBadInput;
  }
  around.out << script;
  return kDone;
}

// Whether the columns that were asked for are some of the answer's; makes it a table where no other
// form is asked for.
absl::Status SettleColumns(Invocation& line) {
  Settings& settings = line.settings;
  if (settings.columns.empty()) return absl::OkStatus();
  const Descriptor& answer = *line.command->method->output_type();
  if (IsFileChunk(answer)) {
    return absl::InvalidArgumentError("--columns: a document has none");
  }
  if (settings.format == Format::kAuto) settings.format = Format::kTable;
  if (settings.format != Format::kTable) {
    return absl::InvalidArgumentError("--columns: JSON and YAML have none, only --output table");
  }
  const FieldDescriptor* page = PageField(answer);
  return CheckColumns(page == nullptr ? answer : *page->message_type(), settings.columns);
}

int DryRun(const Invocation& line, const Message& request, const Surroundings& around) {
  around.out << (line.settings.format == Format::kYaml ? ToYaml(request) : ToJson(request, false));
  return kDone;
}

}  // namespace

int Run(const std::vector<std::string>& words, const Surroundings& around) {
  const CommandTable table(client::LinkedFiles());
  if (!words.empty() && words[0] == "__complete") {
    const auto begin = words.begin() + (words.size() > 1 && words[1] == "--" ? 2 : 1);
    for (const std::string& name : Complete(table, {begin, words.end()}))
      around.out << name << "\n";
    return kDone;
  }
  if (!words.empty() && words[0] == "completion") return Completion(words, around);
  auto line = ParseCommandLine(table, around.environment, words);
  if (!line.ok()) return BadCommandLine(line.status(), around);
  if (line->settings.version) {
    around.out << "billingctl " << around.version << "\n";
    return kDone;
  }
  if (line->command == nullptr) {
    std::ostream& out = line->settings.help ? around.out : around.err;
    if (line->resource.empty()) {
      PrintHelp(table, out);
    } else {
      PrintHelp(table, line->resource, out);
    }
    return line->settings.help ? kDone : kBadInput;
  }
  if (line->settings.help) {
    PrintHelp(*line->command, around.out);
    return kDone;
  }
  if (const auto status = SettleColumns(*line); !status.ok()) return BadCommandLine(status, around);
  const auto request = BuildRequest(*line, around.in);
  if (!request.ok()) return BadCommandLine(request.status(), around);
  if (line->settings.dry_run) return DryRun(*line, **request, around);
  return Caller(*line, **request, around).Call();
}

}  // namespace billing::ctl
