#!/usr/bin/env python3
"""The page's quarantine in a browser without a window, with a gateway and an emulator behind it (page.py has the browser; package `websockets`).

A shop sends events of which some are refused here and some by Meta. Who may act sees them with their reasons, tries an edit, is told what is wrong
with another, writes on while the table is drawn anew, sends the mended one on, and replays one that Meta takes now: both must be at the emulator
once. Who may only read sees the list, no button, and is refused by the gateway itself. A key with markup runs nowhere; the browser has no complaint.

    page_quarantine.py [--program DIR] [--keep DIR] [--shots DIR] [--chromium PATH]
"""

import asyncio
import json
import os
import secrets
import shutil
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from page import FITS, NARROW, RAN, WIDE, Browser, log_in  # noqa: E402
from rig import rows  # noqa: E402
from shop import Checks, ShopRig, parser, play, purchase  # noqa: E402

DATASET, REFUSING = "900100200300401", "900100200300402"
MARKUP = "<img src=x onerror='window.ran = 1'>"
TABLE = "document.querySelectorAll('#quarantine tbody tr[data-id]')"
SAID = "document.querySelector('.mend .said').textContent"


def without(event, key):
    del event["custom_data"][key]
    return event


def orders(now):
    """By their ends: some go on at once, some are refused here, some by Meta."""
    good = [purchase(number, now) for number in range(3)]
    no_currency = without(purchase(10, now), "currency")
    no_value = without(purchase(11, now), "value")
    strange = purchase(12, now) | {MARKUP: 1}
    old = purchase(13, now - 9 * 86_400)
    nobody = purchase(14, now)
    nobody["user_data"] = {"client_user_agent": "Mozilla/5.0"}
    return good + [no_currency, no_value, strange, old, nobody]


