#include "client/billingctl/table.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/billingctl/commands.h"
#include "client/billingctl/field_flags.h"
#include "client/billingctl/printer.h"
#include "client/billingctl/text_values.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/text_format.h"

namespace billing::ctl {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

constexpr size_t kColumns = 8;
constexpr size_t kWidestColumn = 40;

// What people look for first, in this order.
constexpr absl::string_view kTelling[] = {
    "id",    "customer_no", "item_no",  "offer_id",      "filename", "invoice_no",
    "name",  "title",       "type",     "state",         "status",   "amount",
    "price", "total_sum",   "currency", "remaining_sum", "due_date", "created_at"};

bool IsCell(const FieldDescriptor& field) {
  if (field.is_repeated() || field.type() == FieldDescriptor::TYPE_BYTES) return false;
  return field.message_type() == nullptr || IsTextual(*field.message_type());
}

std::string Scalar(const Message& message, const FieldDescriptor& field, int index) {
  const auto& reflection = *message.GetReflection();
  const bool one = index < 0;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    const std::string text = one ? reflection.GetString(message, &field)
                                 : reflection.GetRepeatedString(message, &field, index);
    if (field.type() != FieldDescriptor::TYPE_BYTES) return Visible(text);
    return absl::StrCat("(", text.size(), " bytes)");
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    const int value = one ? reflection.GetEnumValue(message, &field)
                          : reflection.GetRepeatedEnumValue(message, &field, index);
    const auto* known = field.enum_type()->FindValueByNumber(value);
    return known == nullptr ? absl::StrCat(value) : Visible(ShortEnumName(*known));
  }
  std::string text;
  google::protobuf::TextFormat::PrintFieldValueToString(message, &field, index, &text);
  return text;
}

// The text of a field that is no list and has no fields of its own.
std::string Cell(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  if (!reflection.HasField(message, &field)) return "";
  if (field.message_type() == nullptr) return Scalar(message, field, -1);
  return Visible(FormatTextual(reflection.GetMessage(message, &field)).value_or("?"));
}

// The fields that lead from a row of this type to a column's value.
absl::StatusOr<std::vector<const FieldDescriptor*>> Resolve(const Descriptor& row,
                                                            const std::string& column) {
  std::vector<const FieldDescriptor*> path;
  const Descriptor* at = &row;
  for (const auto part : absl::StrSplit(absl::StrReplaceAll(column, {{"-", "_"}}), '.')) {
    const FieldDescriptor* field = at == nullptr ? nullptr : at->FindFieldByName(std::string{part});
    if (field == nullptr || field->is_repeated()) {
      path.clear();
      break;
    }
    path.push_back(field);
    const bool inner = field->message_type() != nullptr && !IsTextual(*field->message_type());
    at = inner ? field->message_type() : nullptr;
  }
  if (path.empty() || !IsCell(*path.back())) {
    return absl::InvalidArgumentError(
        absl::StrCat("--columns: '", column, "' is no single value of ", row.name()));
  }
  return path;
}

absl::StatusOr<std::string> CellAt(const Message& message, const std::string& column) {
  const auto path = Resolve(*message.GetDescriptor(), column);
  if (!path.ok()) return path.status();
  const Message* at = &message;
  for (size_t i = 0; i + 1 < path->size(); ++i) {
    at = &at->GetReflection()->GetMessage(*at, (*path)[i]);
  }
  return Cell(*at, *path->back());
}

std::vector<std::string> ChooseColumns(const std::vector<const Message*>& rows) {
  const Descriptor& type = *rows.front()->GetDescriptor();
  const auto filled = [&](const FieldDescriptor& field) {
    return IsCell(field) && std::any_of(rows.begin(), rows.end(), [&](const Message* row) {
             return row->GetReflection()->HasField(*row, &field);
           });
  };
  std::vector<const FieldDescriptor*> chosen;
  for (const absl::string_view name : kTelling) {
    const FieldDescriptor* field = type.FindFieldByName(std::string{name});
    if (field != nullptr && filled(*field) && chosen.size() < kColumns) chosen.push_back(field);
  }
  for (int i = 0; i < type.field_count() && chosen.size() < kColumns / 2; ++i) {
    const bool there = std::find(chosen.begin(), chosen.end(), type.field(i)) != chosen.end();
    if (!there && filled(*type.field(i))) chosen.push_back(type.field(i));
  }
  std::vector<std::string> names;
  names.reserve(chosen.size());
  for (const FieldDescriptor* field : chosen) names.push_back(field->name());
  return names;
}

