"""deploy/local/up, as it is typed."""

import os
import re
import signal
import subprocess
import threading
import unittest

from bgclient import ROOT, Client
from servers import wait_until

RELEASE = os.path.join(ROOT, "build", "release", "bin")


class Up:
    """A running deploy/local/up; .grpc is the gateway's address and .folder its folder once it is up."""

    def __init__(self, *flags):
        self.process = subprocess.Popen(
            [os.path.join(ROOT, "deploy", "local", "up"), *flags], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        self.text = ""
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.text += line

    def wait(self):
        wait_until(lambda: "Up until" in self.text or self.process.poll() is not None, 300)
        found = re.search(r"gateway on (\S+) \(gRPC\).*logs in (\S+)", self.text)
        if not found:
            raise AssertionError(self.text)
        self.grpc, self.folder = found.group(1), os.path.join(ROOT, found.group(2))

    def stop(self):
        self.process.send_signal(signal.SIGINT if self.process.poll() is None else 0)
        self.process.wait(60)
        self._reader.join()
        self.process.stdout.close()


@unittest.skipUnless(os.environ["BG_BIN"] == RELEASE, "it runs the release build")
class UpTest(unittest.TestCase):

    def up(self):
        up = Up("--no-demo")
        self.addCleanup(up.stop)
        return up

    def test_several_at_once(self):
        runs = [self.up(), self.up()]
        for run in runs:
            run.wait()
        self.assertEqual(len({run.folder for run in runs}), 2)
        self.assertEqual(len({run.grpc for run in runs}), 2)
        for run in runs:
            with open(os.path.join(run.folder, "gateway.yaml"), encoding="utf-8") as file:
                port = re.search(r"grpc:.*:(\d+)", file.read()).group(1)
            self.assertIn(port, ("0", run.grpc.rpartition(":")[2]))
            with open(os.path.join(run.folder, "billing-gateway.log"), encoding="utf-8") as file:
                self.assertIn(f'"{run.grpc}"', file.read())
            with Client(run.grpc) as client:
                self.assertEqual(client.health(), "SERVING")
        folder = runs[0].folder
        runs[0].stop()
        again = self.up()
        again.wait()
        self.assertEqual(again.folder, folder)
