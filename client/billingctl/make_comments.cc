// Writes the comments of services, methods and fields, from a descriptor set with source
// information, as C++ source: the descriptors in a binary have lost them.
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::SourceLocation;

// White space runs into one space.
std::string OneLine(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool space = c == ' ' || c == '\n' || c == '\t';
    if (!space) line += c;
    if (space && !line.empty() && line.back() != ' ') line += ' ';
  }
  if (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

class Comments {
 public:
  void Add(const FileDescriptor& file) {
    for (int i = 0; i < file.message_type_count(); ++i) Add(*file.message_type(i));
    for (int i = 0; i < file.service_count(); ++i) {
      AddOne(*file.service(i));
      for (int m = 0; m < file.service(i)->method_count(); ++m) AddOne(*file.service(i)->method(m));
    }
  }

  void Write(std::ostream& out) const {
    out << "// Made from the .proto files at build time.\n"
           "#include <algorithm>\n#include <iterator>\n\n"
           "#include \"client/billingctl/help.h\"\n\nnamespace billing::ctl {\nnamespace {\n\n"
           "struct Comment {\n  std::string_view name;\n  std::string_view text;\n};\n\n"
           "// By name.\nconstexpr Comment kComments[] = {\n    {\"\", \"\"},\n";
    for (const auto& [name, text] : comments_) {
      out << "    {\"" << name << "\", R\"~(" << text << ")~\"},\n";
    }
    out << "};\n\n}  // namespace\n\n"
           "std::string_view CommentOf(std::string_view full_name) {\n"
           "  const auto* found = std::lower_bound(\n"
           "      std::begin(kComments), std::end(kComments), full_name,\n"
           "      [](const Comment& comment, std::string_view name) { return comment.name < name; "
           "});\n"
           "  return found != std::end(kComments) && found->name == full_name ? found->text\n"
           "                                                                  : "
           "std::string_view();\n"
           "}\n\n}  // namespace billing::ctl\n";
  }

 private:
  void Add(const Descriptor& type) {
    for (int i = 0; i < type.field_count(); ++i) AddOne(*type.field(i));
    for (int i = 0; i < type.nested_type_count(); ++i) Add(*type.nested_type(i));
  }

  template <typename Thing>
  void AddOne(const Thing& thing) {
    SourceLocation location;
    if (!thing.GetSourceLocation(&location)) return;
    std::string text = OneLine(location.leading_comments);
    if (!text.empty()) comments_[thing.full_name()] = std::move(text);
  }

  std::map<std::string, std::string> comments_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: make_comments DESCRIPTOR_SET CC_FILE\n";
    return 2;
  }
  google::protobuf::FileDescriptorSet set;
  std::ifstream input(argv[1], std::ios::binary);
  if (!set.ParseFromIstream(&input)) {
    std::cerr << "make_comments: cannot read " << argv[1] << "\n";
    return 1;
  }
  DescriptorPool pool;
  Comments comments;
  for (const auto& file : set.file()) {
    const FileDescriptor* built = pool.BuildFile(file);
    if (built == nullptr) return 1;
    comments.Add(*built);
  }
  std::ofstream output(argv[2], std::ios::binary);
  comments.Write(output);
  output.close();
  return output ? 0 : 1;
}