class Run:
    def __init__(self, options):
        self.options = options
        self.rig = ShopRig(options.keep or tempfile.mkdtemp(prefix="touchstone-page-quarantine-"), options.program)
        self.rig.secrets["CHAOS_READER"] = secrets.token_hex(24)
        self.check = Checks()

    def run(self):
        rig = self.rig
        if self.options.shots:
            os.makedirs(self.options.shots, exist_ok=True)
        # Meta refuses what goes to the second one, until somebody there mends it
        refusing = {"name": "refusing", "match": {"method": "POST", "path": f"/{REFUSING}/events"}, "count": "forever",
                    "do": {"status": 400, "code": 100, "subcode": 2_804_019, "message": "Invalid parameter"}}
        rig.start_emulator(rig.scenario([{"id": DATASET}, {"id": REFUSING}], faults=[refusing]))
        rig.configure([DATASET, REFUSING], admin={"tokens": [{"name": "reader", "token": "${CHAOS_READER}", "may": "read"}]},
                      strictness="partial", consent={"from": "custom_data.consent", "without": "send"})
        rig.start_gateway()
        connection, now = rig.connection(), int(time.time()) - 30
        statuses = [rig.post_events(connection, DATASET, orders(now))[0],
                    rig.post_events(connection, REFUSING, [purchase(number, now) for number in (20, 21)])[0]]
        connection.close()
        self.check("the shop is answered 200", [status for status in statuses if status != 200])
        self.settle({"forwarded": 3, "quarantined": 5, "refused": 2})
        asyncio.run(self.browse())
        return self.check.end("the quarantine can be seen, mended and replayed on the page")

    def states(self):
        database = self.rig.database()
        try:
            return dict(rows(database, "SELECT state, COUNT(*) FROM conversion_events GROUP BY state"))
        finally:
            database.close()

    def settle(self, expected):
        end = time.monotonic() + 30
        while (found := self.states()) != expected and time.monotonic() < end:
            time.sleep(0.2)
        self.check(f"in the database: {expected}", [] if found == expected else [found])

    def address(self):
        return f"http://127.0.0.1:{self.rig.admin_port}/"

    async def browse(self):
        browser = Browser(self.options.chromium)
        try:
            await browser.open()
            await self.act(browser)
            await self.read(browser)
            complaints = [text for text in browser.complaints() if not any(status in text for status in ("401", "403", "422"))]
            self.check("the browser has no complaint", complaints)
        finally:
            browser.close()

    async def held(self, browser, token):
        await log_in(browser, self.address(), token)
        await browser.value("location.hash = '#/held'")
        await browser.until(f"{TABLE}.length > 0")

    async def identity(self, browser, number):
        """The row's id, of the shop's order."""
        return await browser.value(f"Array.from({TABLE}).find(row => row.children[1].textContent.endsWith('order-{number}'))?.dataset.id")

    async def open_form(self, browser, identity):
        await browser.value(f"document.querySelector('[data-edit=\"{identity}\"]').click()")
        await browser.until("Boolean(document.querySelector('.mend'))")

    async def write(self, browser, path, value, button):
        form = "document.querySelector('.mend')"
        if path is not None:
            await browser.value(f"{form}.elements.path.value = {json.dumps(path)}")
        await browser.value(f"{form}.elements.value.value = {json.dumps(value)}")
        before = await browser.value(f"{form} && {SAID}")
        await browser.value(f"{form}.elements.{button}.click()")
        await browser.until(f"!document.querySelector('.mend') || {SAID} !== {json.dumps(before)}")
        return await browser.value(f"document.querySelector('.mend') ? {SAID} : null")

    async def act(self, browser):
        check, shots = self.check, self.options.shots
        await browser.size(*WIDE)
        await self.held(browser, self.rig.secrets["CHAOS_ADMIN"])
        text = await browser.value("document.getElementById('held').textContent")
        check("seven are listed, with path and reason", [
            word for word in ("custom_data.currency", "custom_data.value", "currency_missing", "event_time", "order-20", "Meta") if word not in text])
        check("seven rows", [] if await browser.value(f"{TABLE}.length") == 7 else [await browser.value(f"{TABLE}.length")])
        await browser.shot(shots, "quarantine")

        one = await self.identity(browser, 10)
        await browser.value(f"document.querySelector('#quarantine a[href$=\"/{one}\"]').click()")
        await browser.until(f"!document.getElementById('detail').hidden && document.getElementById('detail').textContent.includes('{one}')")
        own = await browser.value("document.getElementById('conversion')?.textContent || ''")
        check("the event's own story says where it is, and why", [] if own.startswith("quarantined mend it")
              and "custom_data.currency" in own and "currency_missing" in own else [own])
        moments = await browser.value("Array.from(document.querySelectorAll('.timeline .quarantined')).length")
        check("and when", [] if moments == 1 else [moments])
        await browser.shot(shots, "quarantine-event")
        await browser.value("location.hash = '#/held'")
        await browser.until(f"{TABLE}.length === 7")

        await self.open_form(browser, one)
        path = await browser.value("document.querySelector('.mend').elements.path.value")
        check("the form has the finding's path", [] if path == "custom_data.currency" else [path])
        await browser.shot(shots, "quarantine-edit")
        said = await self.write(browser, None, "no currency", "try")
        check("a bad value is told", [] if said and "refused again" in said else [said])
        await browser.shot(shots, "quarantine-refused")
        # the table is drawn anew every two seconds
        await browser.value("document.querySelector('.mend').elements.value.focus(); document.querySelector('.mend').elements.value.value = 'EU'")
        await asyncio.sleep(5)
        kept = await browser.value("document.querySelector('.mend').elements.value.value + ' ' + (document.activeElement.name || '')")
        check("what is being written stays", [] if kept == "EU value" else [kept])
        await browser.value("document.activeElement.blur()")
        await asyncio.sleep(5)
        kept = await browser.value("document.querySelector('.mend')?.elements.value.value")
        check("and stays without the focus", [] if kept == "EU" else [kept])
        said = await self.write(browser, None, "EUR", "try")
        check("a trial changes nothing", [] if said == "It would go on to Meta." and self.states().get("quarantined") == 5 else [said, self.states()])
        await browser.shot(shots, "quarantine-trial")
        said = await self.write(browser, None, "EUR", "send")
        check("the mended one leaves the list", [] if said is None else [said])
        await browser.until(f"{TABLE}.length === 6")
        await browser.shot(shots, "quarantine-sent")
        self.settle({"forwarded": 4, "quarantined": 4, "refused": 2, "replaced": 1})

        two = await self.identity(browser, 11)
        await self.open_form(browser, two)
        await self.write(browser, "custom_data.value", "49.9", "send")
        await browser.until(f"{TABLE}.length === 5")
        # Meta takes what it refused
        self.rig.control("DELETE", "faults")
        three = await self.identity(browser, 20)
        await browser.value(f"document.querySelector('[data-replay=\"{three}\"]').click()")
        await browser.until(f"{TABLE}.length === 4")
        await browser.shot(shots, "quarantine-replayed")
        self.settle({"forwarded": 6, "quarantined": 3, "refused": 1, "replaced": 3})
        there = {event["event_id"]: event["accepted"] for event in self.rig.events_at_emulator()}
        check("each is at the emulator, once", [(one, there.get(one)) for one in ("order-10", "order-11", "order-20") if there.get(one) != 1])

        await browser.key("t")
        await asyncio.sleep(0.5)
        await self.open_form(browser, await self.identity(browser, 13))
        await browser.shot(shots, "quarantine-dark")
        await browser.value("document.activeElement.blur()")
        await browser.key("t")
        await browser.size(*NARROW)
        await asyncio.sleep(1)
        await browser.value("document.getElementById('quarantine').scrollIntoView()")
        await browser.shot(shots, "quarantine-narrow")
        check("it fits a narrow window", [] if await browser.value(FITS) else ["it does not"])
        await browser.value("document.querySelector('.mend').scrollIntoView({ block: 'center' })")
        await browser.shot(shots, "quarantine-narrow-edit")
        fits = await browser.value("document.querySelector('.mend').getBoundingClientRect().right <= window.innerWidth")
        check("and so does the form", [] if fits else ["it does not"])
        await browser.size(*WIDE)
        check("markup from a shop has not run", ["it has"] if await browser.value(RAN) else [])

    async def read(self, browser):
        await self.held(browser, self.rig.secrets["CHAOS_READER"])
        await browser.shot(self.options.shots, "quarantine-reader")
        buttons = await browser.value("document.querySelectorAll('#held button').length")
        forms = await browser.value("document.querySelectorAll('#held form').length")
        self.check("who may only read sees no button, and no form", [buttons, forms] if buttons or forms else [])
        one = await self.identity(browser, 13)
        body = json.dumps(json.dumps({"set": {"event_time": int(time.time())}}))
        status = await browser.value(f"fetch('/v1/conversions/quarantine/{one}/edit', {{method: 'POST', body: {body}, headers: "
                                     "{'X-Touchstone': 'page', 'Content-Type': 'application/json'}}).then(answer => answer.status)")
        self.check("and is refused by the gateway", [] if status == 403 else [status])


if __name__ == "__main__":
    arguments = parser(__doc__)
    arguments.add_argument("--shots")
    arguments.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "chromium")
    sys.exit(play(Run(arguments.parse_args())))
