#include "service/gateway/telemetry/exposition.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "service/common/strings.h"

namespace billing::gateway::telemetry {
namespace {

using common::ToAbsl;
using prometheus::ClientMetric;
using prometheus::MetricType;

void AppendNumber(double value, std::string& out) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else {
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
    out.append(text.data(), end.ptr);
  }
}

void AppendCount(uint64_t count, std::string& out) {
  std::array<char, 24> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), count);
  out.append(text.data(), end.ptr);
}

// A number that shows that it is a float.
void AppendBound(double bound, std::string& out) {
  const size_t start = out.size();
  AppendNumber(bound, out);
  if (std::isfinite(bound) && out.find_first_of(".e", start) == std::string::npos) out += ".0";
}

// Quotes are escaped in label values and, by OpenMetrics, in help.
void AppendEscaped(std::string_view text, bool escape_quotes, std::string& out) {
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\\' || (c == '"' && escape_quotes)) {
      out += '\\';
      out += c;
    } else {
      out += c;
    }
  }
}

class Writer {
 public:
  explicit Writer(ExpositionFormat format) : open_(format == ExpositionFormat::kOpenMetrics) {}

  void WriteFamily(const FamilySnapshot& snapshot) {
    const auto& family = snapshot.family;
    WriteHead(family);
    for (size_t i = 0; i < family.metric.size(); ++i) {
      const ClientMetric& metric = family.metric[i];
      switch (family.type) {
        case MetricType::Counter:
          WriteSample(family.name, "", metric, metric.counter.value);
          break;
        case MetricType::Histogram:
          WriteHistogram(family.name, metric,
                         i < snapshot.exemplars.size() ? &snapshot.exemplars[i] : nullptr);
          break;
        default:
          WriteSample(family.name, "", metric, metric.gauge.value);
      }
    }
  }

  std::string Finish() && {
    if (open_) out_ += "# EOF\n";
    return std::move(out_);
  }

 private:
  void WriteHead(const prometheus::MetricFamily& family) {
    std::string_view name = family.name;
    // OpenMetrics names the family, of which "_total" is the sample.
    if (open_ && family.type == MetricType::Counter) name.remove_suffix(6);
    out_ += "# HELP ";
    out_ += name;
    out_ += ' ';
    AppendEscaped(family.help, open_, out_);
    out_ += "\n# TYPE ";
    out_ += name;
    out_ += family.type == MetricType::Counter     ? " counter\n"
            : family.type == MetricType::Histogram ? " histogram\n"
                                                   : " gauge\n";
  }

  // `bound` is the label `le` of a bucket.
  void WriteName(std::string_view name, std::string_view suffix, const ClientMetric& metric,
                 std::optional<double> bound = std::nullopt) {
    out_ += name;
    out_ += suffix;
    if (!metric.label.empty() || bound.has_value()) {
      char before = '{';
      for (const auto& label : metric.label) {
        out_ += before;
        out_ += label.name;
        out_ += "=\"";
        AppendEscaped(label.value, true, out_);
        out_ += '"';
        before = ',';
      }
      if (bound.has_value()) {
        out_ += before;
        out_ += "le=\"";
        AppendBound(*bound, out_);
        out_ += '"';
      }
      out_ += '}';
    }
    out_ += ' ';
  }

  void WriteSample(std::string_view name, std::string_view suffix, const ClientMetric& metric,
                   double value) {
    WriteName(name, suffix, metric);
    AppendNumber(value, out_);
    out_ += '\n';
  }

  void WriteHistogram(std::string_view name, const ClientMetric& metric,
                      const std::vector<std::optional<Exemplar>>* exemplars) {
    for (size_t i = 0; i < metric.histogram.bucket.size(); ++i) {
      const auto& bucket = metric.histogram.bucket[i];
      WriteName(name, "_bucket", metric, bucket.upper_bound);
      AppendCount(bucket.cumulative_count, out_);
      if (open_ && exemplars != nullptr && (*exemplars)[i].has_value()) {
        out_ += " # {trace_id=\"";
        out_ += (*exemplars)[i]->trace_id;
        out_ += "\"} ";
        AppendNumber((*exemplars)[i]->value, out_);
      }
      out_ += '\n';
    }
    WriteSample(name, "_sum", metric, metric.histogram.sample_sum);
    WriteName(name, "_count", metric);
    AppendCount(metric.histogram.sample_count, out_);
    out_ += '\n';
  }

  const bool open_;
  std::string out_;
};

}  // namespace

ExpositionFormat ChooseFormat(std::string_view accept) {
  // Weights of the two, below 0 where they were not named.
  double open = -1, text = -1;
  for (const absl::string_view element : absl::StrSplit(ToAbsl(accept), ',')) {
    const std::vector<absl::string_view> parts = absl::StrSplit(element, ';');
    const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
    double weight = 1;
    bool our_version = true;
    for (size_t i = 1; i < parts.size(); ++i) {
      const std::string part = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[i]));
      if (absl::StartsWith(part, "q=")) {
        double given = 0;
        const bool valid = absl::SimpleAtod(part.substr(2), &given) && given >= 0 && given <= 1;
        weight = valid ? given : 0;
      } else if (absl::StartsWith(part, "version=")) {
        our_version = part == "version=1.0.0" || part == "version=\"1.0.0\"";
      }
    }
    if (type == "application/openmetrics-text" && our_version) open = std::max(open, weight);
    if (type == "text/plain" || type == "text/*" || type == "*/*") text = std::max(text, weight);
  }
  return open > 0 && open >= text ? ExpositionFormat::kOpenMetrics : ExpositionFormat::kText;
}

std::string_view ContentType(ExpositionFormat format) {
  return format == ExpositionFormat::kOpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

std::string WriteExposition(ExpositionFormat format, absl::Span<const FamilySnapshot> families) {
  Writer writer(format);
  for (const FamilySnapshot& family : families) writer.WriteFamily(family);
  return std::move(writer).Finish();
}

}  // namespace billing::gateway::telemetry
