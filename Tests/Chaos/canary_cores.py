"""What a crash leaves behind: a gateway that has just taken conversions is killed by the signals that make the kernel write a core.

Where the limits let it, the kernel writes all memory of a process that crashes to a file, and customers stand there as their shops sent them.
`touchstone serve` forbids that for itself. The control is the setting that lets it.
"""

import glob
import json
import os
import resource
import signal
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from canary_doors import DATASET, purchase  # noqa: E402

SIGNALS = (signal.SIGABRT, signal.SIGSEGV)


def unlimited():
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class Cores:
    def __init__(self, run):
        self.run, self.rig = run, run.rig

    def crash(self, number, options=()):
        """The files that the crash left in the process's folder, and what a core would hold."""
        rig, known = self.rig, set(self.run.canaries.values)
        folder = rig.path(f"crash-{number.name}{'-allowed' if options else ''}")
        os.makedirs(folder)
        before = rig.serve_options
        rig.serve_options, rig.process_options = [*before, *options], {"cwd": folder, "preexec_fn": unlimited}
        try:
            rig.start_gateway()
        finally:
            rig.serve_options, rig.process_options = before, {}
        self.send(f"a crash by {number.name}{' that may leave a core' if options else ''}")
        os.kill(rig.gateway.pid, number)
        rig.gateway.wait(60)
        planted = {name: value for name, value in self.run.canaries.values.items() if name not in known}
        return [path for path in glob.glob(folder + "/**", recursive=True) if os.path.isfile(path)], planted

    def send(self, where):
        """Until the last moment before the crash."""
        query = urllib.parse.urlencode({"access_token": self.rig.secrets["CHAOS_SHOP_TOKEN"], "appsecret_proof": self.run.shop_proof})
        events = [purchase(self.run.plant, f"{where}, {place}") for place in range(3)]
        connection = self.rig.connection()
        try:
            for _ in range(10):
                connection.request("POST", f"/v26.0/{DATASET}/events?{query}", json.dumps({"data": events}).encode(), {"Content-Type": "application/json"})
                connection.getresponse().read()
        finally:
            connection.close()

    def check(self):
        """Lines of (is good, what)."""
        lines = []
        for number in SIGNALS:
            files, _ = self.crash(number)
            for path in files:
                with open(path, "rb") as file:
                    self.run.remains[f"left by {number.name}: {os.path.basename(path)}"] = file.read()
            lines.append((not any("core" in os.path.basename(path) for path in files), f"{number.name} leaves no core, with no limit on its size"))
        files, planted = self.crash(signal.SIGABRT, ("--core-dumps",))
        found = set()
        for path in files:
            with open(path, "rb") as file:
                data = file.read()
            found |= {name for name, value in planted.items() if value.encode() in data}
            os.remove(path)
        lines.append((bool(found), f"control: with --core-dumps a core is left, and holds {len(found)} of {len(planted)} of the values that came just "
                                   f"before (core_pattern {self.pattern()})"))
        for name in planted:
            del self.run.canaries.values[name]     # they are in that core, which is gone, and nowhere else
        return lines

    @staticmethod
    def pattern():
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
            return repr(file.read().strip())
