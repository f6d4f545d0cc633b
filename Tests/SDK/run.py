"""Sends conversions to a gateway with Meta's own SDK for Python, and prints one JSON line for each call.

    run.py GRAPH DATASET CA_FILE        with SDK_TOKEN and SDK_SECRET in the environment

GRAPH is what stands before /v26.0/…; nothing of the SDK is replaced but its address and the authorities that it trusts.
"""

import asyncio
import json
import os
import shutil
import sys
import time

import facebook_business
from facebook_business.adobjects.serverside.action_source import ActionSource
from facebook_business.adobjects.serverside.content import Content
from facebook_business.adobjects.serverside.custom_data import CustomData
from facebook_business.adobjects.serverside.event import Event
from facebook_business.adobjects.serverside.event_request import EventRequest
from facebook_business.adobjects.serverside.event_request_async import EventRequestAsync
from facebook_business.adobjects.serverside.user_data import UserData
from facebook_business.api import FacebookAdsApi
from facebook_business.exceptions import FacebookRequestError
from facebook_business.session import FacebookSession

GRAPH, DATASET, AUTHORITY = sys.argv[1:]
TOKEN, SECRET = os.environ["SDK_TOKEN"], os.environ["SDK_SECRET"]
NOW = int(time.time())


def trust(authority):
    """Both paths of the SDK trust the authorities of one file of its own, and of nothing else."""
    bundle = os.path.join(os.path.dirname(facebook_business.__file__), "fb_ca_chain_bundle.crt")
    if not os.path.exists(bundle + ".orig"):
        shutil.copyfile(bundle, bundle + ".orig")
    with open(bundle + ".orig") as theirs, open(authority) as ours:
        text = theirs.read() + "\n" + ours.read()
    with open(bundle, "w") as file:
        file.write(text)


def begin(token=TOKEN):
    FacebookAdsApi.init(access_token=token, app_secret=SECRET, crash_log=False)


def purchase(event_id, at=NOW - 60):
    return Event(
        event_name="Purchase", event_time=at, event_id=event_id, event_source_url="https://shop.example/thanks?order=1",
        action_source=ActionSource.WEBSITE,
        user_data=UserData(
            emails=[" Zoe.Smith@Shop.example"], phones=["+48 600 700 800"], first_name="Zoë", country_code="PL",
            client_ip_address="203.0.113.7", client_user_agent="Mozilla/5.0", external_id="cust-42"),
        custom_data=CustomData(
            value=129.9, currency="EUR", order_id=event_id, contents=[Content(product_id="sku-1", quantity=1, item_price=99.9)],
            custom_properties={"note": "Café ☕ 100% + more"}))


def stage(lead_id, name):
    return Event(
        event_name=name, event_time=NOW - 30, event_id=f"crm-{lead_id}", action_source=ActionSource.SYSTEM_GENERATED,
        user_data=UserData(lead_id=lead_id, email="zoe.smith@shop.example"),
        custom_data=CustomData(custom_properties={"event_source": "crm", "lead_event_source": "Our CRM"}))


def call(name, execute):
    started = time.monotonic()
    try:
        response = execute()
        answer = {
            "events_received": response.events_received, "messages": response.messages, "fbtrace_id": response.fbtrace_id}
    except FacebookRequestError as error:
        answer = {
            "refused": error.http_status(), "code": error.api_error_code(), "subcode": error.api_error_subcode(),
            "message": error.api_error_message(), "transient": error.api_transient_error()}
    except Exception as error:
        answer = {"failed": type(error).__name__}
    print(json.dumps({"call": name, "ms": int((time.monotonic() - started) * 1000), **answer}), flush=True)


trust(AUTHORITY)
FacebookSession.GRAPH = GRAPH
begin()
call("single", EventRequest(pixel_id=DATASET, events=[purchase("single-1")]).execute)
call("batch", EventRequest(
    pixel_id=DATASET, events=[purchase(f"batch-{number}") for number in range(100)], partner_agent="acme-1.2").execute)
call("async", lambda: asyncio.run(EventRequestAsync(
    pixel_id=DATASET, events=[purchase("async-1"), purchase("async-2")]).execute()))
call("crm", EventRequest(pixel_id=DATASET, events=[stage("1234567890123456", "Marketing Qualified Lead")]).execute)

# What is refused: all of it for one old event, then a token that nobody knows.
call("old", EventRequest(pixel_id=DATASET, events=[purchase("old-1"), purchase("old-2", at=NOW - 8 * 86_400)]).execute)
call("async_old", lambda: asyncio.run(EventRequestAsync(pixel_id=DATASET, events=[purchase("old-3", at=NOW - 8 * 86_400)]).execute()))
begin("nobody")
call("stranger", EventRequest(pixel_id=DATASET, events=[purchase("old-4")]).execute)
