#!/usr/bin/env python3
"""Drives the page of `segbench serve` in headless Chromium, as a person would, and checks what is seen.

    page.py SEGBENCH FOLDER    SEGBENCH is the built program; screenshots and a small run go to FOLDER

Needs Chromium, and of PyPI websocket-client, axe-core-python (for axe.min.js), openapi-spec-validator and schemathesis:
`make serve-page-test` installs them into an environment of its own.
"""

import base64
import json
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time
import urllib.request
import zlib

import axe_core_python
import websocket
from openapi_spec_validator import validate

SEGBENCH, FOLDER = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
AXE = (pathlib.Path(axe_core_python.__file__).parent / "axe.min.js").read_text()
failures = []


def check(holds, what):
    print(("ok   " if holds else "FAIL ") + what)
    if not holds:
        failures.append(what)


def segbench(*arguments):
    subprocess.run([SEGBENCH, *arguments], check=True, cwd=FOLDER, stdout=subprocess.DEVNULL)


class Browser:
    """One page of Chromium, over its DevTools protocol."""

    def __init__(self):
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={FOLDER}/browser", "about:blank"],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"ws://([\d.:]+)/", line):
                break
        pages = json.load(urllib.request.urlopen(f"http://{found[1]}/json"))
        page = next(page for page in pages if page["type"] == "page")
        self.socket = websocket.create_connection(page["webSocketDebuggerUrl"], timeout=60)
        self.number, self.complaints, self.requests = 0, [], []
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility", "DOM"):
            self.call(f"{domain}.enable")

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.note(message)

    def note(self, message):
        method, parameters = message["method"], message["params"]
        if method == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning"):
            self.complaints.append(str(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def run(self, script):
        """The value of a script, awaited."""
        result = self.call("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"]["exception"].get("description"))
        return result["result"].get("value")

    def wait(self, script, seconds=60):
        end = time.time() + seconds
        while not self.run(script):
            if time.time() > end:
                raise TimeoutError(f"not within {seconds} s: {script}; status: {self.run('document.getElementById(`status`).textContent')}")
            time.sleep(0.05)

    def key(self, key, code, number, **more):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=code, windowsVirtualKeyCode=number, **more)

    def screenshot(self, name, width, height, mobile=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)
        time.sleep(0.3)
        shot = self.call("Page.captureScreenshot", captureBeyondViewport=True)
        (FOLDER / f"{name}.png").write_bytes(base64.b64decode(shot["data"]))

    def upload(self, file):
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = self.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
        self.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)

    def axe(self, what):
        violations = self.run(AXE + "; axe.run(document, {resultTypes: ['violations']}).then((r) => r.violations.map((v) => "
                              "`${v.id}: ${v.help}: ${v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ').slice(0, 400)}`))")
        check(not violations, f"axe finds nothing: {what}" + "".join(f"\n       {v}" for v in violations))


def jpeg_photo():
    """The tests' photo that a phone stored turned."""
    return pathlib.Path(__file__).resolve().parent.parent / "ScenesTests/Fixtures/jpeg_reading/orientation_6.jpg"


def done(browser):
    """Waits until the last prediction is shown."""
    browser.wait("!document.getElementById('results').hidden && / ms\\./.test(document.getElementById('status').textContent)")


def serve(*arguments):
    process = subprocess.Popen([SEGBENCH, "serve", "--port", "0", *arguments], cwd=FOLDER, stderr=subprocess.PIPE, text=True)
    for line in process.stderr:
        if found := re.search(r"listening at (http://\S+/)", line):
            # Nobody reads the rest, which would fill the pipe.
            subprocess.Popen(["cat"], stdin=process.stderr, stdout=subprocess.DEVNULL)
            return process, found[1]
    sys.exit("the server ended")


