#!/usr/bin/python3
"""What an export costs beside reading page after page: time, and the gateway's memory.

tests/bench/export.py [--bin build/release/bin] [--billograms 100000] [--delay-ms 50]

Starts a sandbox with that many billograms, which answers each request after the delay, and a gateway.
Prints its figures beside their limits; exits with 1 if one is missed.
"""

import argparse
import os
import sys
import time

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "e2e"))

FASTER_AT_LEAST = 3
MIB_AT_MOST = 20
SERVICE = "billogram.v2.BillogramService/"


def light(client, method, *fields):
    """A class that reads only some fields of a method's answer: decoding in Python is not what is measured."""
    full = client.method(method).output_type
    file = descriptor_pb2.FileDescriptorProto(name=f"light/{full.name}.proto", package="light", syntax="proto3")
    message = file.message_type.add(name=full.name)
    for name in fields:
        known = full.fields_by_name[name]
        kind = "TYPE_BYTES" if known.message_type else "TYPE_STRING"
        message.field.add(name=name, number=known.number, type=kind,
                          label="LABEL_REPEATED" if known.label == known.LABEL_REPEATED else "LABEL_OPTIONAL")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName(f"light.{full.name}"))


def export(client, gateway, idle):
    method = SERVICE + "ExportBillograms"
    page_type = light(client, method, "billograms")
    billogram_type = client.messages.type("billogram.v2.Billogram")
    stub = client.channel.unary_stream("/" + method, request_serializer=lambda m: m.SerializeToString(),
                                       response_deserializer=page_type.FromString)
    pages, peak = [], idle
    begin = time.monotonic()
    for page in stub(client.request(method, {}), timeout=3600):
        pages.append(page)
        peak = max(peak, gateway.status("VmRSS"))
    took = time.monotonic() - begin
    ids = [billogram_type.FromString(data).id for page in pages for data in page.billograms]
    return took, len(ids), len(set(ids)), (peak - idle) / 1024


def page_after_page(client):
    method = SERVICE + "ListBillograms"
    page_type = light(client, method, "billograms", "next_page_token")
    stub = client.channel.unary_unary("/" + method, request_serializer=lambda m: m.SerializeToString(),
                                      response_deserializer=page_type.FromString)
    count, request = 0, {"page_size": 100}
    begin = time.monotonic()
    while True:
        page = stub(client.request(method, request), timeout=60)
        count += len(page.billograms)
        if not page.next_page_token:
            return time.monotonic() - begin, count
        request["page_token"] = page.next_page_token


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--billograms", type=int, default=100000)
    parser.add_argument("--delay-ms", type=int, default=50)
    arguments = parser.parse_args()
    os.environ["BG_BIN"] = os.path.abspath(arguments.bin)
    from servers import Stack

    stack = Stack()
    try:
        many = arguments.billograms
        stack.sandbox.control("POST", "seed", {"billograms": many})
        with stack.gateway.client() as client:
            client.stream_all("billogram.v2.CustomerService/ExportCustomers", {})
            idle = stack.gateway.status("VmRSS")
            stack.sandbox.fault(path="/api/v2/", delay_ms=arguments.delay_ms)
            took, count, distinct, grown = export(client, stack.gateway, idle)
            alone, listed = page_after_page(client)
        print(f"{many} billograms, pages of 100, upstream answers after {arguments.delay_ms} ms")
        print(f"  export            {took:7.1f} s  {count} billograms, {distinct} distinct")
        print(f"  page after page   {alone:7.1f} s  {listed} billograms")
        good = count == distinct == listed == many
        kept = [("times as fast", alone / took, ">=", FASTER_AT_LEAST, alone / took >= FASTER_AT_LEAST),
                ("MiB above idle", grown, "<=", MIB_AT_MOST, grown <= MIB_AT_MOST)]
        for name, value, sign, limit, ok in kept:
            print(f"  {name:17} {value:7.1f}  limit {sign} {limit}  {'kept' if ok else 'MISSED'}")
        return 0 if good and all(ok for *_, ok in kept) else 1
    finally:
        stack.stop()


if __name__ == "__main__":
    sys.exit(main())
