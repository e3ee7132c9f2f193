"""A headless Chromium by the WebDriver protocol, spoken directly: nothing to install beside the browser and its driver."""

import base64
import importlib.util
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

DRIVER, CHROMIUM = shutil.which("chromedriver"), shutil.which("chromium") or shutil.which("google-chrome")
MISSING = "" if DRIVER and CHROMIUM else "no Chromium with its driver: apt-get install chromium chromium-driver"
# axe-core (MPL-2.0), from a package that ships it; that package's own dependency, a second browser, is not needed.
_AXE = importlib.util.find_spec("axe_playwright_python")
NO_AXE = "" if _AXE else "no axe-core: python -m pip install --no-deps axe-playwright-python"
BREAKS = """
const options = {iframes: false, preload: false, resultTypes: ['violations']};
const told = ({html, any, all, none}) => `${html.slice(0, 120)}: ${[...any, ...all, ...none].map(one => one.message).join()}`;
return axe.run(document, options).then(({violations}) =>
  violations.flatMap(({id, impact, nodes}) => nodes.map(node => `${id} (${impact}): ${told(node)}`)));
"""
KEYS = {"ArrowLeft": "\ue012", "ArrowUp": "\ue013", "ArrowRight": "\ue014", "ArrowDown": "\ue015", "Tab": "\ue004"}
KEYS["Enter"] = "\ue007"


class Browser:
    """One window; a context manager."""

    def __init__(self, width=1200, height=900, dark=False):
        self.process = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        while "successfully on port" not in (line := self.process.stdout.readline()):
            assert line, "the driver did not start"
        port = line.split("on port")[1].strip(" .\n")
        self.base = f"http://127.0.0.1:{port}"
        options = {
            "binary": CHROMIUM,
            "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={width},{height}",
                     *(["--blink-settings=preferredColorScheme=0"] if dark else [])],
        }  # fmt: skip
        wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"}}
        self.base += "/session/" + self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self._call("DELETE", "")
        finally:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()

    def _call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from None

    def open(self, address):
        self._call("POST", "/url", {"url": address})

    def run(self, script, *arguments):
        """Return what a function body returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def resize(self, width, height):
        """Give the page itself these sizes, as a phone does."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": metrics})

    def appear(self, scheme):
        """Make the system light or dark."""
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": media})

    def run_printed(self, script):
        """Return what a function body returns of the page as it is printed."""
        self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}})
        try:
            return self.run(script)
        finally:
            self._call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": ""}})

    def press(self, *keys):
        """Press keys one after the other, in what has the focus."""
        actions = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def move(self, x, y, click=False):
        """Move the mouse to a place of the window, and click there."""
        actions = [{"type": "pointerMove", "duration": 0, "x": round(x), "y": round(y)}]
        actions += [{"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp")] if click else []
        self._call("POST", "/actions", {"actions": [{"type": "pointer", "id": "mouse", "actions": actions}]})

    def violations(self):
        """Return what axe-core finds wrong with the page that is open: contrast, labels, landmarks and the rest."""
        assert _AXE is not None, NO_AXE
        self.run((Path(_AXE.origin).parent / "axe.min.js").read_text(encoding="utf-8"))
        return self.run(BREAKS)

    def log(self, kind):
        return self._call("POST", "/se/log", {"type": kind})

    def requests(self):
        """Return the addresses that the page has asked for."""
        events = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [each["params"]["request"]["url"] for each in events if each["method"] == "Network.requestWillBeSent"]

    def wait(self, script, seconds=10):
        """Wait until a function body returns something true."""
        end = time.monotonic() + seconds
        while not (found := self.run(script)):
            assert time.monotonic() < end, script
            time.sleep(0.05)
        return found

    def screenshot(self, path):
        """Save the whole page as a picture."""
        shot = self._call("POST", "/goog/cdp/execute", {"cmd": "Page.captureScreenshot", "params": {}})
        Path(path).write_bytes(base64.b64decode(shot["data"]))
