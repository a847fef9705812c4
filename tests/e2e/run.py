#!/usr/bin/python3
"""Runs the end-to-end tests against the binaries of one build folder.

run.py --bin build/release/bin [walk errors ...]: the named *_test.py files, all without names. With
BG_E2E_COUNTS the counts "passed failed skipped" are written to a file of that folder, too.
"""

import argparse
import glob
import os
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Result(unittest.TextTestResult):
    """Counts what passed, and shows how long each case took."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.passed = 0
        self._started = 0.0

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def addSuccess(self, test):
        self.passed += 1
        super().addSuccess(test)

    def stopTest(self, test):
        seconds = time.monotonic() - self._started
        if seconds > 5:
            self.stream.writeln(f"  ({seconds:.1f} s)")
        super().stopTest(test)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", required=True, help="folder of billing-gateway and billing-sandbox")
    parser.add_argument("-k", dest="pattern", help="only cases whose name contains this")
    parser.add_argument("names", nargs="*", help="walk, errors, ...")
    arguments = parser.parse_args()
    os.environ["BG_BIN"] = os.path.abspath(arguments.bin)
    sys.path.insert(0, HERE)
    sys.dont_write_bytecode = True

    names = arguments.names or sorted(os.path.basename(f)[:-8] for f in glob.glob(os.path.join(HERE, "*_test.py")))
    loader = unittest.TestLoader()
    if arguments.pattern:
        loader.testNamePatterns = [f"*{arguments.pattern}*"]
    suite = loader.loadTestsFromNames([name + "_test" for name in names])
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=Result).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    if result.passed + failed == 0:
        print("no case was run")
        failed = 1
    skipped = len(result.skipped)
    print(f"{result.passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    if os.environ.get("BG_E2E_COUNTS"):
        path = os.path.join(os.environ["BG_E2E_COUNTS"], "-".join(names))
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{result.passed} {failed} {skipped}\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