def drive(browser, address):
    browser.call("Emulation.setDeviceMetricsOverride", width=1400, height=1000, deviceScaleFactor=1, mobile=False)
    browser.call("Page.navigate", url=address)
    browser.wait("document.readyState === 'complete'")
    done(browser)
    count = "document.querySelectorAll('#list button').length"
    check(browser.run(count) == 2, "the pictures of the test are listed")
    browser.wait("[...document.querySelectorAll('#list img')].every((image) => image.complete && image.naturalWidth > 0)")
    check(True, "each has a thumbnail")

    browser.run("document.querySelectorAll('#list button')[1].click()")
    done(browser)
    names = browser.run("[...document.querySelectorAll('#views figure')].map((f) => f.querySelector('span').textContent)")
    check(len(names) == 4 and names[:2] == ["Picture", "Truth"], f"picture, truth, prediction and errors are shown: {names}")
    colours = browser.run("""[...document.querySelectorAll('#views canvas')].map((canvas) => {
      const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
      const seen = new Set();
      for (let at = 0; at < data.length; at += 4) seen.add(data[at] << 16 | data[at + 1] << 8 | data[at + 2]);
      return seen.size; })""")
    check(colours[0] > 50 and 2 <= colours[1] <= 8 and 1 <= colours[2] <= 8 and colours[3] > 1, f"none of them is blank: {colours}")
    check(browser.run("document.querySelectorAll('#legend tbody tr').length") == 8, "the legend has every class")
    browser.screenshot("wide", 1400, 1000)
    browser.axe("a prediction, light")

    # As with the keyboard: the slider between the two views.
    browser.run("document.getElementById('wipe').focus()")
    before = browser.run("document.getElementById('over').style.clipPath")
    for _ in range(5):
        browser.key("ArrowRight", "ArrowRight", 39)
    check(browser.run("document.getElementById('over').style.clipPath") != before, "the arrow keys move the slider")
    browser.run("document.querySelectorAll('#list button')[0].focus()")
    browser.key("Enter", "Enter", 13, text="\r")
    browser.wait("document.querySelectorAll('#list button')[0].getAttribute('aria-pressed') === 'true'")
    done(browser)
    check(True, "Enter chooses a picture")
    reached = set()
    browser.run("document.activeElement.blur()")
    for _ in range(60):
        browser.key("Tab", "Tab", 9)
        reached.add(browser.run("document.activeElement.id || document.activeElement.tagName"))
    needed = {"language", "theme", "file", "split", "modelA", "modelB", "weather", "drive", "wipe"}
    check(needed <= reached, f"Tab reaches every control; not {needed - reached}")

    def choose(control, value):
        browser.run(f"(() => {{ const c = document.getElementById('{control}'); c.value = '{value}'; c.dispatchEvent(new Event('input')); "
                    "c.dispatchEvent(new Event('change')); document.getElementById('status').textContent = ''; })()")
        done(browser)

    pixels = "document.querySelector('#views canvas').toDataURL()"
    clear = browser.run(pixels)
    choose("weather", "fog")
    choose("severity", "5")
    check(browser.run(pixels) != clear, "under fog the picture is another")
    choose("modelB", "forest")
    names = browser.run("[...document.querySelectorAll('#views figure')].map((f) => f.querySelector('span').textContent)")
    check(len(names) == 6 and any("forest" in name for name in names), f"two models stand beside each other: {names}")
    check(browser.run("document.querySelectorAll('#cards .card').length") == 6, "each with its scores and time")
    browser.screenshot("fog", 1400, 1200)
    choose("modelA", "forest")
    check(browser.run("document.getElementById('status').textContent").count("forest") == 2, "the model can be changed")

    choose("weather", "clean")
    choose("modelB", "")
    browser.run("document.getElementById('status').textContent = ''")
    browser.upload(jpeg_photo())
    done(browser)
    names = browser.run("[...document.querySelectorAll('#views figure')].map((f) => f.querySelector('span').textContent)")
    check(names == ["Picture", "Prediction"], f"a JPEG that is uploaded is predicted: {names}")
    shown = browser.run("(() => { const c = document.getElementById('under'); return [c.width, c.height]; })()")
    check(shown[0] > 0 and shown[1] > 0, f"at its own size, {shown}")
    bad = FOLDER / "bad.jpg"
    bad.write_bytes(b"GIF89a no picture")
    complaints = list(browser.complaints)
    browser.upload(bad)
    browser.wait("document.getElementById('status').className === 'bad'")
    check("GIF" in browser.run("document.getElementById('status').textContent"), "what is no picture is refused with the reason")
    # The browser itself notes the status 422.
    browser.complaints = complaints

    browser.run("document.querySelectorAll('#list button')[0].click()")
    done(browser)
    browser.run("document.querySelector('#legend tbody button').click()")
    check(browser.run("document.querySelectorAll('#legend [aria-pressed=true]').length") == 1, "a class can be seen alone")
    browser.run("document.querySelector('#legend tbody button').click()")
    browser.run("document.getElementById('language').click()")
    check(browser.run("document.documentElement.lang") == "fr" and "Vérité" in browser.run("document.getElementById('views').textContent"),
          "the page speaks French")
    browser.run("document.getElementById('theme').click()")
    browser.axe("a prediction, dark, French")
    browser.screenshot("dark", 1400, 1000)
    browser.screenshot("phone", 390, 844, mobile=True)
    check(browser.run("document.documentElement.scrollWidth <= window.innerWidth"), "nothing is cut off at a phone's width")
    browser.axe("a phone")
    tree = browser.call("Accessibility.getFullAXTree")["nodes"]
    unnamed = [node["role"]["value"] for node in tree if not node.get("ignored")
               and node["role"]["value"] in ("button", "combobox", "slider", "image", "link")
               and not node.get("name", {}).get("value")]
    # Thumbnails stand beside their ids.
    check(not unnamed, f"every control and picture has a name for screen readers: {unnamed}")
    choose_count = browser.run("new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size === document.querySelectorAll('[id]').length")
    check(choose_count, "ids are unique")
    browser.run("document.getElementById('split').value = 'train'; document.getElementById('split').dispatchEvent(new Event('change'))")
    browser.wait(f"{count} === 8")
    browser.run("document.getElementById('drive').click()")
    browser.wait("document.querySelectorAll('#list button')[2].getAttribute('aria-pressed') === 'true'")
    browser.run("document.getElementById('drive').click()")
    check(True, "Drive goes through the pictures")
    time.sleep(1)
    outside = [url for url in browser.requests if not url.startswith((address, "data:", "blob:", "about:"))]
    check(not outside, f"nothing is loaded from elsewhere: {outside}")
    check(not browser.complaints, f"the console says nothing: {browser.complaints}")


