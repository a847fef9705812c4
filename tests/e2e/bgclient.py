#!/usr/bin/python3
"""A small dynamic gRPC client: learns the services by reflection, speaks JSON at the command line.

Uses only stock parts: Debian's python3-grpcio and python3-protobuf, and protoc for the messages of
reflection, health and google.rpc, which Debian has no Python modules for.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import tempfile

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STOCK_PROTOS = (
    "google/rpc/error_details.proto",
    "google/rpc/status.proto",
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
)
REFLECTION_V1 = "grpc.reflection.v1"
REFLECTION_V1ALPHA = "grpc.reflection.v1alpha"


class Messages:
    """Message classes by full name, over descriptors of their own pool."""

    def __init__(self):
        self.pool = descriptor_pool.DescriptorPool()
        self._factory = message_factory.MessageFactory(self.pool)
        self._files = set()

    def add(self, serialized_file):
        file = descriptor_pb2.FileDescriptorProto.FromString(serialized_file)
        if file.name not in self._files:
            self.pool.AddSerializedFile(serialized_file)
            self._files.add(file.name)

    def has(self, name):
        return name in self._files

    def new(self, full_name, **fields):
        return self.type(full_name)(**fields)

    def type(self, full_name):
        return self._factory.GetPrototype(self.pool.FindMessageTypeByName(full_name))

    def any_to_message(self, packed):
        message = self.new(packed.type_url.rpartition("/")[2])
        message.ParseFromString(packed.value)
        return message


@functools.lru_cache(maxsize=None)
def stock_messages():
    """Messages of the protos that every gRPC installation knows."""
    messages = Messages()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "stock.pb")
        subprocess.run(
            ["protoc", "-I", os.path.join(ROOT, "proto"), "-I", "/usr/share/grpc-proto",
             "--include_imports", "--descriptor_set_out", out, *STOCK_PROTOS],
            check=True,
        )
        with open(out, "rb") as file:
            for proto in descriptor_pb2.FileDescriptorSet.FromString(file.read()).file:
                messages.add(proto.SerializeToString())
    return messages


class CallError(Exception):
    """A call that ended with a status other than OK, its details decoded."""

    def __init__(self, method, error):
        self.method = method
        self.code = error.code()
        self.message = error.details()
        self.initial = dict(error.initial_metadata() or ())
        self.trailers = dict(error.trailing_metadata() or ())
        self.status = None
        self.details = {}
        packed = self.trailers.get("grpc-status-details-bin")
        if packed is not None:
            stock = stock_messages()
            self.status = stock.new("google.rpc.Status")
            self.status.ParseFromString(packed)
            for detail in self.status.details:
                message = stock.any_to_message(detail)
                self.details[message.DESCRIPTOR.name] = message
        super().__init__(f"{method}: {self.code.name}: {self.message}")

    def detail(self, name):
        """The google.rpc detail of that name as a dict; None where it was not sent."""
        message = self.details.get(name)
        return None if message is None else json_format.MessageToDict(message, preserving_proto_field_name=True)

    @property
    def reason(self):
        info = self.details.get("ErrorInfo")
        return info.reason if info is not None else ""


class Client:
    """Calls by full method name ("package.Service/Method") with dicts or messages."""

    def __init__(self, address, reflection=REFLECTION_V1ALPHA, metadata=()):
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
                   ("grpc.enable_retries", 0), ("grpc.use_local_subchannel_pool", 1)]
        self.channel = grpc.insecure_channel(address, options=options)
        self.metadata = tuple(metadata)
        self.messages = Messages()
        self._reflection = reflection
        self._methods = {}

    def close(self):
        self.channel.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _reflect(self, **request):
        stock = stock_messages()
        stub = self.channel.stream_stream(
            f"/{self._reflection}.ServerReflection/ServerReflectionInfo",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=stock.type(f"{self._reflection}.ServerReflectionResponse").FromString,
        )
        message = stock.new(f"{self._reflection}.ServerReflectionRequest", **request)
        answer = next(iter(stub(iter([message]), timeout=20, wait_for_ready=True)))
        if answer.HasField("error_response"):
            raise LookupError(f"{request}: {answer.error_response.error_message}")
        return answer

    def services(self):
        return sorted(s.name for s in self._reflect(list_services="").list_services_response.service)

    def _add_files(self, answer):
        files = {}
        for data in answer.file_descriptor_response.file_descriptor_proto:
            proto = descriptor_pb2.FileDescriptorProto.FromString(data)
            files[proto.name] = (proto, data)

        def add(name):
            if self.messages.has(name):
                return
            if name not in files:
                missing = self._reflect(file_by_filename=name).file_descriptor_response
                for data in missing.file_descriptor_proto:
                    proto = descriptor_pb2.FileDescriptorProto.FromString(data)
                    files.setdefault(proto.name, (proto, data))
            proto, data = files[name]
            for dependency in proto.dependency:
                add(dependency)
            self.messages.add(data)

        for name in list(files):
            add(name)

    def method(self, name):
        """The descriptor of "package.Service/Method"."""
        if name not in self._methods:
            service, _, method = name.partition("/")
            try:
                found = self.messages.pool.FindServiceByName(service)
            except KeyError:
                self._add_files(self._reflect(file_containing_symbol=service))
                found = self.messages.pool.FindServiceByName(service)
            self._methods[name] = found.methods_by_name[method]
        return self._methods[name]

    def methods(self, service):
        self._add_files(self._reflect(file_containing_symbol=service))
        return [m.name for m in self.messages.pool.FindServiceByName(service).methods]

    def request(self, name, request):
        """A request message of that method from a dict in proto JSON."""
        message = self.messages.new(self.method(name).input_type.full_name)
        json_format.ParseDict(request, message, descriptor_pool=self.messages.pool)
        return message

    def start(self, name, request, timeout=20, metadata=()):
        """Starts a unary call; returns grpc's future."""
        if isinstance(request, dict):
            request = self.request(name, request)
        data = request if isinstance(request, bytes) else request.SerializeToString()
        stub = self.channel.unary_unary(
            "/" + name,
            request_serializer=lambda b: b,
            response_deserializer=self.messages.type(self.method(name).output_type.full_name).FromString,
        )
        return stub.future(data, timeout=timeout, metadata=self.metadata + tuple(metadata), wait_for_ready=True)

    def call(self, name, request, timeout=20, metadata=()):
        """One unary call; raises CallError."""
        return self.call_with_metadata(name, request, timeout, metadata)[0]

    def call_with_metadata(self, name, request, timeout=20, metadata=()):
        """One unary call and its initial metadata and trailers, as dicts; raises CallError."""
        future = self.start(name, request, timeout, metadata)
        try:
            answer = future.result()
        except grpc.RpcError as error:
            raise CallError(name, error) from None
        return answer, dict(future.initial_metadata()), dict(future.trailing_metadata())

    def stream(self, name, request, timeout=60, metadata=()):
        """A server stream: grpc's call, iterable; what it raises is grpc's."""
        if isinstance(request, dict):
            request = self.request(name, request)
        stub = self.channel.unary_stream(
            "/" + name,
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=self.messages.type(self.method(name).output_type.full_name).FromString,
        )
        return stub(request, timeout=timeout, metadata=self.metadata + tuple(metadata), wait_for_ready=True)

    def stream_all(self, name, request, timeout=60):
        """All messages of a server stream; raises CallError."""
        call = self.stream(name, request, timeout)
        try:
            return list(call)
        except grpc.RpcError:
            raise CallError(name, call) from None

    def health(self, service="", timeout=20):
        """grpc.health.v1 status of a service, by name ("SERVING")."""
        stock = stock_messages()
        stub = self.channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=lambda m: m.SerializeToString(),
            response_deserializer=stock.type("grpc.health.v1.HealthCheckResponse").FromString,
        )
        request = stock.new("grpc.health.v1.HealthCheckRequest", service=service)
        try:
            answer = stub(request, timeout=timeout, wait_for_ready=True)
        except grpc.RpcError as error:
            raise CallError("grpc.health.v1.Health/Check", error) from None
        return answer.DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[answer.status].name


