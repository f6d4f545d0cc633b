#!/usr/bin/env python3
"""The disk fills up, syncs fail, syncs are slow, PostgreSQL is gone, while deliveries keep coming: 503 or slowness meanwhile, recovery without
a hand, nothing lost.

Each trouble is met by a gateway of its own. What it answered is counted; in the end every delivery that was answered 200 must be an event in its
database, and none twice. Needs root (mount) for the disk that fills up, `cc` for the syncs that fail, and the server of Debian's package for
PostgreSQL. One line per check; exit 1 when any failed. Ends by itself.
"""

import argparse
import collections
import http.client
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import REPOSITORY, Rig, rows, signature  # noqa: E402

CLUSTER = os.path.join(REPOSITORY, "Tests/postgres.sh")
SENDERS = 6
VOLUME_MIB = 128
# In the library: which files, and a file that says what is to happen to their next syncs.
SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static __thread int inside;
static int count;

/* 1: this sync is to fail. `fail N`: every Nth; `slow N`: N ms, then as ever. */
static int trouble(int fd) {
    const char *store = getenv("CHAOS_STORE"), *control = getenv("CHAOS_CONTROL");
    char link[64], path[4096], word[64] = {0};
    ssize_t length;
    int handle, number = 0;
    if (store == NULL || control == NULL || inside) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    if (strncmp(path, store, strlen(store)) != 0) return 0;
    inside = 1;
    handle = open(control, O_RDONLY | O_CLOEXEC);
    if (handle >= 0) {
        length = read(handle, word, sizeof word - 1);
        close(handle);
    }
    inside = 0;
    if (sscanf(word, "slow %d", &number) == 1) {
        struct timespec pause = {number / 1000, (number % 1000) * 1000000L};
        nanosleep(&pause, NULL);
        return 0;
    }
    if (sscanf(word, "fail %d", &number) == 1 && number > 0) return __sync_add_and_fetch(&count, 1) % number == 0;
    return 0;
}

