#ifndef TESTS_UNIT_GATEWAY_TELEMETRY_EXPOSITION_PARSER_H_
#define TESTS_UNIT_GATEWAY_TELEMETRY_EXPOSITION_PARSER_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace billing::gateway::telemetry {

// One line of an exposition that is a sample.
struct ParsedSample {
  std::string name;
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
  // What follows " # ".
  std::string exemplar;
};

struct ParsedExposition {
  std::map<std::string, std::string> help;
  std::map<std::string, std::string> type;
  std::vector<ParsedSample> samples;
  bool ended = false;
};

// A reader of both text formats, written from their descriptions and not from the writer under
// test. What does not fit fails the test.
class ExpositionParser {
 public:
  explicit ExpositionParser(const std::string& text) : text_(text) {}

  ParsedExposition Parse() {
    ParsedExposition result;
    EXPECT_TRUE(text_.empty() || text_.back() == '\n');
    while (at_ < text_.size()) {
      EXPECT_FALSE(result.ended) << "text after # EOF";
      if (Take("# EOF\n")) {
        result.ended = true;
      } else if (Take("# HELP ")) {
        const std::string name = Until(' ');
        EXPECT_TRUE(result.help.emplace(name, Unescape(Until('\n'))).second) << name;
      } else if (Take("# TYPE ")) {
        const std::string name = Until(' ');
        EXPECT_TRUE(result.type.emplace(name, Until('\n')).second) << name;
      } else {
        result.samples.push_back(Sample());
      }
    }
    return result;
  }

 private:
  bool Take(const std::string& word) {
    if (text_.compare(at_, word.size(), word) != 0) return false;
    at_ += word.size();
    return true;
  }

  std::string Until(char end) {
    const size_t stop = text_.find(end, at_);
    EXPECT_NE(stop, std::string::npos) << text_.substr(at_);
    std::string word = text_.substr(at_, stop - at_);
    at_ = stop == std::string::npos ? text_.size() : stop + 1;
    EXPECT_EQ(word.find(end == '\n' ? '\r' : '\n'), std::string::npos) << word;
    return word;
  }

  static std::string Unescape(const std::string& text) {
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size()) {
        ++i;
        plain += text[i] == 'n' ? '\n' : text[i];
      } else {
        plain += text[i];
      }
    }
    return plain;
  }

  std::string Name() {
    const size_t start = at_;
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  text_[at_] == '_' || text_[at_] == ':')) {
      ++at_;
    }
    EXPECT_GT(at_, start) << text_.substr(start, 40);
    return text_.substr(start, at_ - start);
  }

  ParsedSample Sample() {
    ParsedSample sample;
    sample.name = Name();
    if (Take("{")) {
      do {
        std::string label = Name();
        EXPECT_TRUE(Take("=\"")) << text_.substr(at_, 40);
        std::string raw;
        while (at_ < text_.size() && text_[at_] != '"') {
          EXPECT_NE(text_[at_], '\n');
          if (text_[at_] == '\\') raw += text_[at_++];
          raw += text_[at_++];
        }
        ++at_;
        sample.labels.emplace_back(std::move(label), Unescape(raw));
      } while (Take(","));
      EXPECT_TRUE(Take("}")) << text_.substr(at_, 40);
    }
    EXPECT_TRUE(Take(" ")) << text_.substr(at_, 40);
    std::string rest = Until('\n');
    if (const size_t mark = rest.find(" # "); mark != std::string::npos) {
      sample.exemplar = rest.substr(mark + 3);
      rest.resize(mark);
    }
    char* end = nullptr;
    sample.value = std::strtod(rest.c_str(), &end);
    EXPECT_TRUE(!rest.empty() && *end == '\0') << rest;
    return sample;
  }

  const std::string& text_;
  size_t at_ = 0;
};

}  // namespace billing::gateway::telemetry

#endif  // TESTS_UNIT_GATEWAY_TELEMETRY_EXPOSITION_PARSER_H_
