#include <gtest/gtest.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "tests/unit/gateway/upstream/fetch_testing.h"
#include "tests/unit/gateway/upstream/raw_server_testing.h"
#include "tests/unit/temp_folder.h"

namespace billing::gateway::upstream {
namespace {

struct Deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Deleter>;
using Certificate = std::unique_ptr<X509, Deleter>;
using Context = std::unique_ptr<SSL_CTX, Deleter>;

Key MakeKey() { return Key(EVP_EC_gen("P-256")); }

void AddExtension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `issuer` null means self-signed; `names` is a subjectAltName, or empty for an authority.
Certificate Sign(const std::string& subject, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key,
                 const std::string& names,
                 long seconds_from_now = 3600) {  // NOLINT: OpenSSL's type
  static long serial = 0;                         // NOLINT: OpenSSL's type
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -7200);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), seconds_from_now);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509* signer = issuer != nullptr ? issuer : certificate.get();
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer));
  AddExtension(certificate.get(), signer, NID_basic_constraints,
               names.empty() ? "critical,CA:TRUE" : "CA:FALSE");
  if (!names.empty()) AddExtension(certificate.get(), signer, NID_subject_alt_name, names);
  X509_sign(certificate.get(), issuer_key != nullptr ? issuer_key : key, EVP_sha256());
  return certificate;
}

// An authority, made anew for each test, and its certificate in a file.
class Authority {
 public:
  Authority()
      : key_(MakeKey()), certificate_(Sign("Test Authority", key_.get(), nullptr, nullptr, "")) {
    FILE* file = std::fopen(file_.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  const std::string& file() const { return file_; }

  // What a server with a certificate for `names` accepts connections with.
  Context Server(const std::string& names, long seconds_from_now = 3600) const {  // NOLINT
    Key key = MakeKey();
    Certificate certificate =
        Sign("server", key.get(), certificate_.get(), key_.get(), names, seconds_from_now);
    Context context(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(context.get(), certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), key.get());
    return context;
  }

 private:
  Key key_;
  Certificate certificate_;
  TempFolder folder_;
  std::string file_ = folder_.path() + "/ca.pem";
};

void Serve(RawConnection& connection) {
  while (!connection.ReadRequest().empty() && connection.Write(Ok("{}"))) {
  }
}

std::unique_ptr<UpstreamLoop> LoopTrusting(const std::string& ca_file) {
  UpstreamLoop::Options options;
  options.ca_file = ca_file;
  return StartLoop(options);
}

void ExpectRefused(UpstreamLoop& loop, const std::string& url) {
  TransferResult result = Fetch(loop, MakePost(MakeTarget(url), "/", "{}"));
  EXPECT_EQ(result.outcome, TransferOutcome::kConnectFailed) << result.error;
  EXPECT_FALSE(result.request_sent);
  EXPECT_EQ(result.sends, 0);
  EXPECT_NE(result.error, "");
}

TEST(TlsTest, TrustedServerKeepsItsConnection) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1");
  RawServer server(Serve, context.get());
  auto loop = LoopTrusting(authority.file());
  auto target = MakeTarget(server.url());
  for (int i = 0; i < 50; ++i) {
    TransferResult result = Fetch(*loop, MakePost(target, "/", "{}"));
    ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
    EXPECT_EQ(result.body.view(), "{}");
  }
  EXPECT_EQ(server.accepted(), 1);
}

TEST(TlsTest, LargeBodiesBothWays) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1");
  RawServer server(
      [](RawConnection& connection) { connection.Write(Ok(connection.ReadRequest())); },
      context.get());
  auto loop = LoopTrusting(authority.file());
  std::string body(2 << 20, 'z');
  TransferResult result = Fetch(*loop, MakePost(MakeTarget(server.url()), "/", body));
  ASSERT_EQ(result.outcome, TransferOutcome::kOk) << result.error;
  EXPECT_EQ(result.body.view().substr(result.body.size() - body.size()), body);
}

