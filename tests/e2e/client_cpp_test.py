"""The C++ client library as its users meet it: installed, found by CMake, built against, run."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import StackTest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
EXAMPLE = os.path.join(ROOT, "client", "cpp", "example")
BUILD = os.path.dirname(os.environ["BG_BIN"])


def run(*command, code=0, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False, **options)
    if done.returncode != code:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout[-4000:]}{done.stderr[-4000:]}")
    return done


def cached(name):
    """A setting of the build under test."""
    with open(os.path.join(BUILD, "CMakeCache.txt"), encoding="utf-8") as file:
        for line in file:
            if line.startswith(name + ":"):
                return line.rstrip("\n").partition("=")[2]
    return ""


class InstalledTest(StackTest):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="billing-client-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.prefix = os.path.join(cls.folder, "prefix")
        run("cmake", "--install", BUILD, "--component", "client", "--prefix", cls.prefix)

    def test_example_builds_and_runs(self):
        # Copied, so that nothing but the package is near it.
        source = os.path.join(self.folder, "example")
        build = os.path.join(self.folder, "build")
        shutil.copytree(EXAMPLE, source)
        run("cmake", "-S", source, "-B", build, "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_COMPILER={cached('CMAKE_CXX_COMPILER')}", "-DCMAKE_BUILD_TYPE=Debug")
        run("cmake", "--build", build)

        done = run(os.path.join(build, "invoice"), self.gateway.address, "acme")
        first, second = done.stdout.splitlines()
        # 2 * 500 and 25 % VAT.
        self.assertRegex(first, r"^\w{7,8} Unpaid 1250(\.0*)?$")
        self.assertEqual(second, "NOT_FOUND NOT_FOUND")
        created = [r for r in self.sandbox.requests("/billogram") if r["method"] == "POST"]
        self.assertEqual(len(created), 1)

        # A 429 says when to come back, and nothing was done: the call is made again.
        self.sandbox.fault(path="/api/v2/customer", method="POST", status=429, retry_after=0, count=1)
        done = run(os.path.join(build, "invoice"), self.gateway.address, "acme")
        self.assertIn(" Unpaid ", done.stdout)

        # The invoice has a key by which upstream refuses a second one: it is tried again, and is made once.
        self.sandbox.fault(path="/api/v2/billogram", method="POST", status=503, count=1)
        done = run(os.path.join(build, "invoice"), self.gateway.address, "acme")
        self.assertIn(" Unpaid ", done.stdout)

        # A customer whose making is in doubt is not tried again.
        self.sandbox.clear_faults()
        self.sandbox.reset()
        self.sandbox.fault(path="/api/v2/customer", method="POST", status=503)
        done = run(os.path.join(build, "invoice"), self.gateway.address, "acme", code=1)
        self.assertIn("UNKNOWN OUTCOME_UNKNOWN", done.stderr)
        self.assertIn("look before doing it again", done.stderr)
        self.assertEqual(len(self.sandbox.requests("/api/v2/customer")), 1)

        done = run(os.path.join(build, "invoice"), self.gateway.address, "nobody", code=1)
        self.assertIn("NOT_FOUND", done.stderr)

    def test_protos_are_complete(self):
        protos = os.path.join(self.prefix, "share", "billing-gateway", "proto")
        out = os.path.join(self.folder, "python")
        os.makedirs(out)
        run("protoc", "-I", protos, f"--python_out={out}", "billogram/v2/billogram.proto", "billogram/v2/command.proto")

    def test_service_config(self):
        with open(os.path.join(self.prefix, "share", "billing-gateway", "service_config.json"), encoding="utf-8") as file:
            config = json.load(file)
        (policy,) = config["methodConfig"]
        self.assertEqual(policy["retryPolicy"]["retryableStatusCodes"], ["UNAVAILABLE"])
        named = {f"{name['service']}/{name['method']}" for name in policy["name"]}
        # Safe, idempotent; deduplicated, unsafe, idempotent unless a field is set.
        for method in ("BillogramService/GetBillogram", "BillogramService/DeleteBillogram", "CommandService/Attach"):
            self.assertIn("billogram.v2." + method, named)
        for method in ("BillogramService/CreateBillogram", "CommandService/Payment", "CustomerService/UpdateCustomer"):
            self.assertNotIn("billogram.v2." + method, named)


if __name__ == "__main__":
    unittest.main()
