"""Adds up test results and prints, as the last line, "N passed, N failed".

Usage: tally.py NAME=STATUS:REPORT[:LOG] ... (a test run) or NAME=STATUS (a gate)

STATUS is the exit code. REPORT is the JUnit XML that `swift test --xunit-output` or pytest wrote. A run that
ended badly without a failed test in its report (a crash, a broken report) counts as one failure more; what it
had passed until then is counted from LOG, the run's output. A gate counts as one, passed or failed.
Exit code 0 when nothing failed and something passed, else 1.
"""

import re
import sys
import xml.etree.ElementTree as ElementTree

PASSED = re.compile(r"^\S+ Test (?!run with \d).* passed after [\d.]+ seconds", re.MULTILINE)
FAILED = re.compile(r"^\S+ Test ((?!run with \d).*?)(?: with \d+ test cases?)? failed after [\d.]+ seconds", re.MULTILINE)


def from_report(path):
    """The report's number of passed tests and the names of the failed and of the skipped ones."""
    passed, failed, skipped = 0, [], []
    for case in ElementTree.parse(path).iter("testcase"):
        name = ".".join(filter(None, (case.get("classname"), case.get("name"))))
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif case.find("skipped") is not None:
            skipped.append(name)
        else:
            passed += 1
    return passed, failed, skipped


def from_log(path):
    """The same from what Swift Testing printed before it died."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    return len(PASSED.findall(text)), FAILED.findall(text), []


def result(status, report, log):
    """Passed count, failed names and skipped names of one run."""
    try:
        passed, failed, skipped = from_report(report)
    except (OSError, ElementTree.ParseError):
        try:
            passed, failed, skipped = from_log(log)
        except OSError:
            passed, failed, skipped = 0, [], []
        failed.append("(the run did not finish)")
    if status != 0 and not failed:
        failed.append(f"(exit code {status})")
    return passed, failed, skipped


def main(arguments):
    passed, failed, skipped = 0, [], []
    for argument in arguments:
        name, _, rest = argument.partition("=")
        status, *files = rest.split(":")
        if files:
            counts = result(int(status), files[0], files[1] if len(files) > 1 else "")
        else:
            counts = (1, [], []) if status == "0" else (0, [f"(exit code {status})"], [])
        passed += counts[0]
        failed += [f"{name}: {test}" for test in counts[1]]
        skipped += [f"{name}: {test}" for test in counts[2]]
    for test in skipped:
        print(f"skipped  {test}")
    for test in failed:
        print(f"FAILED   {test}")
    print(f"{passed} passed, {len(failed)} failed")
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
