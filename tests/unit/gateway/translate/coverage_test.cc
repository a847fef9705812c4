#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

#include "tests/unit/gateway/translate/translate_testing.h"

// Whether the protos cover the whole API of a provider: every operation of the OpenAPI companion
// has its RPC, and every parameter and property its proto field, of a fitting type and with the
// limits that the companion states. What does not is listed, with its reason, in a file of
// exceptions. The table of what stands for what is written to build/tests/PROVIDER-coverage.md.

namespace billing::gateway::translate {
namespace {

namespace v1 = billing::gateway::v1;

// What `node` has at the end of `keys`; undefined, and quiet about it, if anything is missing.
YAML::Node At(YAML::Node node, const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (!node.IsDefined() || !node.IsMap()) return YAML::Node(YAML::NodeType::Undefined);
    const YAML::Node map = node;
    const YAML::Node next = map[key];
    if (!next.IsDefined()) return YAML::Node(YAML::NodeType::Undefined);
    node.reset(next);
  }
  return node;
}

// "/customer/{customer_no}" and "/customer/{id}" are the same place.
std::string WithoutNames(const std::string& path) {
  std::string result;
  bool inside = false;
  for (char c : path) {
    if (c == '}') inside = false;
    if (!inside) result.push_back(c);
    if (c == '{') inside = true;
  }
  return result;
}

std::string PlaceOf(const Method& method) {
  std::string path(VerbName(method.verb));
  path.push_back(' ');
  for (const Method::PathPart& part : method.path) {
    path += part.literal;
    if (part.variable != nullptr) path += "{}";
  }
  return path;
}

// A schema with its references followed and its alternatives put together.
struct Schema {
  std::set<std::string> types;
  std::map<std::string, std::vector<YAML::Node>> properties;
  std::set<std::string> required;
  std::map<std::string, std::string> limits;  // keyword to value
  std::vector<YAML::Node> items;
  bool binary = false;
  bool read_only = false;
};

class Companion {
 public:
  explicit Companion(const std::string& file) : root_(YAML::LoadFile(file)) {}

  YAML::Node paths() const { return root_["paths"]; }

  YAML::Node Follow(YAML::Node node) const {
    while (At(node, {"$ref"})) {
      std::istringstream steps(At(node, {"$ref"}).as<std::string>().substr(2));
      std::vector<std::string> keys;
      for (std::string step; std::getline(steps, step, '/');) keys.push_back(step);
      node.reset(At(root_, keys));
    }
    return node;
  }

  Schema Read(const std::vector<YAML::Node>& nodes) const {
    Schema schema;
    for (const YAML::Node& node : nodes) Add(node, &schema);
    return schema;
  }

 private:
  void Add(YAML::Node node, Schema* schema) const {
    node.reset(Follow(node));
    for (const char* several : {"allOf", "oneOf", "anyOf"}) {
      for (const YAML::Node& part : At(node, {several})) Add(part, schema);
    }
    // What only one of several alternatives requires is not required of all.
    for (const YAML::Node& part : At(node, {"oneOf"})) {
      for (const YAML::Node& name : At(part, {"required"}))
        schema->required.erase(name.as<std::string>());
    }
    if (const YAML::Node type = At(node, {"type"}); type && type.IsScalar()) {
      schema->types.insert(type.as<std::string>());
    } else {
      for (const YAML::Node& one : type) schema->types.insert(one.as<std::string>());
    }
    schema->types.erase("null");
    for (const auto& property : At(node, {"properties"})) {
      schema->properties[property.first.as<std::string>()].push_back(property.second);
    }
    for (const YAML::Node& name : At(node, {"required"}))
      schema->required.insert(name.as<std::string>());
    for (const char* limit : {"minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
                              "exclusiveMaximum", "pattern", "maxItems"}) {
      if (const YAML::Node value = At(node, {limit})) {
        schema->limits[limit] = value.as<std::string>();
      }
    }
    if (const YAML::Node items = At(node, {"items"})) schema->items.push_back(items);
    schema->binary |= At(node, {"contentEncoding"}).IsDefined();
    schema->read_only |= At(node, {"readOnly"}).IsDefined();
  }

