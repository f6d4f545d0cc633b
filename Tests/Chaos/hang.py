#!/usr/bin/env python3
"""10 000 keys, of which the handlers of 1 % hang for 30 s: what the others notice of it.

Two runs of the program before the emulator, each on a database of its own, the same keys at the same rate, each counted from when it was to be
sent: one in which every read is answered at once, one in which the reads of every hundredth lead hang. A key is a lead (read over the network)
or, of every tenth, a comment that is edited several times (order). Prints p50, p99, p99.9 of both runs for the keys that do not hang, the ratio
of the p99, and how many events of a key were handled in another order than they were stored in. Exit 1 when the ratio is above 1.5 or anything
was out of order or lost.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from postgres import PostgresRig  # noqa: E402
from rig import FsyncProbe, Rig, rows  # noqa: E402
from world import APP_ID, PAGE, PAGE_TOKEN, TOKEN  # noqa: E402

EDITS = 4
BATCH = 10
LANES = 4


def hangs(number):
    return number % 100 == 7


def is_comment(number):
    return number % 10 == 3


def identity(number):
    """The reads of leads that hang are told by the beginning of their ids."""
    return f"66{number:08}" if hangs(number) else f"44{number:08}"


def change(field, value):
    return {"field": field, "value": value}


def lead(number):
    return change("leadgen", {"leadgen_id": identity(number), "page_id": PAGE, "form_id": "5", "created_time": int(time.time()) - 5})


def comment(number, edit):
    said = {"item": "comment", "comment_id": f"1_{number}", "post_id": f"{PAGE}_1", "from": {"id": "77", "name": "Ann"}, "message": "said",
            "created_time": int(time.time()) - 60}
    return change("feed", said | ({"verb": "add"} if edit == 0 else {"verb": "edited", "edited_time": int(time.time()) - 50 + edit}))


def delivery(batch, batches):
    """The leads of a batch, its comments, and an edit of each comment of the batches before."""
    def numbers(of):
        return range(of * BATCH, (of + 1) * BATCH) if 0 <= of < batches else range(0)

    changes = [lead(number) for number in numbers(batch) if not is_comment(number)]
    for edit in range(1 + EDITS):
        changes += [comment(number, edit) for number in numbers(batch - edit) if is_comment(number)]
    return json.dumps({"object": "page", "entry": [{"id": PAGE, "time": int(time.time()), "changes": changes}]}).encode()


def prepare(folder, options):
    keys = options.keys
    rig = (PostgresRig if options.postgres else Rig)(folder, options.program)
    if options.postgres:
        print(f"PostgreSQL {rig.start_database()}")
    rig.secrets["CHAOS_TOKEN"] = TOKEN
    rig.start_emulator({
        "require_proof": True, "apps": [{"id": APP_ID, "secret": rig.secrets["CHAOS_APP_SECRET"]}],
        "tokens": [{"token": TOKEN, "name": "studio", "app": APP_ID, "accounts": ["1"]}],
        "accounts": [{"id": "1", "name": "One", "currency": "EUR", "timezone": "Europe/Warsaw", "account_status": 1, "campaigns": []}],
        "pages": [{"id": PAGE, "name": "Shop", "token": PAGE_TOKEN}],
        "forms": [{"id": "5", "page": PAGE, "name": "Form", "questions": ["email"]}], "posts": [{"id": f"{PAGE}_1", "page": PAGE, "message": "x"}]})
    leads = [{"id": identity(number), "form": "5", "created": -5, "fields": {"email": f"lead{number}@example.com"}}
             for number in range(keys) if not is_comment(number)]
    for start in range(0, len(leads), 500):
        rig.control("POST", "leads", leads[start:start + 500])
    rig.write("touchstone.yaml", {
        "listen": {"address": f"127.0.0.1:{rig.port}", "certificate": rig.path("certs/server.pem"), "private_key": rig.path("certs/server.key")},
        "admin": {"address": f"127.0.0.1:{rig.admin_port}", "token": "${CHAOS_ADMIN}"},
        "storage": {"url": rig.storage_url},
        "graph": {"base_url": f"http://127.0.0.1:{rig.graph_port}", "version": "v26.0", "writes": "off"},
        "keys": {"current": "${CHAOS_KEY}"},
        "apps": [{"name": "main", "id": APP_ID, "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}", "path": "/webhooks/meta"}],
        "workspaces": [{"name": "studio", "app": "main", "token": "${CHAOS_TOKEN}", "accounts": ["act_1"], "act_on": [], "pages": [PAGE]}],
        "routes": [{"name": "leads", "match": {"object": "page", "field": "leadgen"}, "chain": ["fetch_lead", "store_lead"]},
                   {"name": "comments", "match": {"object": "page", "field": "feed"}, "chain": ["store_engagement"]}]})
    rig.start_gateway()
    return rig


def send_all(rig, keys, rate):
    """Deliveries at a fixed rate over some connections; how late the last left."""
    started = time.time() + 0.2
    late = [0.0] * LANES
    batches = keys // BATCH

    def lane(place):
        connection = rig.connection(timeout=30)
        for batch in range(place, batches + EDITS, LANES):
            pause = started + batch * BATCH / rate - time.time()
            if pause > 0:
                time.sleep(pause)
            late[place] = max(late[place], -pause)
            status = rig.send(connection, delivery(batch, batches))
            if status != 200:
                raise SystemExit(f"a delivery was answered {status}")
        connection.close()

    threads = [threading.Thread(target=lane, args=(place,)) for place in range(LANES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return started, max(late)


def wait_for(rig, expected, bound):
    end = time.monotonic() + bound
    while time.monotonic() < end:
        database = rig.database()
        found = rows(database, "SELECT COUNT(*) FROM leads WHERE lead_id LIKE '44%'")[0][0] + rows(
            database, "SELECT COUNT(*) FROM social_engagements")[0][0]
        database.close()
        if found >= expected:
            return found
        time.sleep(0.5)
    return found


def quantile(values, share):
    return values[min(len(values) - 1, int(len(values) * share))] if values else float("nan")


def one(name, options, hanging):
    folder = tempfile.mkdtemp(prefix=f"touchstone-hang-{name}-")
    rig = prepare(folder, options)
    try:
        if hanging:
            rig.control("POST", "faults", [{"match": {"method": "GET", "path": "/66"}, "count": "forever", "do": {"delay_before_ms": 30_000}}])
        probe = FsyncProbe(folder)
        started, late = send_all(rig, options.keys, options.rate)
        healthy = [number for number in range(options.keys) if not hangs(number)]  # the same ones in both runs
        leads = sum(1 for number in healthy if not is_comment(number))
        comments = sum(1 + EDITS for number in range(options.keys) if is_comment(number))
        found = wait_for(rig, leads + comments, 60)
        database = rig.database()
        fetched = {str(lead): at for lead, at in rows(database, "SELECT lead_id, fetched_at FROM leads")}
        hung = rows(database, "SELECT COUNT(*) FROM jobs j JOIN events e ON e.id = j.event_id WHERE j.state = 'open' AND e.order_key LIKE 'lead:66%'")[0][0]
        handled = rows(database, "SELECT target_id, event_id FROM social_engagements ORDER BY id")
        database.close()
        inversions, last = 0, {}
        for target, event in handled:
            inversions += event < last.get(target, 0)
            last[target] = max(event, last.get(target, 0))
        times = sorted(fetched[identity(number)] - (started + number // BATCH * BATCH / options.rate) * 1_000
                       for number in healthy if not is_comment(number) and identity(number) in fetched)
        figures = {"p50": quantile(times, 0.5), "p99": quantile(times, 0.99), "p999": quantile(times, 0.999), "max": times[-1] if times else None}
        print(f"{name:9} {len(times)} of {leads} healthy leads, {len(handled)} of {comments} comment events; ms from when it was to be sent to "
              f"stored: p50 {figures['p50']:.0f}, p99 {figures['p99']:.0f}, p99.9 {figures['p999']:.0f}, max {figures['max']:.0f}; "
              f"{hung} still hang; {inversions} inversions; sender late by {late * 1000:.0f} ms at most; {probe}", flush=True)
        return figures, inversions, found == leads + comments
    finally:
        rig.stop_all()


def main(options):
    quiet, quiet_inversions, quiet_whole = one("baseline", options, False)
    hanging, inversions, whole = one("1% hang", options, True)
    ratio = hanging["p99"] / quiet["p99"]
    good = ratio <= 1.5 and inversions == 0 and quiet_inversions == 0 and quiet_whole and whole
    print(f"p99 of the healthy keys: {ratio:.2f} times the baseline (at most 1.5); {inversions} inversions: {'ok' if good else 'FAIL'}")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL, a cluster of its own")
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=200.0, help="keys a second")
    sys.exit(main(parser.parse_args()))
