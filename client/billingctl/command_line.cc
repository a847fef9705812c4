#include "client/billingctl/command_line.h"

#include <cstdlib>
#include <functional>
#include <memory>
#include <unordered_set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/message.h"
#include "service/common/strings.h"

namespace billing::ctl {
namespace {

using common::ToAbsl;

absl::Status Bad(absl::string_view what) { return absl::InvalidArgumentError(std::string(what)); }

absl::Status BadChoice(absl::string_view value, absl::string_view choices) {
  return Bad(absl::StrCat("'", value, "' is not one of ", choices));
}

client::TlsOptions& Tls(Settings& settings) {
  if (!settings.channel.tls) settings.channel.tls.emplace();
  return *settings.channel.tls;
}

absl::Status SetFormat(const std::string& value, Settings& settings) {
  if (value == "table") {
    settings.format = Format::kTable;
  } else if (value == "json") {
    settings.format = Format::kJson;
  } else if (value == "yaml") {
    settings.format = Format::kYaml;
  } else {
    return BadChoice(value, "table, json, yaml");
  }
  return absl::OkStatus();
}

absl::Status SetProgress(const std::string& value, Settings& settings) {
  if (value == "auto") {
    settings.progress = When::kAuto;
  } else if (value == "always") {
    settings.progress = When::kAlways;
  } else if (value == "never") {
    settings.progress = When::kNever;
  } else {
    return BadChoice(value, "auto, always, never");
  }
  return absl::OkStatus();
}

absl::Status SetTimeout(const std::string& value, Settings& settings) {
  absl::Duration timeout;
  if (!absl::ParseDuration(value, &timeout) || timeout <= absl::ZeroDuration()) {
    return Bad(absl::StrCat("'", value, "' is not a duration such as 30s"));
  }
  settings.timeout = timeout;
  return absl::OkStatus();
}

absl::Status AddMetadata(const std::string& value, Settings& settings) {
  const size_t colon = value.find(':');
  const std::string key = absl::AsciiStrToLower(absl::StripAsciiWhitespace(value.substr(0, colon)));
  const bool good =
      colon != std::string::npos && !key.empty() &&
      key.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
  if (!good) return Bad(absl::StrCat("'", value, "' is not KEY:VALUE"));
  if (absl::StartsWith(key, "grpc-")) {
    return Bad(absl::StrCat("'", key, "': keys that begin with grpc- are gRPC's own"));
  }
  std::string text(absl::StripAsciiWhitespace(value.substr(colon + 1)));
  for (const unsigned char c : text) {
    if (c < 0x20 || c > 0x7E) return Bad("metadata is printable ASCII");
  }
  settings.metadata.emplace_back(key, std::move(text));
  return absl::OkStatus();
}

// One flag and what it does; flags without a value get an empty one.
struct Rule {
  SettingFlag flag;
  std::function<absl::Status(const std::string&, Settings&)> set;
};

template <typename Assign>
std::function<absl::Status(const std::string&, Settings&)> Do(Assign assign) {
  return [assign](const std::string& value, Settings& settings) {
    assign(value, settings);
    return absl::OkStatus();
  };
}

using S = Settings;
using Text = const std::string&;

std::vector<Rule> MakeRules() {
  return {
      {{"server", 's', "ADDRESS", "the gateway, 127.0.0.1:50051 if not said; also BILLING_SERVER"},
       Do([](Text v, S& s) { s.channel.address = v; })},
      {{"account", 'a', "NAME", "which of its accounts; also BILLING_ACCOUNT"},
       Do([](Text v, S& s) { s.call.account = v; })},
      {{"output", 'o', "FORMAT", "table, json or yaml; a table on a terminal, else json"},
       SetFormat},
      {{"columns", 0, "NAMES",
        "fields of a table, joined by commas: id,customer.name,state; makes it one"},
       Do([](Text v, S& s) { s.columns = absl::StrSplit(v, ',', absl::SkipEmpty()); })},
      {{"file", 'f', "FILE",
        "JSON or YAML of the resource, or of the request where it has none; - is standard input"},
       Do([](Text v, S& s) { s.file = v; })},
      {{"request", 0, "FILE", "JSON or YAML of the whole request"},
       Do([](Text v, S& s) { s.request = v; })},
      {{"output-file", 'O', "FILE", "where a document (PDF, report) goes; - is standard output"},
       Do([](Text v, S& s) { s.output_file = v; })},
      {{"timeout", 't', "DURATION", "30s if not said, none for streams"}, SetTimeout},
      {{"idempotency-key", 0, "KEY", "names this one write"},
       Do([](Text v, S& s) { s.call.idempotency_key = v; })},
      {{"request-id", 0, "ID", "the id to log the call under"},
       Do([](Text v, S& s) { s.call.request_id = v; })},
      {{"cache-control", 0, "TEXT", "no-cache, max-age=5, ..."},
       Do([](Text v, S& s) { s.call.cache_control = v; })},
      {{"header", 'H', "KEY:VALUE", "further metadata; may be repeated"}, AddMetadata},
      {{"tls", 0, nullptr, "connect by TLS, with the system's roots"},
       Do([](Text, S& s) { Tls(s); })},
      {{"ca-file", 0, "FILE", "whom to trust (implies --tls)"},
       Do([](Text v, S& s) { Tls(s).ca_file = v; })},
      {{"cert-file", 0, "FILE", "the caller's certificate (implies --tls)"},
       Do([](Text v, S& s) { Tls(s).cert_file = v; })},
      {{"key-file", 0, "FILE", "and its key"}, Do([](Text v, S& s) { Tls(s).key_file = v; })},
      {{"server-name", 0, "NAME", "the name in the gateway's certificate (implies --tls)"},
       Do([](Text v, S& s) { Tls(s).server_name = v; })},
      {{"progress", 0, "WHEN", "progress of streams on standard error: auto, always, never"},
       SetProgress},
      {{"dry-run", 0, nullptr, "print the request instead of sending it"},
       Do([](Text, S& s) { s.dry_run = true; })},
      {{"help", 'h', nullptr, "help on the command"}, Do([](Text, S& s) { s.help = true; })},
      {{"version", 0, nullptr, "the version"}, Do([](Text, S& s) { s.version = true; })},
  };
}

const std::vector<Rule>& Rules() {
  static const auto& rules = *new std::vector<Rule>(MakeRules());
  return rules;
}

class LineParser {
 public:
  LineParser(const CommandTable& table, const std::vector<std::string>& words)
      : table_(table), words_(words) {}