  YAML::Node root_;
};

bool Fits(const Schema& schema, const FieldTable& field) {
  if (schema.types.empty()) return true;
  return std::any_of(schema.types.begin(), schema.types.end(), [&](const std::string& type) {
    if (type == "array") return field.repeated;
    if (field.repeated) return false;
    switch (field.kind) {
      case FieldKind::kInt32:
      case FieldKind::kInt64:
        // Identifiers that are numbers in one place and strings in another are numbers here.
        return type == "integer" || (type == "string" && field.json_type == v1::JSON_TYPE_STRING);
      case FieldKind::kDecimal:
        return type == "number" || type == "string";
      case FieldKind::kBool:
        return type == "boolean";
      case FieldKind::kMessage:
        return type == "object";
      case FieldKind::kBytes:
        return type == "string" && schema.binary;
      default:
        return type == "string";
    }
  });
}

// A text or number just beyond a limit.
std::string WhyNotBeyond(const Bounds& bounds, const std::string& limit, const std::string& value) {
  if (limit == "minLength" || limit == "maxLength") {
    const size_t length = std::stoul(value) + (limit == "maxLength" ? 1 : -1);
    return bounds.for_text() ? bounds.WhyNotText(std::string(length, 'a')) : "";
  }
  if (limit == "pattern") return bounds.for_text() ? bounds.WhyNotText("\x01") : "";
  if (!bounds.for_numbers()) return "";
  const int number = std::stoi(value);
  const int step = limit == "minimum" ? -1 : limit == "maximum" ? 1 : 0;
  return bounds.WhyNotNumber(std::to_string(number + step));
}

class Coverage {
 public:
  Coverage(const MethodTable& methods, const std::string& companion, const std::string& exceptions)
      : methods_(methods), companion_(companion) {
    for (const YAML::Node& entry : YAML::LoadFile(exceptions)) {
      EXPECT_FALSE(entry["reason"].as<std::string>().empty());
      exceptions_[entry["gap"].as<std::string>()] = false;
    }
  }

  void Run() {
    for (const auto& path : companion_.paths()) {
      for (const auto& operation : path.second) {
        std::string verb = operation.first.as<std::string>();
        if (verb == "parameters") continue;  // of all operations of the path
        std::transform(verb.begin(), verb.end(), verb.begin(), ::toupper);
        Operation(verb + " " + WithoutNames(path.first.as<std::string>()), operation.second,
                  At(path.second, {"parameters"}));
      }
    }
    for (const auto& [gap, used] : exceptions_) {
      EXPECT_TRUE(used) << "an exception for what is no gap: " << gap;
    }
  }

  const std::set<std::string>& covered() const { return covered_; }
  const std::vector<std::string>& rows() const { return rows_; }

 private:
  void Operation(const std::string& place, const YAML::Node& operation,
                 const YAML::Node& parameters) {
    int rpcs = 0;
    for (const auto& method : methods_.methods()) {
      if (PlaceOf(*method) != place) continue;
      ++rpcs;
      covered_.insert(method->full_name);
      rows_.push_back("| " + place + " | " + method->full_name.substr(1) + " |");
      Parameters(*method, parameters);
      Parameters(*method, At(operation, {"parameters"}));
      Body(*method, operation);
      Answers(*method, operation);
    }
    if (rpcs == 0) Gap(place);
  }

  void Gap(const std::string& gap) {
    // "* response x" is the same gap of every RPC.
    const std::string of_all = "*" + gap.substr(std::min(gap.find(' '), gap.size()));
    auto found = exceptions_.find(gap);
    if (found == exceptions_.end()) found = exceptions_.find(of_all);
    if (found == exceptions_.end()) {
      ADD_FAILURE() << "nothing stands for: " << gap;
    } else {
      found->second = true;
    }
  }

  void Row(const std::string& what, const FieldTable& field) {
    rows_.push_back("| " + what + " | " + field.descriptor->full_name() + " |");
  }

