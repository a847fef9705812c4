#ifndef SERVICE_SANDBOX_RESOURCES_H_
#define SERVICE_SANDBOX_RESOURCES_H_

#include <string_view>

#include "service/sandbox/schema.h"

namespace billing::sandbox {

// The documented fields of the resources (reference, section 4), in the order of its tables.
const Schema& BillogramSchema();           // 4.1
const Schema& BillogramCustomerSchema();   // 4.2
const Schema& ItemSchema();                // 4.3
const Schema& ItemRegionalSwedenSchema();  // regional_sweden of 4.3
const Schema& CustomerSchema();            // 4.12
const Schema& OnSuccessSchema();           // on_success of a creation
const Schema& StoredItemSchema();          // 4.13
const Schema& OfferSchema();               // 4.14
const Schema& TabItemSchema();             // the body of a new item of a billing tab, 3.6
const Schema& TabSettingsSchema();         // 3.6
const Schema& MandateSchema();             // the body of POST /sepa_dd_mandate, 3.7
const Schema& MigrationSchema();           // the body of POST /sepa_dd_mandate/migrate, 3.7
const Schema& EinvoiceSchema();            // the body of an e-invoice registration, 3.3
const Schema& SettingsSchema();            // 4.18
const Schema& ImageSchema();               // logotype and cover photo, 3.8

// The delivery methods of 4.8. "Efaktura", the older name of Einvoice, is none of them.
bool IsDeliveryMethod(std::string_view method);

}  // namespace billing::sandbox

#endif  // SERVICE_SANDBOX_RESOURCES_H_