def to_dict(message):
    return json_format.MessageToDict(message, preserving_proto_field_name=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="host:port of the gateway")
    parser.add_argument("method", help='"list", a service, or package.Service/Method')
    parser.add_argument("request", nargs="?", default="{}", help="the request in proto JSON")
    parser.add_argument("-H", "--header", action="append", default=[], metavar="KEY:VALUE", help="metadata to send")
    arguments = parser.parse_args()
    metadata = [(k.strip().lower(), v.strip()) for k, _, v in (h.partition(":") for h in arguments.header)]
    with Client(arguments.address, metadata=metadata) as client:
        if arguments.method == "list":
            print("\n".join(client.services()))
        elif "/" not in arguments.method:
            print("\n".join(f"{arguments.method}/{name}" for name in client.methods(arguments.method)))
        else:
            try:
                request = json.loads(arguments.request)
                if client.method(arguments.method).server_streaming:
                    for answer in client.stream_all(arguments.method, request):
                        print(json.dumps(to_dict(answer), indent=2, ensure_ascii=False))
                    return 0
                answer = client.call(arguments.method, request)
            except CallError as error:
                print(error, file=sys.stderr)
                for name in error.details:
                    print(f"  {name} {json.dumps(error.detail(name))}", file=sys.stderr)
                return 1
            print(json.dumps(to_dict(answer), indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
