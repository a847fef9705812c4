// A Node client made from the protos with @grpc/proto-loader: interop.js ADDRESS prints one JSON object
// with what each step gave it.
'use strict';

const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const protobuf = require('protobufjs');

const PROTOS = path.join(__dirname, '..', '..', 'proto');
const OPTIONS = { keepCase: true, longs: String, enums: String, defaults: false, oneofs: true, includeDirs: [PROTOS] };

function load(...files) {
  return grpc.loadPackageDefinition(loader.loadSync(files, OPTIONS));
}

// Resolves to {value} or {error}; a failed call is something to look at.
function call(client, method, request, metadata = new grpc.Metadata()) {
  return new Promise((resolve) => {
    client[method](request, metadata, { deadline: Date.now() + 20000 }, (error, value) => resolve({ error, value }));
  });
}

function decodeDetails(error) {
  const root = new protobuf.Root();
  root.resolvePath = (origin, target) => path.join(PROTOS, target.replace(/^.*?(google\/)/, '$1'));
  root.loadSync(['google/rpc/status.proto', 'google/rpc/error_details.proto'], { keepCase: true });
  const [packed] = error.metadata.get('grpc-status-details-bin');
  const status = root.lookupType('google.rpc.Status').decode(packed);
  const details = {};
  for (const any of status.details) {
    const type = root.lookupType(any.type_url.split('/').pop());
    details[type.name] = type.toObject(type.decode(any.value), { longs: String });
  }
  return { code: status.code, details };
}

async function main(address) {
  const { billogram } = load('billogram/v2/billogram.proto', 'billogram/v2/customer.proto');
  const credentials = grpc.credentials.createInsecure();
  const customers = new billogram.v2.CustomerService(address, credentials);
  const billograms = new billogram.v2.BillogramService(address, credentials);

  const customer = await call(customers, 'CreateCustomer', {
    customer: { name: 'Nodkund', customer_no: '7001', contact: { email: 'nod@example.com' } },
  });
  const item = { title: 'Rad', count: { value: '2' }, price: { value: '130' }, vat: { value: '25' }, unit: 'unit' };
  const created = await call(billograms, 'CreateBillogram', {
    billogram: { customer: { customer_no: '7001' }, items: [item] },
    on_success: { command: 'send', method: 'DELIVERY_METHOD_EMAIL' },
  });
  const read = await call(billograms, 'GetBillogram', { id: created.value && created.value.id });
  const metadata = new grpc.Metadata();
  metadata.set('x-request-id', 'node-1');
  const wrong = await call(billograms, 'CreateBillogram', {
    billogram: { customer: { customer_no: '7001' }, items: [item, { ...item, vat: { value: '101' } }] },
  }, metadata);

  const failed = [customer, created, read].filter((step) => step.error).map((step) => String(step.error));
  console.log(JSON.stringify({
    failed,
    customer: customer.value,
    state: read.value && read.value.state,
    total: read.value && read.value.total_sum.value,
    events: read.value && read.value.events.map((event) => event.type),
    error: wrong.error && { code: wrong.error.code, message: wrong.error.details, ...decodeDetails(wrong.error) },
  }));
  customers.close();
  billograms.close();
}

main(process.argv[2]);
