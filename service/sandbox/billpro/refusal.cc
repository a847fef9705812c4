#include "service/sandbox/billpro/refusal.h"

namespace billing::sandbox::billpro {
namespace {

Refusal Message(int http_status, std::string_view message, std::string_view reason) {
  return {http_status, Json::MakeObject({{"error", Json::String(message)}}), std::string(reason)};
}

}  // namespace

Refusal Unreadable(std::string_view reason) { return Message(400, "Bad Request", reason); }

Refusal Unprocessable(std::string_view reason) { return Message(422, "Bad Request", reason); }

Refusal Unauthorized() { return Message(401, "Unauthorized", "no token, or a wrong one"); }

Refusal NoSuchPath() { return Message(404, "Not Found", "no such method and path"); }

void FieldErrors::Add(std::string_view field, std::string_view message) {
  Json messages = Json::MakeArray();
  if (const Json* others = map_.Find(field)) messages = *others;
  messages.Append(Json::String(message));
  map_.Set(field, std::move(messages));
}

Refusal FieldErrors::ToRefusal() const { return {422, map_, "a field is not valid"}; }

}  // namespace billing::sandbox::billpro
