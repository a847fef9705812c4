#include "service/gateway/translate/json_to_wire.h"

#include <algorithm>
#include <utility>

#include "service/gateway/translate/object_to_wire.h"
#include "service/gateway/translate/values.h"

namespace billing::gateway::translate {

class JsonToWire::Impl {
 public:
  explicit Impl(int max_depth) : objects_(max_depth), in_(objects_.in()), out_(objects_.out()) {}

  bool Translate(const MessageTable& table, PaddedJson json) {
    if (!Begin(json)) return false;
    if (in_.Here() != '{') return Fail("the document is not an object");
    if (!Whole(objects_.Object(table, nullptr))) return Fail(in_.why());
    return in_.AtEnd() || Fail("something follows the document");
  }

  Answer TranslateAnswer(const AnswerShape& shape, PaddedJson json, TokenMaker make_token,
                         const void* token_state) {
    Answer answer;
    if (!Begin(json)) return answer;
    data_seen_ = status_seen_ = false;
    status_ok_ = !shape.envelope;
    data_error_ = nullptr;
    const bool read = shape.envelope ? Envelope(shape, answer) : Data(shape, answer);
    if (!read || !in_.AtEnd()) {
      Fail(read ? "something follows the document" : in_.why());
      return answer;
    }
    if (shape.envelope && !status_seen_) {
      Fail("the envelope has no status");
      return answer;
    }
    if (!status_ok_) {
      objects_.ForgetDrift();
      answer.verdict = Answer::Verdict::kNotOk;
      return answer;
    }
    if (data_error_ != nullptr) {
      Fail(data_error_);
      return answer;
    }
    if (shape.list != nullptr) FinishList(shape, answer, make_token, token_state);
    answer.verdict = Answer::Verdict::kOk;
    return answer;
  }

  std::string_view wire() const { return out_.view(); }
  const char* error() const { return error_; }
  const std::vector<std::string>& drift() const { return objects_.drift(); }

 private:
  using Fit = JsonCursor::Fit;
  using Frame = ObjectToWire::Frame;

  bool Begin(PaddedJson json) {
    error_ = "";
    return objects_.Begin(json) || Fail(in_.why());
  }

  bool Fail(const char* why) {
    error_ = why;
    out_.Truncate(0);
    objects_.ForgetDrift();
    return false;
  }

  // Whether an object that nothing stands around could be read: there is no `unmapped` outside
  // that could take it raw.
  bool Whole(Fit fit) {
    if (fit == Fit::kUnfit) in_.Break("a key that is not Unicode text");
    return fit == Fit::kOk;
  }

  // {"status": …, "data": …, "meta": …} in any order.
  bool Envelope(const AnswerShape& shape, Answer& answer) {
    if (in_.Here() != '{') return in_.Break("the document is not an object");
    if (in_.TakeEmpty('}')) return true;
    in_.Step();
    bool ok = true;
    bool meta_seen = false;
    std::vector<std::string_view> others;
    do {
      std::string_view key;
      if (in_.Here() != '"') return false;
      if (Fit fit = in_.TakeKey(&key); fit != Fit::kOk) return Whole(fit);
      if (key == "status") {
        if (std::exchange(status_seen_, true)) return in_.Break(kJsonKeyTwice);
        if (!Status()) return false;
      } else if (key == "data") {
        if (data_seen_) return in_.Break(kJsonKeyTwice);
        if (!Data(shape, answer)) return false;
      } else if (key == "meta") {
        if (std::exchange(meta_seen, true)) return in_.Break(kJsonKeyTwice);
        if (!Meta(shape, answer)) return false;
      } else {
        if (!AddKey(key, others)) return false;
        std::string_view json;
        objects_.Drift(Frame{nullptr, key});
        if (!in_.TakeRaw(&json)) return false;
      }
    } while (in_.More('}', &ok));
    return ok;
  }

  bool Status() {
    std::string_view status;
    if (in_.Here() != '"') return in_.Break("the envelope's status is not text");
    const Fit fit = in_.TakeText(&status);
    if (fit == Fit::kUnfit) return in_.Break("the envelope's status is not text");
    status_ok_ = status == "OK";
    return fit == Fit::kOk;
  }

  // Keeps the keys of an object that has no table apart.
  bool AddKey(std::string_view key, std::vector<std::string_view>& keys) {
    constexpr size_t kMaxKeys = 64;
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return in_.Break(kJsonKeyTwice);
    if (keys.size() > kMaxKeys) return in_.Break("the envelope has too many keys");
    keys.push_back(key);
    return true;
  }

