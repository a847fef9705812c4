#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "client/billingctl/node.h"
#include "service/common/utf8.h"

namespace billing::ctl {
namespace {

// Where the parser's marks stand. Its columns count bytes, a byte order mark left out.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") text_.remove_prefix(3);
  }

  // Counts on from the mark before, where it can: a line may be as long as the document.
  Node At(const YAML::Mark& mark) {
    const int line = std::max(mark.line, 0);
    auto bytes = static_cast<size_t>(std::max(mark.column, 0));
    if (line != line_ || bytes < bytes_) Begin(line);
    bytes = std::min(bytes, text_.size() - begin_);
    characters_ += CountCharacters(text_.substr(begin_ + bytes_, bytes - bytes_));
    bytes_ = bytes;
    Node node;
    node.line = line + 1;
    node.column = characters_ + 1;
    return node;
  }

 private:
  void Begin(int line) {
    if (line < line_) {
      line_ = 0;
      begin_ = 0;
    }
    for (; line_ < line; ++line_) {
      const size_t end = text_.find('\n', begin_);
      begin_ = end == std::string_view::npos ? text_.size() : end + 1;
    }
    bytes_ = 0;
    characters_ = 0;
  }

  std::string_view text_;
  int line_ = 0;
  size_t begin_ = 0;
  size_t bytes_ = 0;
  int characters_ = 0;
};

// What in a document ends the parse; thrown through yaml-cpp, which knows no other way to stop, and
// caught in ReadYaml.
struct Refused {
  std::string message;
};

// Builds the tree from the parser's events: the library's own tree has lost duplicate keys and
// followed aliases by the time it can be looked at.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Places& places) : places_(places) {}

  Node Take() && { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    Refuse(places_.At(mark), "anchors are not supported");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(places_.At(mark), "aliases are not supported");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(places_.At(mark)); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (tag != "?" && tag != "!") Refuse(places_.At(mark), "tags are not supported");
    Node node = places_.At(mark);
    const bool null = tag == "?" && (value == "null" || value == "~" || value.empty());
    node.kind = tag == "!" ? Node::Kind::kText : null ? Node::Kind::kNull : Node::Kind::kPlain;
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(Node::Kind::kList, mark, tag);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(Node::Kind::kMap, mark, tag);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    Node node;
    std::unordered_set<std::string> seen;
  };

  [[noreturn]] static void Refuse(const Node& node, std::string_view message) {
    throw Refused{AtPlace(node, message)};
  }

  void Open(Node::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    Node node = places_.At(mark);
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(node, "tags are not supported");
    if (open_.size() >= kMaxDepth) {
      Refuse(node, absl::StrCat("nested deeper than ", kMaxDepth, " levels").c_str());
    }
    node.kind = kind;
    open_.push_back({std::move(node), {}});
  }

  void Close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Level& level = open_.back();
    if (level.node.kind == Node::Kind::kMap &&
        level.node.keys.size() == level.node.children.size()) {
      if (node.kind != Node::Kind::kText && node.kind != Node::Kind::kPlain) {
        Refuse(node, "a key is expected");
      }
      if (!level.seen.insert(node.text).second) {
        Refuse(node, absl::StrCat("'", node.text, "' is there twice").c_str());
      }
      node.kind = Node::Kind::kText;
      level.node.keys.push_back(std::move(node));
    } else {
      level.node.children.push_back(std::move(node));
    }
  }

  Places& places_;
  std::vector<Level> open_;
  Node root_;
};

// What is wrong with the bytes themselves, before they are read as YAML.
absl::Status CheckText(std::string_view text) {
  if (text.size() > kMaxInputBytes) return absl::InvalidArgumentError("1:1: larger than 64 MiB");
  const size_t valid = common::ValidUtf8Prefix(text);
  const auto control = std::find_if(text.begin(), text.end(), [](unsigned char c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
  });
  const size_t wrong = std::min(valid, static_cast<size_t>(control - text.begin()));
  if (wrong == text.size()) return absl::OkStatus();
  const std::string_view before = text.substr(0, wrong);
  Node node;
  node.line = static_cast<int>(std::count(before.begin(), before.end(), '\n')) + 1;
  node.column = CountCharacters(before.substr(before.rfind('\n') + 1)) + 1;
  return absl::InvalidArgumentError(
      AtPlace(node, wrong == valid ? "not UTF-8" : "control character"));
}

}  // namespace

absl::StatusOr<Node> ReadYaml(std::string_view text) {
  if (auto status = CheckText(text); !status.ok()) return status;
  Places places(text);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder(places);
    if (!parser.HandleNextDocument(builder)) return Node();
    Builder rest(places);
    if (parser.HandleNextDocument(rest)) {
      return absl::InvalidArgumentError(AtPlace(std::move(rest).Take(), "more than one document"));
    }
    return std::move(builder).Take();
  } catch (const Refused& refused) {
    return absl::InvalidArgumentError(refused.message);
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(
        AtPlace(places.At(e.mark), absl::StrCat("not YAML: ", e.msg).c_str()));
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("1:1: not YAML: ", e.what()));
  }
}

}  // namespace billing::ctl
