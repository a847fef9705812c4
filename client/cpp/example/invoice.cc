// Creates a customer, creates and sends an invoice, reads it back, and shows what an error tells.
//
//   invoice ADDRESS [ACCOUNT]
#include <iostream>
#include <memory>
#include <string>

#include "billogram/v2/billogram.grpc.pb.h"
#include "billogram/v2/customer.grpc.pb.h"
#include "client/cpp/call_error.h"
#include "client/cpp/call_options.h"
#include "client/cpp/channel.h"
#include "client/cpp/retry.h"

namespace {

namespace client = billing::client;
namespace v2 = billogram::v2;

class Shop {
 public:
  Shop(const std::shared_ptr<grpc::Channel>& channel, std::string account)
      : customers_(v2::CustomerService::NewStub(channel)),
        billograms_(v2::BillogramService::NewStub(channel)) {
    call_.account = std::move(account);
    call_.timeout = absl::Seconds(20);
  }

  grpc::Status CreateCustomer(v2::Customer& customer) {
    v2::CreateCustomerRequest request;
    request.mutable_customer()->set_name("Exempel AB");
    request.mutable_customer()->set_company_type(v2::COMPANY_TYPE_BUSINESS);
    request.mutable_customer()->mutable_contact()->set_email("kund@example.com");
    return client::CallWithRetry(retry_, call_, request, [&](grpc::ClientContext& context) {
      return customers_->CreateCustomer(&context, request, &customer);
    });
  }

  grpc::Status SendInvoice(const v2::Customer& customer, v2::Billogram& billogram) {
    v2::CreateBillogramRequest request;
    request.mutable_billogram()->mutable_customer()->set_customer_no(customer.customer_no());
    v2::BillogramItem& item = *request.mutable_billogram()->add_items();
    item.set_title("Konsulttimme");
    item.set_unit("hour");
    item.mutable_count()->set_value("2");
    item.mutable_price()->set_value("500.00");
    item.mutable_vat()->set_value("25");
    request.mutable_on_success()->set_command("send");
    request.mutable_on_success()->set_method(v2::DELIVERY_METHOD_EMAIL);
    // With a key of our own upstream refuses a second invoice for the same thing.
    request.mutable_billogram()->set_creditor_unique_value(client::NewIdempotencyKey());
    return client::CallWithRetry(retry_, call_, request, [&](grpc::ClientContext& context) {
      return billograms_->CreateBillogram(&context, request, &billogram);
    });
  }

  grpc::Status Read(const std::string& id, v2::Billogram& billogram) {
    v2::GetBillogramRequest request;
    request.set_id(id);
    return client::CallWithRetry(retry_, call_, request, [&](grpc::ClientContext& context) {
      return billograms_->GetBillogram(&context, request, &billogram);
    });
  }

 private:
  std::unique_ptr<v2::CustomerService::Stub> customers_;
  std::unique_ptr<v2::BillogramService::Stub> billograms_;
  client::RetryOptions retry_;
  client::CallOptions call_;
};

int Fail(const grpc::Status& status) {
  const client::CallError error = client::ToCallError(status);
  std::cerr << client::CodeName(error.code) << " " << error.reason << ": " << error.message << "\n";
  for (const auto& violation : error.field_violations) {
    std::cerr << "  " << violation.field << ": " << violation.description << "\n";
  }
  if (error.outcome_unknown()) std::cerr << "  look before doing it again\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: invoice ADDRESS [ACCOUNT]\n";
    return 2;
  }
  client::ChannelOptions options;
  options.address = argv[1];
  options.user_agent = "invoice-example/1.0";
  options.retry = false;  // CallWithRetry does it.
  auto channel = client::MakeChannel(options);
  if (!channel.ok()) {
    std::cerr << channel.status().message() << "\n";
    return 2;
  }
  Shop shop(*channel, argc > 2 ? argv[2] : "");

  v2::Customer customer;
  if (auto status = shop.CreateCustomer(customer); !status.ok()) return Fail(status);
  v2::Billogram sent;
  if (auto status = shop.SendInvoice(customer, sent); !status.ok()) return Fail(status);
  v2::Billogram read;
  if (auto status = shop.Read(sent.id(), read); !status.ok()) return Fail(status);
  std::cout << read.id() << " " << read.state() << " " << read.total_sum().value() << "\n";

  v2::Billogram none;
  const client::CallError error = client::ToCallError(shop.Read("aaaaaaa", none));
  std::cout << client::CodeName(error.code) << " " << error.reason << "\n";
  return 0;
}
