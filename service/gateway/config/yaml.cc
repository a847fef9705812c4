#include "service/gateway/config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <istream>
#include <optional>
#include <streambuf>
#include <utility>

#include "absl/strings/str_cat.h"
#include "service/common/utf8.h"

namespace billing::gateway::config {
namespace {

// Builds the tree from the parser's events, which come in the order of the text. Events and not the
// library's own tree, because only they tell of anchors, aliases and duplicate keys before those
// can do harm.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Problems& problems) : problems_(problems) {}

  YamlNode Take() && { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnAnchor(const YAML::Mark& mark, const std::string&) override {
    Refuse(mark, "anchors are not supported");
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Refuse(mark, "aliases are not supported");
  }
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    YamlNode node = Node(YamlNode::Kind::kNull, mark);
    // The parser notices that a value is missing where the next thing begins.
    if (!open_.empty() && open_.back().kind == YamlNode::Kind::kMapping &&
        open_.back().children.size() % 2 == 1) {
      node.line = open_.back().children.back().line;
    }
    Add(std::move(node));
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                const std::string& value) override {
    if (tag != "?" && tag != "!") Refuse(mark, "tags are not supported");
    YamlNode node = Node(YamlNode::Kind::kScalar, mark);
    node.quoted = tag == "!";
    node.text = value;
    Add(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kSequence, mark, tag);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Open(YamlNode::Kind::kMapping, mark, tag);
  }
  void OnMapEnd() override { Close(); }

 private:
  static YamlNode Node(YamlNode::Kind kind, const YAML::Mark& mark) {
    YamlNode node;
    node.kind = kind;
    node.line = mark.line + 1;
    return node;
  }

  // Nothing is built any more once the document cannot be used.
  void Refuse(const YAML::Mark& mark, std::string message) {
    if (refused_) return;
    refused_ = true;
    problems_.Add("", mark.line + 1, std::move(message));
  }

  void Open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") Refuse(mark, "tags are not supported");
    if (open_.size() >= kMaxYamlDepth) {
      Refuse(mark, absl::StrCat("nested deeper than ", kMaxYamlDepth, " levels"));
    }
    if (!refused_) open_.push_back(Node(kind, mark));
  }

  void Close() {
    if (refused_ || open_.empty()) return;
    YamlNode node = std::move(open_.back());
    open_.pop_back();
    Add(std::move(node));
  }

  void Add(YamlNode node) {
    if (refused_) return;
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().children.push_back(std::move(node));
    }
  }

  Problems& problems_;
  bool refused_ = false;
  std::vector<YamlNode> open_;
  YamlNode root_;
};

// Reads from memory that it does not own.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The get area is never written to: there is no put area and pushing back another character
    // fails.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

// What is wrong with the bytes themselves, before they are read as YAML; at most one problem a
// line.
bool CheckText(std::string_view text, Problems& problems) {
  if (text.size() > kMaxYamlBytes) {
    problems.Add("", 0, absl::StrCat("larger than ", kMaxYamlBytes, " bytes"));
    return false;
  }
  bool clean = true;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::string_view indentation =
        line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
    const char* wrong = nullptr;
    if (common::ValidUtf8Prefix(line) != line.size()) {
      wrong = "not UTF-8";
    } else if (std::any_of(line.begin(), line.end(), [](unsigned char c) {
                 return (c < 0x20 && c != '\t' && c != '\r') || c == 0x7F;
               })) {
      wrong = "control character";
    } else if (indentation.find('\t') != std::string_view::npos) {
      wrong = "tab in the indentation; use spaces";
    }
    if (wrong != nullptr) {
      problems.Add("", number, wrong);
      clean = false;
    }
  }
  return clean;
}

}  // namespace

YamlNode ParseYaml(std::string_view text, Problems& problems) {
  if (!CheckText(text, problems)) return {};
  try {
    ViewBuffer buffer(text);
    std::istream stream(&buffer);
    YAML::Parser parser(stream);
    TreeBuilder builder(problems);
    if (!parser.HandleNextDocument(builder)) return {};
    Problems ignored;
    TreeBuilder rest(ignored);
    if (parser.HandleNextDocument(rest)) {
      const auto last = static_cast<int>(1 + std::count(text.begin(), text.end(), '\n'));
      problems.Add("", std::min(std::move(rest).Take().line, last),
                   "more than one document in the file");
    }
    return std::move(builder).Take();
  } catch (const YAML::Exception& e) {
    // What was refused already is the better reason.
    if (problems.empty()) {
      problems.Add("", e.mark.is_null() ? 0 : e.mark.line + 1, absl::StrCat("not YAML: ", e.msg));
    }
  } catch (const std::exception& e) {
    problems.Add("", 0, absl::StrCat("not YAML: ", e.what()));
  }
  return {};
}

}  // namespace billing::gateway::config