  // The resource or the list itself.
  bool Data(const AnswerShape& shape, Answer& answer) {
    data_seen_ = true;
    std::string_view json;
    if (shape.response == nullptr) return in_.TakeRaw(&json);
    const char c = in_.Here();
    if (shape.envelope && c == 'n') return in_.TakeLiteral("null");
    // An empty object stands for nothing, in place of a list as well.
    if (shape.envelope && shape.list != nullptr && c == '{' && in_.TakeEmpty('}')) return true;
    if (c != (shape.list == nullptr ? '{' : '[')) {
      data_error_ = shape.envelope ? "data is not of the documented type"
                                   : "the document is not of the documented type";
      return in_.TakeRaw(&json);
    }
    if (shape.list != nullptr) return List(shape, answer);
    if (!Whole(objects_.Object(*shape.response, nullptr))) return false;
    // Without an envelope nothing but the resource itself tells that this is a success.
    if (!shape.envelope && !objects_.typed())
      data_error_ = "the document has nothing of the resource";
    return true;
  }

  bool List(const AnswerShape& shape, Answer& answer) {
    objects_.BeginField(shape.list->number);
    if (in_.TakeEmpty(']')) return true;
    in_.Step();
    bool ok = true;
    do {
      if (in_.Here() != '{') {
        std::string_view json;
        data_error_ = "an element of the list is not an object";
        if (!in_.TakeRaw(&json)) return false;
        continue;
      }
      const size_t body = out_.OpenLength(shape.list->tag);
      if (!Whole(objects_.Object(*shape.list->message, nullptr))) return false;
      out_.CloseLength(body);
      ++answer.items;
    } while (in_.More(']', &ok));
    return ok;
  }

  // Fields of the response that are read from the meta object.
  bool Meta(const AnswerShape& shape, Answer& answer) {
    std::string_view json;
    if (in_.Here() == 'n' || shape.response == nullptr) return in_.TakeRaw(&json);
    if (in_.Here() != '{') {
      objects_.Drift(Frame{nullptr, "meta"});
      return in_.TakeRaw(&json);
    }
    if (in_.TakeEmpty('}')) return true;
    in_.Step();
    std::vector<std::string_view> keys;
    bool ok = true;
    do {
      std::string_view key;
      if (in_.Here() != '"') return false;
      if (Fit fit = in_.TakeKey(&key); fit != Fit::kOk) return Whole(fit);
      if (!AddKey(key, keys) || !MetaMember(shape, key, answer)) return false;
    } while (in_.More('}', &ok));
    return ok;
  }

  bool MetaMember(const AnswerShape& shape, std::string_view key, Answer& answer) {
    static constexpr std::string_view kMeta = "meta";
    const Frame frame{nullptr, kMeta};
    if (shape.total != nullptr && key == shape.total->meta && in_.Here() >= '0' &&
        in_.Here() <= '9') {
      const NumberToken token = ScanNumber(in_.At(), in_.End());
      if (token.end != nullptr) {
        const auto total =
            ParseCanonicalInteger({in_.At(), static_cast<size_t>(token.end - in_.At())});
        answer.has_total = total.has_value();
        answer.total_count = total.value_or(0);
      }
    }
    for (const FieldTable& field : shape.response->fields) {
      if (field.meta != key) continue;
      objects_.BeginField(field.number);
      // What the typed field does not reproduce stands under the key it has upstream.
      return objects_.Member(field, &frame, key);
    }
    return objects_.Unknown(key, &frame);
  }

  // Orders the parts of a list's response and adds the next page's token.
  void FinishList(const AnswerShape& shape, Answer& answer, TokenMaker make_token,
                  const void* token_state) {
    if (make_token != nullptr && shape.next_page_token != nullptr) {
      answer.page = out_.view();
      const std::string token = make_token(token_state, answer);
      answer.page = {};
      if (!token.empty()) {
        objects_.BeginField(shape.next_page_token->number);
        out_.Bytes(shape.next_page_token->tag, token);
      }
    }
    objects_.Finish(*shape.response);
  }

  ObjectToWire objects_;
  JsonCursor& in_;
  WireWriter& out_;
  const char* error_ = "";
  bool data_seen_ = false;
  bool status_seen_ = false;
  bool status_ok_ = false;
  const char* data_error_ = nullptr;
};

JsonToWire::JsonToWire(int max_depth) : impl_(std::make_unique<Impl>(max_depth)) {}
JsonToWire::~JsonToWire() = default;

bool JsonToWire::Translate(const MessageTable& table, PaddedJson json) {
  return impl_->Translate(table, json);
}

JsonToWire::Answer JsonToWire::TranslateAnswer(const AnswerShape& shape, PaddedJson json,
                                               TokenMaker make_token, const void* token_state) {
  return impl_->TranslateAnswer(shape, json, make_token, token_state);
}

std::string_view JsonToWire::wire() const { return impl_->wire(); }
std::string_view JsonToWire::error() const { return impl_->error(); }
const std::vector<std::string>& JsonToWire::drift() const { return impl_->drift(); }

}  // namespace billing::gateway::translate
