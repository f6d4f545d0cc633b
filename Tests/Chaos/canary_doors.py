"""Canaries through every entrance of conversions, in every form, and through every way in which one refuses.

What a shop sends of its customers names them: raw e-mail, telephone number, names, address, and what their browser says. Each request carries
values of its own, so that the one that is found tells the way it took.
"""

import base64
import concurrent.futures
import hashlib
import hmac
import http.client
import json
import os
import secrets
import socket
import sys
import time
import urllib.parse

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from rig import REPOSITORY  # noqa: E402

DATASET, PARTIAL, FLOODED, SHOPIFY, WOO, CRM = (f"90010020030040{place}" for place in range(1, 7))
NAMES = {"PART": PARTIAL, "FLOOD": FLOODED, "SHOPIFY": SHOPIFY, "WOO": WOO, "CRM": CRM}
PER_SECOND = 40
# how those begin, in this run, that can't begin as the others do
TELEPHONES = "4930" + "".join(secrets.choice("123456789") for _ in range(3))
ADDRESSES = f"2001:{secrets.token_hex(2).replace('0', 'a')}:{secrets.token_hex(2).replace('0', 'a')}"
PEOPLE = "9" + "".join(secrets.choice("123456789") for _ in range(6))
PERSONAL = {"email", "contact_email", "first_name", "last_name", "name", "address1", "address_1", "city", "note", "customer_note", "user_agent",
            "customer_user_agent", "order_status_url", "transaction_id"}


def sources(plant):
    """What the configuration has beside the source `shop`, and the variables that it takes."""
    variables, listed = {}, []
    for name, dataset in NAMES.items():
        variables[f"CHAOS_{name}_TOKEN"] = plant(f"token of {name.lower()}")
        variables[f"CHAOS_{name}_SECRET"] = plant(f"secret of {name.lower()}", "Kanari" + base64.b64encode(secrets.token_bytes(24)).decode().replace(
            "+", "x").replace("/", "y")[:26])
        kind = {"SHOPIFY": "shopify", "WOO": "woocommerce", "CRM": "crm"}.get(name)
        listed.append({"name": name.lower(), "workspace": "studio", "token": f"${{CHAOS_{name}_TOKEN}}", "datasets": [dataset],
                       "consent": {"from": "consent", "without": "send"} if kind == "crm" else {"from": "custom_data.consent", "without": "drop"},
                       **({"strictness": "partial"} if name == "PART" else {}),
                       **({"kind": kind, "secret": f"${{CHAOS_{name}_SECRET}}"} if kind else {})})
    return variables, listed


def telephone(plant, where):
    return plant(f"telephone number of {where}", TELEPHONES + "".join(secrets.choice("123456789") for _ in range(6)))


def person(plant, where):
    """Every member in which Meta takes something of a person, raw."""
    address = ":".join([ADDRESSES] + [secrets.token_hex(2).replace("0", "a") for _ in range(5)])
    return {"em": [plant(f"e-mail of {where}") + "@example.com"], "ph": ["+" + telephone(plant, where)], "fn": plant(f"first name of {where}"),
            "ln": plant(f"last name of {where}"), "ct": plant(f"city of {where}"), "external_id": plant(f"customer number of {where}"),
            "client_user_agent": plant(f"browser of {where}"), "client_ip_address": plant(f"address of {where}", address)}


def purchase(plant, where, **members):
    return {"event_name": "Purchase", "event_time": int(time.time()), "action_source": "website", "event_id": f"door-{secrets.token_hex(4)}",
            "event_source_url": f"https://shop.example/{plant(f'page of {where}')}?email={plant(f'query of {where}')}@example.com",
            "user_data": person(plant, where), "custom_data": {"value": 12.5, "currency": "EUR", "consent": True,
                                                               "content_name": plant(f"goods of {where}")}} | members


def multipart(fields, cut=0):
    boundary = "----" + secrets.token_hex(12)
    body = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items())
    body = (body + f"--{boundary}--\r\n").encode()
    return (body[:-cut] if cut else body), f"multipart/form-data; boundary={boundary}"