  absl::StatusOr<Invocation> Parse(Invocation start) {
    line_ = std::move(start);
    bool flags_ended = false;
    while (at_ < words_.size()) {
      const std::string& word = words_[at_++];
      absl::Status status;
      if (flags_ended || word == "-" || !absl::StartsWith(word, "-")) {
        status = Word(word);
      } else if (word == "--") {
        flags_ended = true;
      } else {
        status = Flag(word);
      }
      if (!status.ok()) problems_.emplace_back(status.message());
      // Which words are meant as what is known from the command on.
      if (!status.ok() && line_.command == nullptr) break;
    }
    if (problems_.empty()) return std::move(line_);
    Values();
    return Bad(absl::StrJoin(problems_, "\n"));
  }

 private:
  // Beside other mistakes, those in the values of good flags; without others, the request tells
  // them together with those of files.
  void Values() {
    if (line_.command == nullptr) return;
    const std::unique_ptr<google::protobuf::Message> scratch(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(line_.command->method->input_type())
            ->New());
    for (const Invocation::Field& field : line_.fields) {
      const absl::Status status = field.path.Set(field.value, *scratch);
      // A file may have the elements that are missing here.
      if (absl::IsInvalidArgument(status)) {
        problems_.push_back(absl::StrCat(field.flag, ": ", status.message()));
      }
    }
  }

  absl::Status Word(const std::string& word) {
    if (line_.resource.empty()) {
      line_.resource = word;
      if (!table_.Find(word).empty()) return absl::OkStatus();
      return Unknown("command", word, table_.resources());
    }
    if (line_.command == nullptr) {
      line_.verb = word;
      line_.command = table_.Find(line_.resource, word);
      if (line_.command != nullptr) return absl::OkStatus();
      std::vector<std::string> verbs;
      for (const Command* command : table_.Find(line_.resource)) verbs.push_back(command->verb);
      return Unknown(line_.resource + " command", word, verbs);
    }
    if (line_.arguments.size() == line_.command->arguments.size()) {
      return Bad(absl::StrCat("'", word, "' is one word too many; ", line_.resource, " ",
                              line_.verb, " takes ", line_.command->arguments.size()));
    }
    line_.arguments.push_back(word);
    return absl::OkStatus();
  }

