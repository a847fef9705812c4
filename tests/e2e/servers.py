"""Starts the real billing-sandbox and billing-gateway on free ports and stops them again."""

import base64
import collections
import contextlib
import http.client
import json
import os
import queue
import re
import signal
import subprocess
import tempfile
import threading
import time

from bgclient import Client

READY_SECONDS = 60
STOP_SECONDS = 60
# A gateway account of BillPro; paths are pairs of a method and the path it has instead of its own.
BillPro = collections.namedtuple("BillPro", "name base_url token profile_id paths", defaults=((),))
SANITIZER = re.compile(r"(ERROR|WARNING): \w+Sanitizer|runtime error:")


def binary(name):
    return os.path.join(os.environ["BG_BIN"], name)


class Server:
    """One server process; started when made, its "ready" line is in .ready."""

    def __init__(self, name, arguments, folder):
        self.name = name
        self._stderr_path = os.path.join(folder, name + ".stderr")
        self._stderr = open(self._stderr_path, "wb")
        self.process = subprocess.Popen(
            [binary(name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._stderr)
        self.lines = []
        self._ready = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.ready = self._ready.get(timeout=READY_SECONDS)
        except queue.Empty:
            self.ready = None
        if self.ready is None:
            self.process.kill()
            raise RuntimeError(f"{name} did not become ready: {self.output()}")

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode("utf-8", "replace"))
            with contextlib.suppress(ValueError):
                entry = json.loads(line)
                if entry.get("msg") == "ready":
                    self._ready.put(entry)
        self._ready.put(None)

    def stderr(self):
        with open(self._stderr_path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def output(self):
        return "".join(self.lines[-50:]) + self.stderr()[-8000:]

    def status(self, key):
        """A number from /proc/PID/status, "VmRSS" in KiB say."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith(key + ":"))

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """Ends the server; raises unless it went cleanly with exit code 0."""
        if self.process.poll() is None:
            self.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "no end after SIGTERM"
        self._reader.join(STOP_SECONDS)
        self.process.stdout.close()
        self._stderr.close()
        if code != 0 or SANITIZER.search(self.stderr()):
            raise AssertionError(f"{self.name} ended with {code}: {self.output()}")


def exchange(address, method, path, body=None, headers=()):
    """One HTTP request: status, headers, body."""
    connection = http.client.HTTPConnection(address, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        answer = connection.getresponse()
        return answer.status, dict((k.lower(), v) for k, v in answer.getheaders()), answer.read()
    finally:
        connection.close()


class Sandbox(Server):
    """billing-sandbox and its control endpoints."""

    def __init__(self, folder, accounts=("acme",)):
        flags = [flag for name in accounts for flag in ("--account", name)]
        listing = subprocess.run(
            [binary("billing-sandbox"), *flags, "--print-credentials"], check=True, capture_output=True, timeout=60)
        entries = [json.loads(line) for line in listing.stdout.splitlines()]
        self.credentials = {entry["account"]: (entry["user"], entry["key"]) for entry in entries}
        self.billpro = {entry["account"]: (entry["token"], entry["profile_id"]) for entry in entries}
        super().__init__("billing-sandbox", ["--listen", "127.0.0.1:0", *flags], folder)
        self.address = self.ready["address"]

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        status, _, answer = exchange(
            self.address, method, "/sandbox/" + path, data, {"Content-Type": "application/json"} if data else ())
        if status != 200:
            raise AssertionError(f"sandbox {method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer)["data"]

    def fault(self, **rule):
        self.control("POST", "faults", rule)

    def clear_faults(self):
        self.control("DELETE", "faults")

    def reset(self):
        self.control("POST", "reset")

    def requests(self, path_part=""):
        """What it received, oldest first; the headers as a dict, their names in lower case."""
        found = [r for r in self.control("GET", "requests")["requests"] if path_part in r["path"]]
        for request in found:
            request["headers"] = {header["name"].lower(): header["value"] for header in request["headers"]}
        return found

    def api(self, method, path, body=None, account="acme"):
        """A call past the gateway, straight to /api/v2."""
        user, key = self.credentials[account]
        token = base64.b64encode(f"{user}:{key}".encode()).decode()
        headers = {"Authorization": "Basic " + token, "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        data = None if body is None else json.dumps(body)
        status, _, answer = exchange(self.address, method, "/api/v2" + path, data, headers)
        return status, json.loads(answer)


class Gateway(Server):
    """billing-gateway before a list of accounts: (name, base URL, user, key), or a BillPro."""

    def __init__(self, folder, accounts, extra=""):
        self.config = write_config(folder, accounts, extra)
        super().__init__("billing-gateway", ["--config", self.config], folder)
        self.address = self.ready["grpc"]
        self.admin = self.ready["admin"]

    def get(self, path, headers=()):
        return exchange(self.admin, "GET", path, headers=headers)

    def client(self, **options):
        return Client(self.address, **options)


def write_config(folder, accounts, extra="", name="gateway.yaml"):
    """A gateway.yaml with its secret files; returns its path."""
    lines = ["grpc: { listen: 127.0.0.1:0 }", "admin: { listen: 127.0.0.1:0 }"]
    lines += [extra] if extra else []
    lines += ["accounts:"]
    for entry in accounts:
        if isinstance(entry, BillPro):
            lines += billpro_account(folder, entry)
            continue
        account, base_url, user, key = entry
        write_secrets(folder, account, user=user, key=key)
        lines += [
            f"  - name: {account}",
            "    provider: billogram",
            f"    base_url: {base_url}",
            f"    credentials: {{ user_file: {account}.user, key_file: {account}.key }}",
        ]
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return path


def write_secrets(folder, account, **secrets):
    for kind, secret in secrets.items():
        with open(os.path.join(folder, f"{account}.{kind}"), "w", encoding="ascii") as file:
            file.write(secret + "\n")


def billpro_account(folder, account):
    """The lines of gateway.yaml for one account of BillPro."""
    write_secrets(folder, account.name, token=account.token)
    lines = [
        f"  - name: {account.name}",
        "    provider: billpro",
        f"    base_url: {account.base_url}",
        f"    credentials: {{ token_file: {account.name}.token }}",
        f"    profile_id: {account.profile_id}",
    ]
    if account.paths:
        lines += ["    paths:"]
        lines += [f'      - {{ method: {method}, path: "{path}" }}' for method, path in account.paths]
    return lines


class Stack:
    """A sandbox and a gateway before it, one gateway account of Billogram for each sandbox account.

    more_accounts adds (name, base URL, user, key) to the gateway's; None stands for the sandbox's URL.
    billpro adds accounts of BillPro: their names to those of the sandbox, billpro_paths their own paths.
    """

    def __init__(self, accounts=("acme",), extra="", more_accounts=(), billpro=None, billpro_paths=None):
        self._folder = tempfile.TemporaryDirectory(prefix="billing-e2e-")
        self.folder = self._folder.name
        self.sandbox = self.gateway = None
        try:
            self.sandbox = Sandbox(self.folder, accounts)
            base_url = f"http://{self.sandbox.address}/api/v2"
            known = [(name, base_url, *self.sandbox.credentials[name]) for name in accounts]
            more = [(name, url or base_url, user, key) for name, url, user, key in more_accounts]
            pro_url = f"http://{self.sandbox.address}/api/v1"
            pro = [BillPro(name, pro_url, *self.sandbox.billpro[of], (billpro_paths or {}).get(name, ()))
                   for name, of in (billpro or {}).items()]
            self.gateway = Gateway(self.folder, known + more + pro, extra)
        except BaseException:
            with contextlib.suppress(Exception):
                self.stop()
            raise

    def stop(self):
        errors = []
        for server in (self.gateway, self.sandbox):
            try:
                if server is not None:
                    server.stop()
            except AssertionError as error:
                errors.append(str(error))
        self._folder.cleanup()
        if errors:
            raise AssertionError("\n".join(errors))


def wait_until(condition, seconds=10.0):
    """Polls until the condition holds; the last value it returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(0.005)
