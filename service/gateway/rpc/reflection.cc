#include "service/gateway/rpc/reflection.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.pb.h"
#include "service/common/strings.h"
#include "service/gateway/rpc/bytes.h"

namespace billing::gateway::rpc {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::FileDescriptorProto;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

// A request is a name; more is nonsense.
constexpr size_t kMaxRequest = 16384;

void SetError(grpc::StatusCode code, std::string message, ServerReflectionResponse& response) {
  response.mutable_error_response()->set_error_code(code);
  response.mutable_error_response()->set_error_message(std::move(message));
}

void SetFile(const FileDescriptor* file, ServerReflectionResponse& response) {
  if (file == nullptr) return SetError(grpc::StatusCode::NOT_FOUND, "not found", response);
  std::vector<const FileDescriptor*> files = {file};
  absl::flat_hash_set<const FileDescriptor*> seen = {file};
  for (size_t next = 0; next < files.size(); ++next) {
    const FileDescriptor& importing = *files[next];
    for (int i = 0; i < importing.dependency_count(); ++i) {
      if (seen.insert(importing.dependency(i)).second) files.push_back(importing.dependency(i));
    }
  }
  for (const FileDescriptor* each : files) {
    FileDescriptorProto proto;
    each->CopyTo(&proto);
    proto.SerializeToString(
        response.mutable_file_descriptor_response()->add_file_descriptor_proto());
  }
}

void SetExtension(const DescriptorPool& pool, const std::string& type, int number,
                  ServerReflectionResponse& response) {
  const Descriptor* extended = pool.FindMessageTypeByName(type);
  const FieldDescriptor* extension =
      extended == nullptr ? nullptr : pool.FindExtensionByNumber(extended, number);
  SetFile(extension == nullptr ? nullptr : extension->file(), response);
}

void SetExtensionNumbers(const DescriptorPool& pool, const std::string& type,
                         ServerReflectionResponse& response) {
  const Descriptor* extended = pool.FindMessageTypeByName(type);
  if (extended == nullptr) return SetError(grpc::StatusCode::NOT_FOUND, "not found", response);
  std::vector<const FieldDescriptor*> extensions;
  pool.FindAllExtensions(extended, &extensions);
  auto& numbers = *response.mutable_all_extension_numbers_response();
  numbers.set_base_type_name(type);
  for (const FieldDescriptor* extension : extensions) {
    numbers.add_extension_number(extension->number());
  }
  std::sort(numbers.mutable_extension_number()->begin(), numbers.mutable_extension_number()->end());
}

}  // namespace

ReflectionService::ReflectionService(std::vector<std::string> services, const DescriptorPool& pool)
    : services_(std::move(services)),
      pool_(pool),
      info_{.run = [this](ServerCall& call) { return Info(call); }, .cancelled_on_drain = true} {
  services_.insert(services_.end(), {"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                     "grpc.reflection.v1alpha.ServerReflection"});
  std::sort(services_.begin(), services_.end());
  services_.erase(std::unique(services_.begin(), services_.end()), services_.end());
}

const Handler* ReflectionService::Find(std::string_view method) const {
  if (method == "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo" ||
      method == "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo") {
    return &info_;
  }
  return nullptr;
}

ServerReflectionResponse ReflectionService::Answer(const ServerReflectionRequest& request) const {
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      SetFile(pool_.FindFileByName(request.file_by_filename()), response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      SetFile(pool_.FindFileContainingSymbol(request.file_containing_symbol()), response);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
      SetExtension(pool_, request.file_containing_extension().containing_type(),
                   request.file_containing_extension().extension_number(), response);
      break;
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      SetExtensionNumbers(pool_, request.all_extension_numbers_of_type(), response);
      break;
    case ServerReflectionRequest::kListServices:
      for (const std::string& service : services_) {
        response.mutable_list_services_response()->add_service()->set_name(service);
      }
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      SetError(grpc::StatusCode::INVALID_ARGUMENT, "the request asks for nothing", response);
      break;
  }
  return response;
}

common::Task<void> ReflectionService::Info(ServerCall& call) const {
  while (true) {
    const std::optional<grpc::ByteBuffer> bytes = co_await call.Read();
    if (!bytes.has_value()) break;
    ServerReflectionRequest request;
    if (bytes->Length() > kMaxRequest || !Parse(*bytes, request)) {
      call.Finish(
          grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "not a ServerReflectionRequest"));
      co_return;
    }
    if (!co_await call.Write(Serialize(Answer(request)))) break;
  }
  call.Finish(grpc::Status::OK);
}

}  // namespace billing::gateway::rpc