  static absl::Status Unknown(absl::string_view what, const std::string& word,
                              const std::vector<std::string>& names) {
    const std::string meant = Closest(word, names);
    return Bad(absl::StrCat("there is no ", what, " '", word, "'; ",
                            meant.empty() ? absl::StrCat("there are ", absl::StrJoin(names, ", "))
                                          : absl::StrCat("did you mean '", meant, "'?")));
  }

  absl::Status Flag(const std::string& word) {
    const bool letter = !absl::StartsWith(word, "--");
    std::optional<std::string> value;
    std::string name = word;
    if (letter && word.size() > 2) {
      value = word.substr(word[2] == '=' ? 3 : 2);
      name = word.substr(0, 2);
    } else if (const size_t equals = word.find('='); !letter && equals != std::string::npos) {
      value = word.substr(equals + 1);
      name = word.substr(0, equals);
    }
    for (const Rule& rule : Rules()) {
      const bool same =
          letter ? rule.flag.letter == name[1] : name == absl::StrCat("--", rule.flag.name);
      if (same) return Setting(rule, name, std::move(value));
    }
    if (letter) return Bad(absl::StrCat("there is no flag ", name));
    return Field(name, std::move(value));
  }

  // The value behind a flag, or the next word.
  absl::Status TakeValue(const std::string& name, absl::string_view what,
                         std::optional<std::string>& value) {
    if (value) return absl::OkStatus();
    if (at_ >= words_.size()) return Bad(absl::StrCat(name, " needs a value: ", what));
    value = words_[at_++];
    return absl::OkStatus();
  }

  // What follows a flag that does not exist, and looks like its value.
  void SkipValue() {
    if (at_ < words_.size() && !absl::StartsWith(words_[at_], "-")) ++at_;
  }

  absl::Status Setting(const Rule& rule, const std::string& name,
                       std::optional<std::string> value) {
    if (rule.flag.value == nullptr) {
      if (value) return Bad(absl::StrCat(name, " takes no value"));
      value.emplace();
    } else if (auto status = TakeValue(name, rule.flag.value, value); !status.ok()) {
      return status;
    }
    if (name != "--header" && name != "-H" && !seen_.insert(rule.flag.name).second) {
      return Bad(absl::StrCat("--", rule.flag.name, " is given twice"));
    }
    const absl::Status status = rule.set(*value, line_.settings);
    return status.ok() ? status : Bad(absl::StrCat(name, ": ", status.message()));
  }

  absl::Status Field(const std::string& name, std::optional<std::string> value) {
    if (line_.command == nullptr) {
      return Bad(absl::StrCat(
          "there is no flag ", name,
          line_.resource.empty() ? "" : " here; a field's flag stands behind the command"));
    }
    const absl::string_view field = absl::StripPrefix(absl::StripPrefix(name, "--"), ".");
    auto path = FieldPath::Resolve(*line_.command, common::ToStd(field));
    if (!path.ok()) {
      if (!value) SkipValue();
      return Bad(absl::StrCat(name, ": ", path.status().message()));
    }
    if (path->is_switch() && !value) value = "true";
    if (auto status = TakeValue(name, "see --help", value); !status.ok()) return status;
    if (!path->field().is_repeated() && !seen_.insert(absl::StrCat(".", field)).second) {
      return Bad(absl::StrCat(name, " is given twice"));
    }
    line_.fields.push_back({name, *std::move(path), *std::move(value)});
    return absl::OkStatus();
  }

  const CommandTable& table_;
  const std::vector<std::string>& words_;
  size_t at_ = 0;
  Invocation line_;
  std::unordered_set<std::string> seen_;
  std::vector<std::string> problems_;
};

}  // namespace

const std::vector<SettingFlag>& SettingFlags() {
  static const auto& flags = *[] {
    auto* made = new std::vector<SettingFlag>;
    for (const Rule& rule : Rules()) made->push_back(rule.flag);
    return made;
  }();
  return flags;
}

Environment ReadEnvironment() {
  const auto read = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  return {.server = read("BILLING_SERVER"), .account = read("BILLING_ACCOUNT")};
}

absl::StatusOr<Invocation> ParseCommandLine(const CommandTable& table,
                                            const Environment& environment,
                                            const std::vector<std::string>& words) {
  Invocation start;
  if (!environment.server.empty()) start.settings.channel.address = environment.server;
  start.settings.call.account = environment.account;
  return LineParser(table, words).Parse(std::move(start));
}

}  // namespace billing::ctl