// Characters as a terminal counts them, wide and combining ones aside.
size_t Width(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// The beginning of a text that is too wide, ending in an ellipsis.
std::string Cut(const std::string& text, size_t width) {
  if (Width(text) <= width) return text;
  size_t at = 0;
  for (size_t seen = 0; at < text.size(); ++at) {
    if ((text[at] & 0xC0) != 0x80 && ++seen == width) break;
  }
  return text.substr(0, at) + "…";
}

using Lines = std::vector<std::pair<std::string, std::string>>;

void Walk(const Message& message, const std::string& prefix, Lines& lines);

// A map's entries in the order of their keys, which the message does not keep.
void WalkMap(const Message& message, const FieldDescriptor& field, const std::string& name,
             Lines& lines) {
  const auto& reflection = *message.GetReflection();
  Lines entries;
  for (int i = 0; i < reflection.FieldSize(message, &field); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, &field, i);
    const FieldDescriptor& value = *field.message_type()->map_value();
    const std::string key =
        absl::StrCat(name, ".", Scalar(entry, *field.message_type()->map_key(), -1));
    if (IsCell(value)) {
      entries.emplace_back(key, Cell(entry, value));
    } else if (value.message_type() != nullptr) {
      Walk(entry.GetReflection()->GetMessage(entry, &value), key + ".", entries);
    }
  }
  // null and [] are upstream's way to say that there is nothing.
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [](const auto& entry) {
                                 return entry.second == "null" || entry.second == "[]";
                               }),
                entries.end());
  std::sort(entries.begin(), entries.end());
  lines.insert(lines.end(), entries.begin(), entries.end());
}

void Walk(const Message& message, const std::string& prefix, Lines& lines) {
  std::vector<const FieldDescriptor*> fields;
  const auto& reflection = *message.GetReflection();
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string name = prefix + field->name();
    const bool nested = field->message_type() != nullptr && !IsTextual(*field->message_type());
    if (!field->is_repeated()) {
      if (nested) {
        Walk(reflection.GetMessage(message, field), name + ".", lines);
      } else {
        lines.emplace_back(name, Cell(message, *field));
      }
      continue;
    }
    if (field->is_map()) {
      WalkMap(message, *field, name, lines);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (nested) {
        Walk(reflection.GetRepeatedMessage(message, field, i), absl::StrCat(name, "[", i, "]."),
             lines);
      } else if (field->message_type() != nullptr) {
        lines.emplace_back(
            absl::StrCat(name, "[", i, "]"),
            Visible(FormatTextual(reflection.GetRepeatedMessage(message, field, i)).value_or("?")));
      } else {
        lines.emplace_back(absl::StrCat(name, "[", i, "]"), Scalar(message, *field, i));
      }
    }
  }
}

}  // namespace

absl::Status CheckColumns(const Descriptor& row, const std::vector<std::string>& columns) {
  for (const std::string& column : columns) {
    if (auto path = Resolve(row, column); !path.ok()) return path.status();
  }
  return absl::OkStatus();
}

absl::Status Table::Print(const std::vector<const Message*>& rows, std::ostream& out) {
  if (rows.empty()) return absl::OkStatus();
  const bool first = widths_.empty();
  if (columns_.empty()) columns_ = ChooseColumns(rows);
  std::vector<std::vector<std::string>> cells;
  if (first) {
    cells.emplace_back();
    for (const std::string& column : columns_)
      cells.back().push_back(absl::AsciiStrToUpper(column));
  }
  for (const Message* row : rows) {
    cells.emplace_back();
    for (const std::string& column : columns_) {
      auto cell = CellAt(*row, column);
      if (!cell.ok()) return cell.status();
      cells.back().push_back(*std::move(cell));
    }
  }
  if (first) Measure(cells);
  for (const auto& line : cells) Line(line, out);
  return absl::OkStatus();
}

void Table::Measure(const std::vector<std::vector<std::string>>& cells) {
  widths_.assign(columns_.size(), 1);
  for (const auto& line : cells) {
    for (size_t i = 0; i < line.size(); ++i) widths_[i] = std::max(widths_[i], Width(line[i]));
  }
  if (width_ == 0) return;
  for (size_t& width : widths_) width = std::min(width, kWidestColumn);
}

void Table::Line(const std::vector<std::string>& cells, std::ostream& out) const {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string cell = width_ == 0 ? cells[i] : Cut(cells[i], widths_[i]);
    absl::StrAppend(&line, i == 0 ? "" : "  ", cell);
    const size_t used = Width(cell);
    if (used < widths_[i]) line.append(widths_[i] - used, ' ');
  }
  out << absl::StripTrailingAsciiWhitespace(width_ == 0 ? line : Cut(line, width_)) << "\n";
}

void PrintFields(const Message& message, std::ostream& out) {
  Lines lines;
  Walk(message, "", lines);
  size_t width = 0;
  for (const auto& [name, value] : lines) width = std::max(width, Width(name));
  for (const auto& [name, value] : lines) {
    out << name << std::string(width - Width(name) + 2, ' ') << value << "\n";
  }
}

}  // namespace billing::ctl
