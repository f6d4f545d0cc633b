"""What the scripts about one shop's conversions share: its source, a request of its events, what the emulator took, lines of checks, the command line."""

import argparse
import hashlib
import hmac
import json
import os
import secrets
import sys
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import Rig  # noqa: E402

APP_ID, TOKEN = "100200300400500", "chaos-token-of-studio"


def lot(identity):
    """0 to 999 999, as the emulator draws it (FNV-1a)."""
    value = 0xCBF29CE484222325
    for byte in identity.encode():
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return value % 1_000_000


class ShopRig(Rig):
    """The rig with the source `shop` of the workspace `studio`."""

    def __init__(self, folder, program, log_level="error"):
        super().__init__(folder, program, log_level)
        self.secrets |= {"CHAOS_SHOP_TOKEN": secrets.token_hex(16), "CHAOS_SHOP_SECRET": secrets.token_hex(16)}

    def scenario(self, datasets, **sections):
        return {"require_proof": True, "apps": [{"id": APP_ID, "secret": self.secrets["CHAOS_APP_SECRET"]}],
                "tokens": [{"token": TOKEN, "name": "studio", "app": APP_ID}], "event_options": {"brief": True}, "datasets": datasets} | sections

    def configure(self, datasets, admin=None, **source):
        """`source` adds to what the source says, `admin` to the admin port's section."""
        self.write("touchstone.yaml", {
            "listen": {"address": f"127.0.0.1:{self.port}", "certificate": self.path("certs/server.pem"), "private_key": self.path("certs/server.key")},
            "admin": {"address": f"127.0.0.1:{self.admin_port}", "token": "${CHAOS_ADMIN}"} | (admin or {}),
            "storage": {"url": self.storage_url},
            "graph": {"base_url": f"http://127.0.0.1:{self.graph_port}", "version": "v26.0", "writes": "on"},
            "keys": {"current": "${CHAOS_KEY}"},
            "apps": [{"name": "main", "id": APP_ID, "secrets": ["${CHAOS_APP_SECRET}"], "verify_token": "${CHAOS_VERIFY}"}],
            "workspaces": [{"name": "studio", "app": "main", "token": TOKEN, "accounts": ["act_1"]}],
            "sources": [{"name": "shop", "workspace": "studio", "token": "${CHAOS_SHOP_TOKEN}", "secret": "${CHAOS_SHOP_SECRET}",
                         "datasets": datasets} | source],
            "routes": [{"name": "shops", "match": {"object": "conversion"}, "chain": ["forward_conversion"]}],
            "limits": {"per_source": {"requests": None, "bytes": None, "per_second": None}}})

    def events_path(self, dataset):
        token = self.secrets["CHAOS_SHOP_TOKEN"]
        proof = hmac.new(self.secrets["CHAOS_SHOP_SECRET"].encode(), token.encode(), hashlib.sha256).hexdigest()
        return f"/v26.0/{dataset}/events?" + urllib.parse.urlencode({"access_token": token, "appsecret_proof": proof})

    def post_events(self, connection, dataset, events):
        """The status and what was answered."""
        connection.request("POST", self.events_path(dataset), json.dumps({"data": events}).encode(), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()

    def events_at_emulator(self):
        """Each event that the emulator received, with how often it was accepted."""
        start = 0
        while page := self.control("GET", f"events.ndjson?from={start}&count=20000&brief=true").splitlines():
            yield from map(json.loads, page)
            start += len(page)


def purchase(number, now, **members):
    return {"event_name": "Purchase", "event_time": now, "event_id": f"order-{number}", "action_source": "website",
            "event_source_url": f"https://shop.example/thanks/{number}",
            "user_data": {"em": [f"buyer{number}@example.com"], "client_user_agent": "Mozilla/5.0", "client_ip_address": "203.0.113.9"},
            "custom_data": {"value": 12.5, "currency": "EUR"} | members}


class Checks:
    """One line each; the names of those that failed."""

    def __init__(self):
        self.failures = []

    def __call__(self, name, wrong):
        wrong = list(wrong)
        print(f"{'ok  ' if not wrong else 'FAIL'} {name}" + (f": {len(wrong)}, such as {wrong[:3]}" if wrong else ""), flush=True)
        if wrong:
            self.failures.append(name)

    def end(self, good):
        """The last line, and the exit code."""
        print("FAILED: " + ", ".join(self.failures) if self.failures else good)
        return 1 if self.failures else 0


def parser(description):
    made = argparse.ArgumentParser(description=description)
    made.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/debug"))
    made.add_argument("--keep")
    return made


def play(run):
    """Whatever happens, what was started is stopped; the exit code."""
    try:
        return run.run()
    finally:
        run.rig.stop_all()