def token(browser):
    secret = "a-token-that-nobody-guesses"
    process, address = start_with_token(secret)
    browser.call("Page.navigate", url=address)
    browser.wait("document.getElementById('ask')?.open")
    browser.axe("the token is asked for")
    browser.run(f"document.getElementById('token').value = '{secret}'; document.querySelector('#ask button').click()")
    done(browser)
    check(True, "with the token the page works")
    stop(process)


def start_with_token(secret):
    (FOLDER / "token").write_text(secret)
    return serve("--run", "unet-mini", "--data", "data", "--token-file", "token")


def stop(process):
    process.send_signal(signal.SIGTERM)
    check(process.wait(60) == 0, "the server stops when it is asked to")


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    if not (FOLDER / "forest/scores.json").exists():
        segbench("data", "synthesize", "--out", "data", "--count", "10", "--size", "256x128")
        segbench("train", "unet-mini", "--data", "data", "--run", "unet-mini", "--set", "epochs=3", "--set", "size=128x64", "--quiet")
        segbench("train", "random-forest", "--data", "data", "--run", "forest", "--set", "size=128x64", "--quiet")
    process, address = serve("--run", "unet-mini", "--run", "forest", "--data", "data")
    browser = Browser()
    try:
        drive(browser, address)
        document = json.load(urllib.request.urlopen(address + "openapi.json"))
        validate(document)
        check(True, "openapi.json is OpenAPI 3.1")
        outcome = subprocess.run(
            [pathlib.Path(sys.executable).parent / "schemathesis", "run", address + "openapi.json", "--max-examples", "30",
             "--seed", "1", "--exclude-checks", "positive_data_acceptance,unsupported_method", "--workers", "2"],
            cwd=FOLDER, capture_output=True, text=True)
        check(outcome.returncode == 0, "schemathesis finds no answer that the description doesn't have"
              + ("" if outcome.returncode == 0 else "\n" + outcome.stdout[-6000:]))
        stop(process)
        token(browser)
    finally:
        process.kill()
        browser.process.kill()
    if failures:
        sys.exit(f"{len(failures)} of the page's tests failed")
    print("the page works")


main()
