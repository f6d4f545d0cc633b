#!/usr/bin/env python3
"""Sends signed notifications to `touchstone serve`, which forwards them `as: received` to a receiver that verifies them with its own secret.

    forward.py --receiver https://127.0.0.1:9447/webhooks/meta --certificate-authority CA.pem --secret S [--counted-by COMMAND]

The secret is that of the app: Meta signs with it, the receiver verifies with it, the gateway only passes on what Meta signed. COMMAND prints how
many the receiver has in its own store. At the end one notification is signed with a secret that only the gateway knows: the receiver
refuses it, so that it does verify. One line per check; exit 1 when any failed. Ends by itself.
"""

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from load import AdNotices, CommentNotices, LeadNotices  # noqa: E402
from rig import Rig, rows, signature  # noqa: E402
from world import INSTAGRAM, PAGE, TOKEN, configure, plan_people, plan_world, scenario  # noqa: E402

SENDERS = 8


def bodies(draw, count):
    """As many different notifications, in as many spellings as JSON has."""
    accounts, entities, _ = plan_world(draw, 300)
    people = plan_people(draw, accounts, count, count)
    started = time.time()
    ads, leads, comments = (AdNotices(draw, entities, started), LeadNotices(draw, people["leads"], started),
                            CommentNotices(draw, people["comments"], started))
    for number in range(count):
        if number % 3 == 0:
            yield ads.body([ads.make(number < 300)])
        elif number % 3 == 1:
            yield leads.body([leads.make() for _ in range(min(draw.choice([1, 1, 4]), len(leads.fresh)))])
        else:
            yield comments.body([comments.make()[0]])


def counted(command):
    return int(subprocess.run(command, shell=True, check=True, stdout=subprocess.PIPE, timeout=60).stdout.split()[0]) if command else 0


def send(rig, texts):
    """All of them over kept-alive connections; how many were answered 200."""
    lock, accepted = threading.Lock(), [0]
    source = iter(texts)

    def work():
        connection = rig.connection(timeout=30)
        while True:
            with lock:
                body = next(source, None)
            if body is None:
                return connection.close()
            status = rig.send(connection, body)
            with lock:
                accepted[0] += status == 200

    threads = [threading.Thread(target=work) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return accepted[0]


def states(rig):
    database = rig.database()
    try:
        return dict(rows(database, "SELECT state, COUNT(*) FROM outbox WHERE kind = 'forward' GROUP BY state"))
    finally:
        database.close()


def run(options):
    rig = Rig(options.keep or tempfile.mkdtemp(prefix="touchstone-forward-"), options.program)
    rig.secrets |= {"CHAOS_TOKEN": TOKEN, "CHAOS_APP_SECRET": options.secret, "CHAOS_OLD_SECRET": "a secret that the receiver never had"}
    draw = random.Random(options.seed)
    accounts, entities, insights = plan_world(draw, 300)
    failed = 0

    def check(name, good, detail=""):
        nonlocal failed
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}" + (f": {detail}" if detail != "" else ""), flush=True)

    try:
        rig.start_emulator(scenario(accounts, insights, options.secret))
        names = ["act_" + account["id"] for account in accounts]
        roots = {"roots": os.path.abspath(options.certificate_authority)} if options.certificate_authority else {}
        configure(
            rig, accounts,
            apps=[{"name": "main", "id": "100200300400500", "secrets": ["${CHAOS_APP_SECRET}", "${CHAOS_OLD_SECRET}"],
                   "verify_token": "${CHAOS_VERIFY}", "path": "/webhooks/meta"}],
            workspaces=[{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": names, "act_on": [], "pages": [PAGE],
                         "instagram": [INSTAGRAM]}],
            destinations=[{"name": "old", "url": options.receiver, "as": "received", "per_second": 1000} | roots],
            routes=[{"name": "all", "match": {"object": "*"}, "chain": [{"forward": "old"}]}])
        rig.start_gateway()
        before, began = counted(options.counted_by), time.monotonic()
        accepted = send(rig, bodies(draw, options.count))
        check(f"{options.count} sent, all acknowledged", accepted == options.count, f"{accepted} in {time.monotonic() - began:.1f} s")
        end = time.monotonic() + 60 + options.count / 50
        while time.monotonic() < end and states(rig).get("done", 0) < options.count:
            time.sleep(0.25)
        there = counted(options.counted_by) - before
        check(f"{options.count} accepted by the receiver", states(rig) == {"done": options.count},
              f"{states(rig)} after {time.monotonic() - began:.1f} s")
        database = rig.database()
        statuses = dict(rows(database, "SELECT status, COUNT(*) FROM send_attempts GROUP BY status"))
        database.close()
        check("each with one request, answered 200", statuses == {200: options.count}, statuses)
        if options.counted_by:
            check("as many are new in its own store", there == options.count, there)

        body = next(bodies(random.Random(options.seed + 1), 1))
        connection = rig.connection()
        connection.request("POST", "/webhooks/meta", body, {
            "Content-Type": "application/json", "X-Hub-Signature-256": signature(rig.secrets["CHAOS_OLD_SECRET"], body)})
        status = connection.getresponse().status
        connection.close()
        end = time.monotonic() + 20
        while time.monotonic() < end and not states(rig).get("held", 0):
            time.sleep(0.25)
        database = rig.database()
        reasons = [row[0].split(":")[0] for row in rows(database, "SELECT reason FROM outbox WHERE state = 'held'")]
        database.close()
        check("what another secret signed is refused there, and held here", status == 200 and len(reasons) == 1
              and counted(options.counted_by) - before == there, reasons)
    finally:
        rig.stop_all()
    print(f"{failed} check(s) failed")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--receiver", required=True)
    parser.add_argument("--certificate-authority", help="a PEM file with the root of the receiver's certificate")
    parser.add_argument("--secret", required=True)
    parser.add_argument("--counted-by", help="a command that prints how many the receiver has")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--keep")
    sys.exit(run(parser.parse_args()))
