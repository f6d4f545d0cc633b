#!/usr/bin/env python3
"""The page in a browser without a window: a stored <script> does not run; pictures of every view.

    page.py URL TOKEN [--read TOKEN] [--shots DIR] [--chromium PATH]

Logs in by the form, as a person does, and drives the browser over its own debugging protocol (package `websockets`).
For every event it opens the detail, shows the bytes and looks whether any of what was sent has run: who sends the events before puts
`window.ran = 1` into a <script> or an attribute. With a token that may only read, the bytes must stay sealed. Then the window is narrow, then the
gateway is gone for the browser, then it is back. The policy is tried, too: markup from a text must be refused by the browser itself.
The control is a page that puts the same bytes into its markup: there it must have run, else the look proves nothing.
Exit code 0: nothing ran on the page, and it did run on the control page.
"""
import argparse
import asyncio
import base64
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request

import websockets


class Browser:
    """One tab of a headless Chromium."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp(prefix="touchstone-page-")
        self.process = subprocess.Popen(
            [program, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--remote-debugging-port=0",
             "--user-data-dir=" + self.folder, "--window-size=1440,900", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.number = 0
        self.events = []

    async def open(self):
        path = os.path.join(self.folder, "DevToolsActivePort")
        for _ in range(600):
            if os.path.exists(path) and open(path).read().count("\n") >= 1:
                break
            await asyncio.sleep(0.1)
        port = open(path).read().split("\n")[0]
        tabs = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json"))
        address = next(tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page")
        self.socket = await websockets.connect(address, max_size=None)
        for domain in ("Page", "Runtime", "Log", "Network"):
            await self.call(domain + ".enable")

    async def call(self, method, **parameters):
        self.number += 1
        number = self.number
        await self.socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(await asyncio.wait_for(self.socket.recv(), 60))
            if answer.get("id") == number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    async def value(self, expression):
        result = await self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True,
                                 allowUnsafeEvalBlockedByCSP=False)
        if "exceptionDetails" in result:
            raise RuntimeError(f"{expression}: {result['exceptionDetails']}")
        return result["result"].get("value")

    async def until(self, expression, seconds=30):
        end = time.monotonic() + seconds
        while not await self.value(expression):
            if time.monotonic() > end:
                raise RuntimeError("not within %d s: %s" % (seconds, expression))
            await asyncio.sleep(0.1)

    async def go(self, url):
        await self.call("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def key(self, key):
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key if len(key) == 1 and kind == "keyDown" else "")

    async def size(self, width, height):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    async def away(self, is_away):
        """The gateway is gone for the browser, or is there again."""
        await self.call("Network.emulateNetworkConditions", offline=is_away, latency=0, downloadThroughput=-1, uploadThroughput=-1)

    async def shot(self, folder, name):
        if folder:
            picture = await self.call("Page.captureScreenshot", format="png")
            with open(os.path.join(folder, name + ".png"), "wb") as file:
                file.write(base64.b64decode(picture["data"]))

    def complaints(self):
        """What the browser itself says went wrong: refused by the policy, errors of the script."""
        found = []
        for event in self.events:
            if event["method"] == "Log.entryAdded":
                found.append(event["params"]["entry"]["text"])
            elif event["method"] == "Runtime.exceptionThrown":
                found.append(event["params"]["exceptionDetails"]["text"])
        return found

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def serve(bodies):
    """A page that puts what was stored into its markup: what the page must never do."""

    class Careless(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            page = ("<!doctype html><title>control</title><pre>" + "</pre><pre>".join(bodies) + "</pre>").encode()
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"


RAN = "Boolean(window.ran) || document.title === 'run'"


WIDE, NARROW = (1440, 900), (400, 860)
ROWS = "document.getElementById('event-rows').children"
# what a page that is cut off or pushed apart shows: a document wider than its window
FITS = "document.documentElement.scrollWidth <= window.innerWidth"


async def log_in(browser, url, token):
    await browser.go(url)
    await browser.until("!document.getElementById('login').hidden || !document.getElementById('app').hidden")
    if await browser.value("document.getElementById('login').hidden"):
        await browser.value("document.getElementById('logout').click()")
        await browser.until("!document.getElementById('login').hidden")
    await browser.value(f"document.getElementById('token').value = {json.dumps(token)};"
                        "document.getElementById('login-form').requestSubmit()")
    await browser.until(f"!document.getElementById('app').hidden && {ROWS}.length > 0")
    await browser.until("document.getElementById('facets').children.length > 0")


async def open_event(browser, event):
    await browser.value(f"location.hash = '#/events/{event}'")
    await browser.until(f"!document.getElementById('detail').hidden && document.getElementById('detail').textContent.includes('{event}')")
    await browser.until("Boolean(document.getElementById('bytes'))")


async def look(browser, url, token, shots):
    """The bodies of what was looked at, and an event with a <script> in it."""
    await browser.size(*WIDE)
    await browser.go(url)
    await browser.until("!document.getElementById('login').hidden")
    await browser.shot(shots, "login")
    await log_in(browser, url, token)
    assert await browser.value("document.cookie") == "", "the script can read the session's cookie"
    await browser.shot(shots, "list")
    ids = await browser.value(f"Array.from({ROWS}).slice(0, 40).map(row => row.dataset.id)")
    # the oldest, too: whoever sends may begin with what is strangest
    await browser.value("document.getElementById('older').hidden || document.getElementById('older').click()")
    await asyncio.sleep(1)
    ids += await browser.value(f"Array.from({ROWS}).slice(-6).map(row => row.dataset.id)")
    bodies, marked, sample, tried = [], 0, None, False
    for place, event in enumerate(dict.fromkeys(ids)):
        await open_event(browser, event)
        if place == 0:
            await browser.shot(shots, "event")
        await browser.value("document.getElementById('show-bytes').click()")
        await browser.until("Boolean(document.getElementById('bytes-body')) || document.getElementById('bytes').textContent.includes('stored')")
        text = await browser.value("(document.getElementById('bytes-body') || {}).textContent || ''")
        bodies.append(json.dumps(json.loads(text.split("\n\n", 1)[1])).replace('\\"', '"') if "\n\n{" in text else text)
        if "<script" in text:
            marked += 1
            sample = sample or event
            if marked == 1:
                await browser.value("document.getElementById('bytes').scrollIntoView()")
                await browser.shot(shots, "event-bytes")
        if not tried and await browser.value("document.querySelector('.message table') !== null"):
            tried = True
            await browser.value("document.querySelector('.message').scrollIntoView()")
            await browser.shot(shots, "event-attempts")
        assert not await browser.value(RAN), f"what was stored in event {event} has run"
        assert await browser.value("document.querySelectorAll('#detail script, #detail img').length") == 0, "markup came into the page"
        assert await browser.value(FITS), f"event {event} pushes the page apart"
    await browser.shot(shots, "event-last")
    print(f"{len(bodies)} events looked at, {marked} with a <script> in their bytes")
    assert marked > 0, "no event holds a <script>: send some first"
    return bodies, sample


async def look_around(browser, shots):
    """The other views, every state, dark."""
    for view in ("held", "queues"):
        await browser.value(f"location.hash = '#/{view}'")
        await browser.until(f"document.getElementById('{view}').children.length > 0")
        await asyncio.sleep(0.5)
        await browser.shot(shots, view)
        assert not await browser.value(RAN)
        assert await browser.value(FITS), f"{view} pushes the page apart"
        await browser.value(f"document.getElementById('{view}').scrollTop = 1e6")
        await browser.shot(shots, view + "-end")
    if await browser.value("document.querySelector('#queues a[href*=queue]') !== null"):
        await browser.value("document.querySelector('#queues a[href*=queue]').click()")
        await browser.until("document.querySelectorAll('#queues table').length > 2")
        await browser.shot(shots, "queue-inside")
        assert not await browser.value(RAN)
    await browser.value("location.hash = '#/events?state=dead'")
    await browser.until("document.querySelector('[data-facet=state][aria-pressed=true]') !== null")
    for key in ("j", "Enter"):
        await browser.key(key)
    await asyncio.sleep(1)
    await browser.shot(shots, "dead-by-keys")
    await browser.value("location.hash = '#/events?entity=nobody'")
    await browser.until("document.getElementById('event-note').textContent.includes('No event')")
    await browser.shot(shots, "empty")
    await browser.value("location.hash = '#/events'")
    await browser.until(f"{ROWS}.length > 0")
    await browser.key("t")
    await browser.shot(shots, "list-dark")
    await browser.value("location.hash = '#/held'")
    await asyncio.sleep(1)
    await browser.shot(shots, "held-dark")
    await browser.key("t")


async def look_narrow(browser, sample, shots):
    await browser.size(*NARROW)
    for name, place in (("list", "#/events"), ("event", f"#/events/{sample}"), ("held", "#/held"), ("queues", "#/queues")):
        await browser.value(f"location.hash = '{place}'")
        await asyncio.sleep(1.5)
        await browser.shot(shots, "narrow-" + name)
        assert await browser.value(FITS), f"{name} is wider than a narrow window"
    await browser.size(*WIDE)


async def look_away(browser, shots):
    await browser.value("location.hash = '#/events'")
    await browser.until(f"{ROWS}.length > 0 && document.getElementById('away').hidden")
    await browser.away(True)
    await browser.until("!document.getElementById('away').hidden")
    await browser.shot(shots, "gone")
    assert await browser.value(f"{ROWS}.length") > 0, "what was shown is gone with the gateway"
    await browser.away(False)
    await browser.until("document.getElementById('away').hidden", 60)
    print("gone and back: the page says so, keeps what it has, and goes on by itself")


async def look_sealed(browser, url, token, sample, shots):
    """Who may only read sees everything but what people wrote, and no button that would be refused."""
    await log_in(browser, url, token)
    await open_event(browser, sample)
    await browser.value("document.getElementById('bytes').scrollIntoView()")
    await browser.shot(shots, "event-sealed")
    assert await browser.value("document.getElementById('show-bytes') === null && document.getElementById('retry') === null")
    assert not await browser.value("document.getElementById('detail').textContent.includes('<script')"), "bytes for who may only read"
    status = await browser.value(f"fetch('/v1/events/{sample}?bytes=show').then(answer => answer.status)")
    assert status == 403, status
    print("a token that may only read: the bytes stay sealed")


async def try_policy(browser):
    """Markup from a text and code from a text: each refused by the browser, whatever the page's script would do."""
    for attempt in ("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.ran = 1\">')",
                    "(() => { const made = document.createElement('script'); made.text = 'window.ran = 1'; document.body.append(made); })()",
                    "new Function('window.ran = 1')()"):
        refused = await browser.value(f"(() => {{ try {{ {attempt}; return false; }} catch (error) {{ return true; }} }})()")
        assert refused and not await browser.value(RAN), f"the policy lets through: {attempt}"
    print("policy: markup, scripts and code made of text are refused by the browser")


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("--read", help="a token that may only read")
    parser.add_argument("--shots")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser") or "chromium")
    given = parser.parse_args()
    if given.shots:
        os.makedirs(given.shots, exist_ok=True)
    browser = Browser(given.chromium)
    try:
        await browser.open()
        bodies, sample = await look(browser, given.url, given.token, given.shots)
        await look_around(browser, given.shots)
        await look_narrow(browser, sample, given.shots)
        if given.read:
            await look_sealed(browser, given.url, given.read, sample, given.shots)
        # 401: nobody is logged in yet; 403: what who may only read is told
        complaints = [text for text in browser.complaints() if "401" not in text and "403" not in text]
        assert not complaints, f"the browser complains: {complaints}"
        print("page: nothing that was stored has run, and the browser has no complaint")
        await look_away(browser, given.shots)
        await try_policy(browser)
        await browser.go(serve(bodies))
        assert await browser.value(RAN), "the control page did not run it either: this proves nothing"
        print("control: the same bytes in the markup of a careless page have run")
    finally:
        browser.close()


if __name__ == "__main__":
    asyncio.run(main())
