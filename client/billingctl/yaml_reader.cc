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

Node AtMark(const YAML::Mark& mark) {
  Node node;
  node.line = std::max(mark.line, 0) + 1;
  node.column = std::max(mark.column, 0) + 1;
  return node;
}

// What in a document ends the parse; thrown through yaml-cpp, which knows no other way to stop, and
// caught in ReadYaml.
struct Refused {
  std::string message;
};

// Builds the tree from the parser's events: the library's own tree has lost duplicate keys and
// followed aliases by the time it can be looked at.
class Builder : public YAML::EventHandler {
 public:
  Node Take() && { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    Refuse(AtMark(mark), "anchors are not supported");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(AtMark(mark), "aliases are not supported");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override { Add(AtMark(mark)); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (tag != "?" && tag != "!") Refuse(AtMark(mark), "tags are not supported");
    Node node = AtMark(mark);
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
    Node node = AtMark(mark);
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
  node.column = static_cast<int>(wrong - (before.rfind('\n') + 1)) + 1;
  return absl::InvalidArgumentError(
      AtPlace(node, wrong == valid ? "not UTF-8" : "control character"));
}

}  // namespace

absl::StatusOr<Node> ReadYaml(std::string_view text) {
  if (auto status = CheckText(text); !status.ok()) return status;
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    if (!parser.HandleNextDocument(builder)) return Node();
    Builder rest;
    if (parser.HandleNextDocument(rest)) {
      return absl::InvalidArgumentError(AtPlace(std::move(rest).Take(), "more than one document"));
    }
    return std::move(builder).Take();
  } catch (const Refused& refused) {
    return absl::InvalidArgumentError(refused.message);
  } catch (const YAML::Exception& e) {
    return absl::InvalidArgumentError(
        AtPlace(AtMark(e.mark), absl::StrCat("not YAML: ", e.msg).c_str()));
  } catch (const std::exception& e) {
    return absl::InvalidArgumentError(absl::StrCat("1:1: not YAML: ", e.what()));
  }
}

}  // namespace billing::ctl
