#ifndef SERVICE_SANDBOX_ACCOUNT_H_
#define SERVICE_SANDBOX_ACCOUNT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "service/sandbox/billogram_store.h"
#include "service/sandbox/customer_store.h"

namespace billing::sandbox {

// One creditor: its API user and everything that is its own.
struct Account {
  // The credentials follow from the name and the seed alone.
  Account(std::string_view account_name, uint64_t seed);
  Account(const Account&) = delete;
  Account& operator=(const Account&) = delete;

  const std::string name;
  std::string user;  // "1234-AbCdEfGh"
  std::string key;   // 32 hexadecimal digits
  Features features;
  CustomerStore customers;
  BillogramStore billograms;
};

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_ACCOUNT_H_