TEST(TlsTest, UnknownAuthority) {
  Authority authority;
  Authority other;
  Context context = authority.Server("IP:127.0.0.1");
  RawServer server(Serve, context.get());
  ExpectRefused(*LoopTrusting(other.file()), server.url());
  // The system's store does not know it either.
  ExpectRefused(*StartLoop(), server.url());
}

TEST(TlsTest, WrongHostName) {
  Authority authority;
  for (const char* names : {"DNS:billogram.test", "IP:127.0.0.2", "DNS:127.0.0.1"}) {
    Context context = authority.Server(names);
    RawServer server(Serve, context.get());
    ExpectRefused(*LoopTrusting(authority.file()), server.url());
  }
}

TEST(TlsTest, ExpiredCertificate) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1", -3600);
  RawServer server(Serve, context.get());
  ExpectRefused(*LoopTrusting(authority.file()), server.url());
}

TEST(TlsTest, OldProtocols) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  RawServer server(Serve, context.get());
  ExpectRefused(*LoopTrusting(authority.file()), server.url());

  Context new_enough = authority.Server("IP:127.0.0.1");
  SSL_CTX_set_max_proto_version(new_enough.get(), TLS1_2_VERSION);
  RawServer good(Serve, new_enough.get());
  auto loop = LoopTrusting(authority.file());
  EXPECT_EQ(Fetch(*loop, MakeGet(MakeTarget(good.url()))).outcome, TransferOutcome::kOk);
}

TEST(TlsTest, APlainServerBehindHttps) {
  RawServer server([](RawConnection& connection) { connection.Write(Ok("{}")); });
  Authority authority;
  std::string url = server.url();
  ExpectRefused(*LoopTrusting(authority.file()), "https" + url.substr(4));
}

TEST(TlsTest, AMissingAuthorityFileFailsClosed) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1");
  RawServer server(Serve, context.get());
  ExpectRefused(*LoopTrusting(authority.file() + ".gone"), server.url());
}

TEST(TlsTest, AnUnsafeWriteIsSentOnceWhenTheConnectionDies) {
  Authority authority;
  Context context = authority.Server("IP:127.0.0.1");
  std::atomic<int> writes{0};
  RawServer server(
      [&](RawConnection& connection) {
        connection.ReadRequest();
        connection.Write(Ok("{}"));
        if (!connection.ReadRequest().empty()) ++writes;
      },
      context.get());
  auto loop = LoopTrusting(authority.file());
  auto target = MakeTarget(server.url());
  ASSERT_EQ(Fetch(*loop, MakeGet(target)).outcome, TransferOutcome::kOk);
  TransferResult result = Fetch(*loop, MakePost(target, "/write", "{}"));
  EXPECT_EQ(result.outcome, TransferOutcome::kBroken);
  EXPECT_TRUE(result.request_sent);
  EXPECT_EQ(writes.load(), 1);
}

TEST(TlsTest, CancellingDuringTheHandshake) {
  // Accepts the connection and says nothing, so that the client waits in its handshake. What it
  // leaves behind must not disturb the descriptors that come after.
  auto loop = StartLoop();
  RawServer good(Serve);
  auto target = MakeTarget(good.url());
  for (int i = 0; i < 20; ++i) {
    absl::Notification hello;
    RawServer server([&](RawConnection& connection) {
      hello.Notify();
      connection.WaitClosed();
    });
    PendingFetch fetch(*loop, MakePost(MakeTarget("https" + server.url().substr(4)), "/", "{}"));
    hello.WaitForNotification();
    fetch.Cancel();
    EXPECT_EQ(fetch.Wait().outcome, TransferOutcome::kCancelled);
    EXPECT_FALSE(fetch.Wait().request_sent);
    ASSERT_EQ(Fetch(*loop, MakeGet(target)).outcome, TransferOutcome::kOk);
  }
}

}  // namespace
}  // namespace billing::gateway::upstream
