#ifndef SERVICE_SANDBOX_RESOURCES_H_
#define SERVICE_SANDBOX_RESOURCES_H_

#include <string_view>

#include "service/sandbox/schema.h"

namespace billing::sandbox {

// The documented fields of the resources (reference, section 4), in the order of its tables.
const Schema& BillogramSchema();          // 4.1
const Schema& BillogramCustomerSchema();  // 4.2
const Schema& ItemSchema();               // 4.3
const Schema& CustomerSchema();           // 4.12
const Schema& OnSuccessSchema();          // on_success of a creation

// The delivery methods of 4.8; "Efaktura", the older spelling of Einvoice, is one of them.
bool IsDeliveryMethod(std::string_view method);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_RESOURCES_H_
