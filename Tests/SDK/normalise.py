#!/usr/bin/env python3
"""What a shop's backend does today for each conversion: Meta's Python SDK normalises and hashes it, and it is stored with one insert.

    normalise.py [--seconds 4]

Printed: events per second of both together, each insert durable by itself, and all inserts in one transaction, which is not.
"""
import argparse
import json
import os
import sqlite3
import tempfile
import time

from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.content import Content
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.user_data import UserData


def event(number):
    user = UserData(emails=[f"jane{number}@shop.example"], phones=[f"+48 600 {number % 1_000_000:06}"], first_names=["Jane"],
                    last_names=["Kowalska"], cities=["Warszawa"], zip_codes=["00-001"], country_codes=["pl"],
                    external_ids=[f"customer-{number}"], client_ip_address="203.0.113.7", fbp="fb.1.1767225600000.1098115397",
                    client_user_agent="Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36")
    custom = CustomData(value=129.9, currency="EUR", order_id=f"order-{number}",
                        contents=[Content(product_id="sku-1", quantity=2, item_price=64.95)])
    made = Event(event_name="Purchase", event_time=int(time.time()), event_id=f"bench-{number}", action_source=ActionSource.WEBSITE,
                 event_source_url=f"https://shop.example/checkout/thanks?order={number}", user_data=user, custom_data=custom)
    return json.dumps(made.normalize())


def measure(folder, name, seconds, isolation):
    base = sqlite3.connect(os.path.join(folder, name), isolation_level=isolation)
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=FULL")
    base.execute("CREATE TABLE events (id INTEGER PRIMARY KEY, event TEXT NOT NULL)")
    if isolation is not None:
        base.execute("BEGIN")
    count, begin = 0, time.monotonic()
    while time.monotonic() - begin < seconds:
        base.execute("INSERT INTO events (event) VALUES (?)", (event(count),))
        count += 1
    base.commit()
    return count / (time.monotonic() - begin)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        durable = measure(folder, "durable.db", given.seconds, None)
        together = measure(folder, "together.db", given.seconds, "DEFERRED")
    print(f"Python SDK, normalised and inserted: {durable:.0f} events/s each durable, {together:.0f} events/s in one transaction")


if __name__ == "__main__":
    main()