  void Parameters(const Method& method, const YAML::Node& parameters) {
    for (const YAML::Node& reference : parameters) {
      const YAML::Node parameter = companion_.Follow(reference);
      const std::string name = parameter["name"].as<std::string>();
      const std::string in = parameter["in"].as<std::string>();
      const std::string at = method.name + " " + in + ":" + name;
      if (in == "path") continue;  // the places are the same, variables included
      const bool constant = method.constant_query.find(name + "=") != std::string::npos;
      if (constant || (method.paged && (name == method.paging.page_parameter() ||
                                        name == method.paging.size_parameter()))) {
        rows_.push_back("| " + at + " | " + (constant ? "constant" : "paging") + " |");
        continue;
      }
      const FieldTable* field = ParameterField(method, in == "header", name);
      if (field == nullptr) {
        Gap(at);
        continue;
      }
      Row(at, *field);
      const Schema schema = companion_.Read({parameter["schema"]});
      if (!Fits(schema, *field)) Gap(at + " type");
      if (At(parameter, {"required"}) && !field->required &&
          field->generated == v1::GENERATED_UNSPECIFIED) {
        Gap(at + " required");
      }
      Limits(at, schema, *field);
    }
  }

  static const FieldTable* ParameterField(const Method& method, bool header,
                                          const std::string& name) {
    for (const FieldTable& field : method.request->fields) {
      if (method.places[field.index] != (header ? Place::kHeader : Place::kQuery)) continue;
      if (field.json_name == name) return &field;
      if (field.kind != FieldKind::kMessage) continue;
      if (const FieldTable* inner = field.message->FindJson(name)) return inner;
    }
    return nullptr;
  }

  void Body(const Method& method, const YAML::Node& operation) {
    const YAML::Node body = At(operation, {"requestBody", "content", "application/json", "schema"});
    if (!body) return;
    const Schema schema = companion_.Read({body});
    const auto find = [&](const std::string& name) -> const FieldTable* {
      if (!method.body_key.empty()) return name == method.body_key ? method.resource : nullptr;
      const FieldTable* field = method.request->FindJson(name);
      if (field != nullptr && method.places[field->index] == Place::kBody) return field;
      return method.resource == nullptr ? nullptr : method.resource->message->FindJson(name);
    };
    // An update sends parts: nothing of the resource is required.
    Properties(method.name + " request", schema, find, true, method.mask == nullptr, {});
  }

  void Answers(const Method& method, const YAML::Node& operation) {
    YAML::Node response;
    for (const char* status : {"200", "201"}) {
      if (const YAML::Node found = At(operation, {"responses", status})) response.reset(found);
    }
    const YAML::Node answer =
        At(companion_.Follow(response), {"content", "application/json", "schema"});
    if (!answer) return;
    Schema schema =
        companion_.Read({method.answer.envelope ? At(answer, {"properties", "data"}) : answer});
    const std::string at = method.name + " response";
    if (method.kind == MethodKind::kFile) return FileAnswer(at, method, schema);
    if (method.answer.response == nullptr) {
      if (!schema.properties.empty()) Gap(at);
      return;
    }
    const MessageTable* message = method.answer.response;
    if (method.answer.list != nullptr) {
      EXPECT_TRUE(schema.types.count("array")) << at;
      schema = companion_.Read(schema.items);
      message = method.answer.list->message;
    }
    Properties(at, schema, [&](const std::string& name) { return message->FindJson(name); }, false,
               false, {});
    if (!method.answer.envelope) return;
    const Schema meta = companion_.Read({At(answer, {"properties", "meta"})});
    for (const auto& property : meta.properties) {
      const auto& fields = method.answer.response->fields;
      const auto field = std::find_if(fields.begin(), fields.end(), [&](const FieldTable& f) {
        return f.meta == property.first;
      });
      if (field == fields.end()) {
        Gap(at + " meta." + property.first);
      } else {
        Row(at + " meta." + property.first, *field);
      }
    }
  }