#define SYNC(name)                                                  \
    int name(int fd) {                                              \
        static int (*next)(int);                                    \
        if (next == NULL) next = (int (*)(int))dlsym(RTLD_NEXT, #name); \
        if (trouble(fd)) {                                          \
            errno = EIO;                                            \
            return -1;                                              \
        }                                                           \
        return next(fd);                                            \
    }

SYNC(fsync)
SYNC(fdatasync)
"""


class Volume:
    """A file system of its own; the gateway's database is all that lies on it."""

    def __init__(self, folder):
        self.image, self.place = os.path.join(folder, "volume.img"), os.path.join(folder, "volume")
        os.makedirs(self.place)
        with open(self.image, "wb") as file:
            file.truncate(VOLUME_MIB << 20)
        self.kind = "ext4 on a loop device"
        try:
            self.call("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
            self.call("mount", "-o", "loop", self.image, self.place)
        except (OSError, subprocess.CalledProcessError):
            self.kind = "tmpfs"
            self.call("mount", "-t", "tmpfs", "-o", f"size={VOLUME_MIB}m", "tmpfs", self.place)

    @staticmethod
    def call(*arguments):
        subprocess.run(arguments, check=True, timeout=60, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def fill(self, leave=0):
        """Takes all room but `leave` bytes."""
        with open(os.path.join(self.place, "ballast"), "ab") as file:
            while True:
                space = os.statvfs(self.place)
                piece = min(1 << 20, space.f_bavail * space.f_frsize - leave)
                if piece <= 0:
                    return
                try:
                    file.write(b"\0" * piece)
                    file.flush()
                except OSError:
                    return

    def clear(self):
        os.unlink(os.path.join(self.place, "ballast"))

    def remove(self):
        subprocess.run(["umount", "-l", self.place], check=False, timeout=30, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Load:
    """Signed deliveries of one event each at a steady rate; what became of each."""

    def __init__(self, rig, rate):
        self.rig, self.rate = rig, rate
        self.lock, self.ended = threading.Lock(), threading.Event()
        self.phase, self.number = "before", 0
        self.statuses, self.took = collections.defaultdict(collections.Counter), collections.defaultdict(list)
        self.without_retry_after = 0
        self.acknowledged, self.attempted = set(), set()
        self.threads = [threading.Thread(target=self.work, args=(place,), daemon=True) for place in range(SENDERS)]

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join(40)

    def work(self, place):
        connection, due = self.rig.connection(timeout=30), time.monotonic() + place / self.rate
        while not self.ended.is_set():
            pause = due - time.monotonic()
            if pause > 0:
                self.ended.wait(pause)
            due = max(due, time.monotonic() - 1) + SENDERS / self.rate
            with self.lock:
                self.number += 1
                identity, phase = str(10_000_000_000 + self.number), self.phase
                self.attempted.add(identity)
            body = json.dumps({"object": "ad_account", "entry": [{"id": "1", "time": int(time.time()), "changes": [
                {"field": "with_issues_ad_objects", "value": {"id": identity, "level": "AD_SET", "error_code": "1", "error_message": "x" * 600}}]}]}).encode()
            begun = time.monotonic()
            status, retry_after = self.send(connection, body)
            with self.lock:
                if self.phase == "trouble":
                    phase = "trouble"
                self.statuses[phase][status] += 1
                self.took[phase].append(time.monotonic() - begun)
                if status == 200:
                    self.acknowledged.add(identity)
                elif status == 503 and retry_after is None:
                    self.without_retry_after += 1
            if status == 0:
                connection.close()
                connection = self.rig.connection(timeout=30)
        connection.close()

    def send(self, connection, body):
        """The status, 0 where none came, and when to come again."""
        try:
            connection.request("POST", "/webhooks/meta", body, {
                "Content-Type": "application/json", "X-Hub-Signature-256": signature(self.rig.secrets["CHAOS_APP_SECRET"], body)})
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Retry-After")
        except (OSError, http.client.HTTPException):
            return 0, None

    def tell(self, names):
        for name in names:
            counts, took = self.statuses[name], sorted(self.took[name])
            if took:
                print(f"     {name:<10} " + " ".join(f"{status or 'none'}:{count}" for status, count in sorted(counts.items()))
                      + f", p50 {took[len(took) // 2] * 1000:.0f} ms, p99 {took[int(len(took) * 0.99)] * 1000:.0f} ms, max {took[-1] * 1000:.0f} ms",
                      flush=True)


class DiskRig(Rig):
    """The gateway with its database in a place of its own, and what else it is to find in its environment."""

    def __init__(self, folder, program, database, disk_free=None, more=None):
        super().__init__(folder, program, log_level="notice")
        self.place = database
        self.more = more or {}
        self.write("touchstone.yaml", {
            "listen": {"address": f"127.0.0.1:{self.port}", "certificate": self.path("certs/server.pem"), "private_key": self.path("certs/server.key")},
            "admin": {"address": f"127.0.0.1:{self.admin_port}", "token": "${CHAOS_ADMIN}"},
            "storage": {"url": database if "://" in database else "sqlite:" + database},
            "graph": {"base_url": "http://127.0.0.1:1", "version": "v26.0", "writes": "off"},
            "keys": {"current": "${CHAOS_KEY}"},
            "apps": [{"name": "main", "id": "1", "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}"}],
            "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_ADMIN}", "accounts": ["act_1"]}],
            "limits": {"disk_free": disk_free}})

    def environment(self):
        return {**super().environment(), **self.more}

    def health(self):
        connection = self.connection(timeout=10)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except (OSError, http.client.HTTPException):
            return 0, ""
        finally:
            connection.close()

    def ask(self, statement):
        """The first column of the rows, as text."""
        if "://" in self.place:
            done = subprocess.run(["psql", "-X", "-A", "-t", "-c", statement, self.place], stdout=subprocess.PIPE, check=True, text=True, timeout=60)
            return done.stdout.splitlines()
        database = sqlite3.connect(f"file:{self.place}?mode=ro", uri=True, timeout=10)
        try:
            return [str(row[0]) for row in rows(database, statement)]
        finally:
            database.close()


class Report:
    def __init__(self):
        self.failed = []

    def check(self, name, holds):
        print(("ok   " if holds else "FAIL ") + name, flush=True)
        if not holds:
            self.failed.append(name)


def phases(rig, load, seconds, begin, end, report, name):
    """Before, the trouble, and after; healthz is looked at in the middle of each."""
    load.start()
    time.sleep(4)
    load.phase = "trouble"
    begin()
    time.sleep(seconds / 2)
    middle = rig.health()
    time.sleep(seconds / 2)
    late = load.statuses["trouble"].copy()
    load.phase = "recovery"
    end()
    ended, well = time.monotonic(), None
    while time.monotonic() - ended < 40 and well is None:
        time.sleep(0.1)
        if load.statuses["recovery"][200] > 3 and rig.health()[0] == 200:
            well = time.monotonic() - ended
    load.phase = "after"
    time.sleep(4)
    load.stop()
    load.tell(["before", "trouble", "recovery", "after"])
    print(f"     healthz in the trouble: {middle[0]} {middle[1]!r}; well again {'after %.1f s' % well if well else 'never'}", flush=True)
    every = {status for counts in load.statuses.values() for status in counts}
    report.check(f"{name}: nothing but 200 and 503 was answered", every <= {200, 503})
    report.check(f"{name}: every 503 says when to come again", load.without_retry_after == 0)
    report.check(f"{name}: all is taken before and after", set(load.statuses["before"]) == {200} and set(load.statuses["after"]) == {200})
    report.check(f"{name}: recovery by itself within 40 s", well is not None)
    return middle, late


def settle(rig, load, report, name):
    """Every acknowledged delivery is there, once, and worked off."""
    end, undecoded = time.monotonic() + 60, None
    while time.monotonic() < end and undecoded != 0:
        undecoded = int(rig.ask("SELECT COUNT(*) FROM deliveries WHERE decoded = 0")[0])
        time.sleep(0.1)
    rig.stop(rig.gateway)
    stored = collections.Counter(identity for entities in rig.ask("SELECT entities FROM events") for _, identity in json.loads(entities))
    integrity = "ok" if "://" in rig.place else rig.ask("PRAGMA integrity_check")[0]
    lost = load.acknowledged - set(stored)
    strange = set(stored) - load.attempted
    print(f"     {len(load.attempted)} sent, {len(load.acknowledged)} acknowledged, {sum(stored.values())} events stored", flush=True)
    report.check(f"{name}: every acknowledged delivery is in the database ({len(lost)} lost)", not lost)
    report.check(f"{name}: none is there twice, none that nobody sent", not strange and max(stored.values(), default=0) <= 1)
    report.check(f"{name}: all are decoded, and the database is whole", undecoded == 0 and integrity == "ok")


def full(options, folder, report, name, disk_free, leave, why):
    """The volume has no room for `options.seconds`; with a mark, the gateway stops taking before that."""
    base = os.path.join(folder, name.replace(" ", "-"))
    os.makedirs(base)
    volume = Volume(base)
    rig = None
    try:
        rig = DiskRig(os.path.join(base, "rig"), options.program, os.path.join(volume.place, "touchstone.db"), disk_free)
        rig.start_gateway()
        print(f"---- {name} ({volume.kind}, {VOLUME_MIB} MiB, {options.seconds} s)", flush=True)
        load = Load(rig, options.rate)
        middle, late = phases(rig, load, options.seconds, lambda: volume.fill(leave), volume.clear, report, name)
        report.check(f"{name}: 503 while there is no room", late[503] > 0)
        report.check(f"{name}: healthz says why", why in middle[1])
        settle(rig, load, report, name)
    finally:
        if rig:
            rig.stop_all()
        volume.remove()


def syncs(options, folder, report, name, order, expects_503):
    base = os.path.join(folder, name.replace(" ", "-"))
    os.makedirs(base)
    source, library, control = (os.path.join(base, part) for part in ("shim.c", "shim.so", "control"))
    with open(source, "w", encoding="ascii") as file:
        file.write(SHIM)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True, timeout=60)

    def tell(text):
        with open(control + ".new", "w", encoding="ascii") as file:
            file.write(text)
        os.rename(control + ".new", control)

    tell("well")
    database = os.path.join(base, "touchstone.db")
    more = {"LD_PRELOAD": library, "CHAOS_STORE": database, "CHAOS_CONTROL": control}
    rig = DiskRig(os.path.join(base, "rig"), options.program, database, more=more)
    try:
        rig.start_gateway()
        print(f"---- {name} ({options.sync_seconds} s)", flush=True)
        load = Load(rig, options.rate)
        _, late = phases(rig, load, options.sync_seconds, lambda: tell(order), lambda: tell("well"), report, name)
        if expects_503:
            report.check(f"{name}: 503 while it lasts", late[503] > 0)
        else:
            report.check(f"{name}: slower, and all are taken", late[503] == 0 and late[200] > 0
                         and sorted(load.took["trouble"])[len(load.took["trouble"]) // 2] >= 0.1)
        settle(rig, load, report, name)
    finally:
        rig.stop_all()


def server(options, folder, report, name, end):
    """PostgreSQL is ended for `options.seconds`, orderly or not, and started again."""
    base = os.path.join(folder, name.replace(" ", "-"))
    os.makedirs(base)

    def cluster(*arguments):
        done = subprocess.run([CLUSTER, arguments[0], os.path.join(base, "cluster"), *arguments[1:]], check=True, stdout=subprocess.PIPE, text=True,
                              timeout=120)
        return done.stdout.strip()

    rig = None
    try:
        rig = DiskRig(os.path.join(base, "rig"), options.program, cluster("start", "--durable", "--while", str(os.getpid())))
        rig.start_gateway()
        print(f"---- {name} ({options.seconds} s)", flush=True)
        load = Load(rig, options.rate)
        middle, late = phases(rig, load, options.seconds, lambda: cluster(*end), lambda: cluster("start"), report, name)
        report.check(f"{name}: 503 while it is away, of healthz too", late[503] > 0 and middle[0] == 503)
        settle(rig, load, report, name)
    finally:
        if rig:
            rig.stop_all()
        cluster("drop")


def main(options):
    folder, report = options.keep or tempfile.mkdtemp(prefix="touchstone-disk-"), Report()
    os.makedirs(folder, exist_ok=True)
    try:
        if options.postgres_only:
            pass
        elif os.geteuid() == 0:
            full(options, folder, report, "disk full", None, 0, "")
            full(options, folder, report, "disk nearly full", "16MiB", 8 << 20, "The disk has")
        else:
            print("skip the disk that fills up: only root may mount one", flush=True)
        if shutil.which("cc") and not options.postgres_only:
            syncs(options, folder, report, "every sync fails", "fail 1", True)
            syncs(options, folder, report, "every third sync fails", "fail 3", True)
            syncs(options, folder, report, "syncs take 200 ms", "slow 200", False)
        elif not options.postgres_only:
            print("skip the syncs that fail: there is no cc", flush=True)
        if shutil.which("psql"):
            server(options, folder, report, "PostgreSQL stopped", ["stop"])
            server(options, folder, report, "PostgreSQL killed", ["kill"])
        else:
            print("skip PostgreSQL: there is no psql", flush=True)
    finally:
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"ok": not report.failed, "failed": report.failed}))
    return 1 if report.failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="how long the disk is full")
    parser.add_argument("--sync-seconds", type=int, default=12, help="how long syncs fail or are slow")
    parser.add_argument("--postgres-only", action="store_true")
    parser.add_argument("--rate", type=int, default=120, help="deliveries per second")
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(main(parser.parse_args()))