class Doors:
    def __init__(self, run):
        self.run, self.rig, self.plant = run, run.rig, run.plant
        self.failures = []
        self.token, self.proof = run.rig.secrets["CHAOS_SHOP_TOKEN"], run.shop_proof
        self.access = {"access_token": self.token, "appsecret_proof": self.proof}
        self.query = urllib.parse.urlencode(self.access)
        self.graph, self.gateway, self.own = f"/v26.0/{DATASET}/events", f"/capi/{DATASET}/events", "/v1/conversions/shop"

    def ask(self, what, expected, method, path, body=None, **headers):
        """One request, paced so that no budget is used up by it."""
        time.sleep(1 / PER_SECOND)
        body = json.dumps(body).encode() if isinstance(body, dict) else body.encode() if isinstance(body, str) else body
        if isinstance(body, bytes) and body.startswith(b"{"):
            headers.setdefault("Content-Type", "application/json")
        for _ in range(3):
            try:
                status = self.run.ask(method, path, body, **headers)
                break
            except (OSError, http.client.HTTPException) as error:      # this client reads no answer while it still sends
                status = type(error).__name__
        if status not in (expected if isinstance(expected, (set, tuple)) else {expected}):
            self.failures.append(f"{what}: {status} instead of {expected}")
        return status

    def bring(self):
        self.take()
        self.refuse()
        self.shops()
        self.flood()
        return self.failures

    def data(self, *events):
        return json.dumps(list(events))

    def take(self):
        """Everything that is right, in each form and with the token in each place."""
        plant, bearer = self.plant, {"Authorization": f"Bearer {self.token}"}
        form = {"data": self.data(purchase(plant, "a form")), **self.access}
        self.ask("a form", 200, "POST", self.graph, urllib.parse.urlencode(form), **{"Content-Type": "application/x-www-form-urlencoded"})
        self.ask("a form without a type", 200, "POST", self.graph,
                 urllib.parse.urlencode({"data": self.data(purchase(plant, "a form without a type")), **self.access}))
        body, kind = multipart({"data": self.data(purchase(plant, "a multipart form")), **self.access})
        self.ask("a multipart form", 200, "POST", self.graph, body, **{"Content-Type": kind})
        self.ask("data as texts", 200, "POST", f"{self.graph}?{self.query}", {"data": [json.dumps(purchase(plant, "an event as text"))]})
        self.ask("data in the query", (200, 400), "POST",
                 f"{self.graph}?{self.query}&data={urllib.parse.quote(self.data(purchase(plant, 'data in the query')))}", "",
                 **{"Content-Type": "application/x-www-form-urlencoded"})
        self.ask("token in the header", 200, "POST", f"{self.graph}?appsecret_proof={self.proof}",
                 {"data": [purchase(plant, "a token in the header")]}, **bearer)
        self.ask("token in the body", 200, "POST", self.graph, {"data": [purchase(plant, "a token in the body")], **self.access})
        self.ask("Meta's own gateway", 202, "POST", self.gateway, {"data": [purchase(plant, "Meta's own gateway")], "accessKey": self.token})
        self.ask("our own entrance", 200, "POST", f"{self.own}?appsecret_proof={self.proof}",
                 {"data": [purchase(plant, "our own entrance")]}, **bearer)
        for where, event in (("a trial", purchase(plant, "a trial")),
                             ("a trial of a bad event", purchase(plant, "a trial of a bad event", event_time=plant("time of a trial")))):
            self.ask(where, (200, 400), "POST", f"{self.own}?validate=only&appsecret_proof={self.proof}", {"data": [event]}, **bearer)
        part = {"Authorization": "Bearer " + self.rig.secrets["CHAOS_PART_TOKEN"]}
        bad = purchase(plant, "a quarantined event, bad time", event_time=plant("time of a quarantined event"))
        worse = purchase(plant, "a quarantined event, raw personal key")
        worse["user_data"]["email"] = plant("raw personal key of a quarantined event") + "@example.com"
        worse["custom_data"]["email"] = plant("e-mail in custom_data of a quarantined event") + "@example.com"
        nameless = purchase(plant, "a quarantined event without a name", event_name=None)
        nameless["custom_data"]["currency"] = plant("currency of a quarantined event")
        self.ask("a partial request", 200, "POST", "/v1/conversions/part",
                 {"data": [purchase(plant, "a good event beside bad ones"), bad, worse, nameless, self.strange("a quarantined event")]}, **part)
        self.ask("keys that are no names", 400, "POST", self.own, {"data": [self.strange("a refused event")], "appsecret_proof": self.proof}, **bearer)
        self.ask("what became of one", (200, 404), "GET", f"{self.own}/events/{bad['event_id']}", **bearer)
        self.ask("what became of an unknown one", (200, 404), "GET", f"{self.own}/events/{plant('event id that is asked for')}%40example.com", **bearer)
        self.ask("asked with a wrong token", 401, "GET", f"{self.own}/events/x", Authorization="Bearer " + plant("token of who asks wrongly"))

    def strange(self, where):
        """A person where a key should stand. (A key that is a plain name is repeated in findings, and may be stored.)"""
        event = purchase(self.plant, f"{where} with a person for a key")
        for name, place in (("the event", event), ("user_data", event["user_data"]), ("custom_data", event["custom_data"])):
            place[self.plant(f"key in {name} of {where}") + "@example.com"] = self.plant(f"value of a key in {name} of {where}")
        return event

    def refuse(self):
        plant, bearer = self.plant, {"Authorization": f"Bearer {self.token}"}
        for name, path in (("Graph", self.graph), ("gateway", self.gateway), ("own", self.own)):
            where = f"at the {name} entrance"
            whole = f"{path}?{self.query}&accessKey={self.token}"

            def event(what):
                return {"data": [purchase(plant, f"{what} {where}")]}

            self.ask(f"unknown token {where}", 401, "POST", path,
                     event("an unknown token") | {key: plant(f"unknown {key} {where}") for key in ("access_token", "accessKey")},
                     Authorization="Bearer " + plant(f"unknown bearer {where}"))
            self.ask(f"no JSON {where}", 400, "POST", whole, "{" + plant(f"no JSON {where}"), **bearer)
            body, kind = multipart({"data": self.data(purchase(plant, f"a cut multipart form {where}"))}, cut=30)
            self.ask(f"a cut multipart form {where}", 400, "POST", whole, body, **bearer, **{"Content-Type": kind})
            self.ask(f"a form that is none {where}", 400, "POST", whole, f"data=%7B%zz{plant(f'a form that is none {where}')}", **bearer,
                     **{"Content-Type": "application/x-www-form-urlencoded"})
            self.ask(f"bad event {where}", 400, "POST", whole,
                     {"data": [purchase(plant, f"a bad event {where}", event_time=plant(f"time of a bad event {where}"))]}, **bearer)
            for method in ("PUT", "DELETE", "PATCH"):
                self.ask(f"{method} {where}", 405, method, f"{path}?access_token={plant(f'token of {method} {where}')}",
                         event(f"a request of {method}"), **bearer)
            self.ask(f"too large {where}", 413, "POST", whole,
                     json.dumps(event("a body that is too large")).encode() + b" " * (9 << 20), **bearer)
            self.ask(f"compressed {where}", 415, "POST", whole, event("a body that says it is compressed"), **bearer, **{"Content-Encoding": "gzip"})
            self.ask(f"another type {where}", 415, "POST", whole, event("a body of another type"), **bearer, **{"Content-Type": "text/xml"})
            self.ask(f"headers {where}", 431, "POST", path, event("headers that are too large"),
                     **{"X-Long": plant(f"a header that is too large {where}") * 2_000})
        for path in (f"/v26.0/{DATASET}/{plant('unknown edge')}", "/v1/conversions/" + plant("unknown source"), f"/capi/{plant('unknown dataset')}/events",
                     "/v1/" + plant("unknown path"), "/v1/leads/1/" + plant("unknown path of a lead")):
            self.ask("an unknown path", {400, 401, 404}, "POST", f"{path}?access_token={plant('token at an unknown path')}",
                     {"data": [purchase(plant, "an unknown path")]}, **bearer)
        self.raw(f"POST {self.graph} HTTP/1.1\r\nHost: localhost\r\nBad header {plant('a malformed header')}\r\n\r\n")
        self.raw(f"P@ST /{plant('a malformed request line')} HTTP/9\r\n\r\n")
        self.raw(f"POST {self.graph}?{self.query} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\nContent-Type: application/json\r\n\r\n"
                 + json.dumps({"data": [purchase(plant, "a request that is cut off")]}))

    def raw(self, text):
        """Bytes as they are; what comes back is looked through, too."""
        self.run.tell(text)
        with socket.create_connection(("127.0.0.1", self.rig.port), timeout=5) as plain:
            with self.rig.tls.wrap_socket(plain, server_hostname="localhost") as channel:
                channel.sendall(text.encode())
                channel.settimeout(0.3)
                try:
                    answer = channel.recv(65_536)
                except OSError:
                    answer = b""
        name = "answers to malformed requests"
        self.run.outputs[name] = self.run.outputs.get(name, b"") + answer

    # shops and CRMs

    def fill(self, document, where):
        """An order with canaries where people and what they wrote stand."""
        plant, now = self.plant, int(time.time())
        recent = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - 60))

        def walk(value, key):
            if isinstance(value, dict):
                return {name: walk(inner, name) for name, inner in value.items()}
            if isinstance(value, list):
                return [walk(inner, key) for inner in value]
            if isinstance(value, str) and (key.endswith("_at") or key.startswith("date_")) and value[:2] == "20":
                return recent if key.endswith("_at") else recent[:-1]
            if not isinstance(value, str) or not value or key not in PERSONAL:
                return value
            text = self.orders.setdefault((where, key), plant(f"{key} of {where}") if (where, key) not in self.orders else "")
            return text + "@example.com" if "email" in key else text
        return walk(document, "")

    def shops(self):
        self.orders = {}
        with open(os.path.join(REPOSITORY, "fixtures/orders/shopify-order.json"), encoding="utf-8") as file:
            shopify = json.load(file)
        with open(os.path.join(REPOSITORY, "fixtures/orders/woocommerce-order.json"), encoding="utf-8") as file:
            woo = json.load(file)
        for kind, document, header, more in (
                ("shopify", shopify, "X-Shopify-Hmac-Sha256", {"X-Shopify-Topic": "orders/paid", "X-Shopify-Shop-Domain": "x.myshopify.com",
                                                               "X-Shopify-Webhook-Id": secrets.token_hex(8)}),
                ("woo", woo, "X-WC-Webhook-Signature", {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Delivery-ID": secrets.token_hex(8)})):
            path = f"/webhooks/{'woocommerce' if kind == 'woo' else kind}/{kind}"
            secret = self.rig.secrets[f"CHAOS_{kind.upper()}_SECRET"].encode()
            good = json.dumps(self.fill(document, f"an order of {kind}")).encode()
            forged = json.dumps(self.fill(document, f"a forged order of {kind}")).encode()
            broken = b"{" + self.plant(f"an order of {kind} that is no JSON").encode()
            other = json.dumps(self.fill(document, f"an order of {kind} of another topic")).encode()
            for what, body, key, status, topic in (("order", good, secret, 200, None), ("forged order", forged, b"wrong", 401, None),
                                                   ("broken order", broken, secret, (200, 400), None),
                                                   ("order of another topic", other, secret, 200, "customers/update")):
                sign = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
                headers = more | ({name: topic for name in more if name.endswith("Topic")} if topic else {})
                self.ask(f"{what} of {kind}", status, "POST", path, body, **headers, **{header: sign, "Content-Type": "application/json"})
        token = {"Authorization": "Bearer " + self.rig.secrets["CHAOS_CRM_TOKEN"]}
        note = self.plant("a note beside a stage")
        self.ask("a stage", {200, 400, 404}, "POST", "/v1/leads/4001/stage", {"stage": "qualified", "note": note, "email": self.plant(
            "e-mail beside a stage") + "@example.com"}, **token)
        self.ask("a stage of no lead", {200, 400, 404}, "POST", f"/v1/leads/{self.plant('lead id of a stage')}/stage",
                 {"stage": self.plant("a stage that is none")}, **token)
        self.ask("a stage that is no JSON", 400, "POST", "/v1/leads/4001/stage", "{" + self.plant("a stage that is no JSON"), **token)
        self.ask("a stage with a wrong token", 401, "POST", "/v1/leads/4001/stage", {"stage": "qualified"},
                 Authorization="Bearer " + self.plant("wrong token of a CRM"))
        self.ask("a forged CRM webhook", 401, "POST", "/webhooks/crm/crm", {"stage": "qualified", "email": self.plant("e-mail of a forged CRM webhook")},
                 **{"webhook-id": "m1", "webhook-timestamp": str(int(time.time())), "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()})

    def flood(self):
        """More than one source may send, until some are answered 503."""
        path, token = f"/v26.0/{FLOODED}/events", self.rig.secrets["CHAOS_FLOOD_TOKEN"]
        bodies = [json.dumps({"data": [purchase(self.plant, f"a flood, {place}")], "access_token": token}).encode() for place in range(3)]

        def send(place):
            connection = self.rig.connection()
            try:
                statuses, answers = set(), b""
                for turn in range(40):
                    connection.request("POST", path, bodies[(place + turn) % len(bodies)], {"Content-Type": "application/json"})
                    answer = connection.getresponse()
                    answers += answer.read()
                    statuses.add(answer.status)
                    if answer.getheader("Connection") == "close":
                        connection.close()
                return statuses, answers
            finally:
                connection.close()

        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            found = list(pool.map(send, range(6)))
        statuses = set().union(*(one for one, _ in found))
        self.run.outputs["answers to a flood"] = b"".join(answers for _, answers in found)
        if 503 not in statuses:
            self.failures.append(f"a flood: {sorted(statuses)}, no 503")

    # the admin port

    def look(self):
        """Every answer that the admin port gives to who may read only, and its edits of what is in quarantine."""
        self.admin_number = 0
        paths = json.loads(self.admin("GET", "/openapi.json")[1])["paths"]
        reading = self.run.reader
        listed = {}
        for path, verbs in paths.items():
            if "get" in verbs and "{" not in path and "stream" not in path:
                listed[path] = self.admin("GET", path, token=reading)[1]
        for path, verbs in paths.items():
            if "get" not in verbs or path.count("{") != 1:
                continue
            stem, _, name = path.partition("/{")
            try:
                rows = json.loads(listed.get(stem, b"{}"))
            except ValueError:
                continue
            for row in next((value for value in rows.values() if isinstance(value, list)), []) if isinstance(rows, dict) else []:
                identity = row.get(name.split("}")[0]) or row.get("event_id") or row.get("id")
                if identity is not None:
                    self.admin("GET", f"{stem}/{urllib.parse.quote(str(identity))}", token=reading)
        self.edit(json.loads(listed.get("/v1/conversions/quarantine", b"{}")))

    def edit(self, listed):
        plant = self.plant
        rows = next((value for value in listed.values() if isinstance(value, list)), [])
        if not rows:
            self.failures.append("nothing is in quarantine")
        for place, row in enumerate(rows):
            path = f"/v1/conversions/quarantine/{row.get('event_id') or row.get('id')}/edit"
            for what, expected, body in (
                    ("a trial", {200, 422}, {"dry_run": True, "set": {"user_data.em": [plant(f"e-mail of a trial edit {place}") + "@example.com"]}}),
                    ("a bad value", {422}, {"set": {"event_time": plant(f"time of a bad edit {place}"),
                                                    "user_data.email": plant(f"raw key of an edit {place}")}}),
                    ("a bad path", {400}, {"set": {plant(f"path of an edit {place}") + "@example.com": plant(f"value of an edit {place}")}}),
                    ("a path that is no name", {422}, {"set": {"1" + plant(f"path with a digit of an edit {place}"): plant(f"its value {place}")}}),
                    ("no edit", {400}, {"sett": plant(f"an edit that is none {place}")}),
                    ("a good one", {200, 400, 409, 422}, {"set": {
                        "event_time": int(time.time()), "event_name": "Purchase", "custom_data.currency": "EUR",
                        "user_data.em": [plant(f"e-mail of an edit {place}") + "@example.com"],
                        "user_data.fn": plant(f"first name of an edit {place}")}})):
                status, _ = self.admin("POST", path, json.dumps(body).encode())
                if status not in expected:
                    self.failures.append(f"edit of {row}, {what}: {status}")

    def admin(self, method, path, body=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.rig.admin_port, timeout=20)
        try:
            connection.request(method, path, body, {"Authorization": "Bearer " + (token or self.rig.secrets["CHAOS_ADMIN"])})
            answer = connection.getresponse()
            text = answer.read()
            self.admin_number += 1
            self.run.outputs[f"admin port {self.admin_number}: {method} {path[:60]} {answer.status}"] = str(answer.headers).encode() + text
            return answer.status, text
        finally:
            connection.close()