  void FileAnswer(const std::string& at, const Method& method, const Schema& schema) {
    const std::map<std::string, const FieldTable*> keys = {
        {method.file.content_key, method.file.data},
        {method.file.type_key, method.file.content_type},
        {method.file.name_key, method.file.filename}};
    for (const auto& property : schema.properties) {
      const auto key = keys.find(property.first);
      if (key == keys.end()) {
        Gap(at + " " + property.first);
      } else {
        Row(at + " " + property.first, *key->second);
      }
    }
  }

  // `bounds` are those that the field around the properties sets.
  void Properties(const std::string& at, const Schema& schema,
                  const std::function<const FieldTable*(const std::string&)>& find, bool request,
                  bool create, const std::vector<InnerBounds>& bounds) {
    for (const auto& [name, nodes] : schema.properties) {
      const std::string where = at + " " + name;
      const FieldTable* field = find(name);
      if (field == nullptr) {
        Gap(where);
        continue;
      }
      const Schema inner = companion_.Read(nodes);
      Row(where, *field);
      if (!Fits(inner, *field)) Gap(where + " type");
      if (request && !field->output_only) {
        if (inner.read_only) Gap(where + " read-only");
        if (create && schema.required.count(name) > 0 && !field->required) {
          Gap(where + " required");
        }
        Limits(where, inner, *field, bounds);
      }
      if (field->message == nullptr) continue;
      const bool list = inner.types.count("array") > 0;
      Properties(
          where + (list ? "[]" : ""), list ? companion_.Read(inner.items) : inner,
          [field](const std::string& key) { return field->message->FindJson(key); },
          request && !field->output_only, create || list, field->inner_bounds);
    }
  }

  void Limits(const std::string& at, const Schema& schema, const FieldTable& field,
              const std::vector<InnerBounds>& inner = {}) {
    std::vector<const Bounds*> all;
    if (field.bounds != nullptr) all.push_back(field.bounds);
    for (const InnerBounds& one : inner) {
      if (one.field == &field) all.push_back(one.bounds);
    }
    const bool text = field.kind == FieldKind::kString;
    for (const auto& limit : schema.limits) {
      // Numbers and dates have a grammar of their own.
      if (limit.first == "pattern" && !text) continue;
      if (limit.first == "maxItems") {
        if (std::to_string(field.max_items) != limit.second) Gap(at + " maxItems");
        continue;
      }
      const bool kept = std::any_of(all.begin(), all.end(), [&](const Bounds* bounds) {
        return !WhyNotBeyond(*bounds, limit.first, limit.second).empty();
      });
      if (!kept) Gap(at + " " + limit.first);
    }
  }

  const MethodTable& methods_;
  Companion companion_;
  std::map<std::string, bool> exceptions_;  // gap to whether it is one
  std::set<std::string> covered_;
  std::vector<std::string> rows_;
};

// `folder` is that of the provider's protos; `rows` the least number that the table must have.
void Check(const std::string& provider, const std::string& folder, const std::string& companion,
           size_t rows) {
  const auto methods = testing::MethodsIn(folder);
  ASSERT_NE(methods, nullptr);
  Coverage coverage(*methods, "tests/testdata/" + companion,
                    "tests/testdata/" + provider + "-coverage-exceptions.yaml");
  coverage.Run();
  for (const auto& method : methods->methods()) {
    EXPECT_TRUE(coverage.covered().count(method->full_name))
        << method->full_name << " stands for no operation of the companion";
  }
  EXPECT_GT(coverage.rows().size(), rows);
  std::filesystem::create_directories("build/tests");
  std::ofstream table("build/tests/" + provider + "-coverage.md");
  table << "| upstream | here |\n| --- | --- |\n";
  for (const std::string& row : coverage.rows()) table << row << "\n";
  EXPECT_TRUE(table.flush().good());
}

TEST(Coverage, OfTheBillogramApi) {
  Check("billogram", "billogram/v2/", "billogram-v2.openapi.yaml", 1000);
}

TEST(Coverage, OfTheBillProApi) { Check("billpro", "billpro/v1/", "billpro-v1.openapi.yaml", 300); }

}  // namespace
}  // namespace billing::gateway::translate
