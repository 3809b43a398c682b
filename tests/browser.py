# SPDX-License-Identifier: MIT
"""A headless Chromium that a test looks at pages with: its protocol over a pair of pipes, JSON texts that end with 0."""
import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

LIMIT = 60  # seconds for an answer


def find():
    return next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), None)


class Page:
    """A page in it. complaints: what it wrote to its console, and what it threw."""
    def __init__(self, write, read, url, width, height):
        self.write, self.read, self.rest, self.asked, self.session, self.complaints = write, read, b"", 0, None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Runtime.enable")
        self.call("Log.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Page.navigate", url=url)

    def message(self):
        while b"\0" not in self.rest:
            assert select.select([self.read], [], [], LIMIT)[0], "the browser says nothing"
            more = os.read(self.read, 1 << 16)
            assert more, "the browser is gone"
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\0")
        return json.loads(text)

    def call(self, method, **params):
        self.asked += 1
        text = {"id": self.asked, "method": method, "params": params}
        if self.session:
            text["sessionId"] = self.session
        data = json.dumps(text).encode() + b"\0"
        while data:
            data = data[os.write(self.write, data):]
        while True:
            said = self.message()
            if said.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"):
                if "willReadFrequently" not in str(said):  # that the test reads canvases
                    self.complaints.append(said["params"])
            if said.get("id") == self.asked:
                assert "error" not in said, (method, params, said)
                return said["result"]

    def value(self, script):
        """Of an expression, which may be a promise's."""
        done = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in done, (script, done)
        return done["result"].get("value")

    def wait(self, condition):
        end = time.monotonic() + LIMIT
        while not self.value(condition):
            assert time.monotonic() < end, (condition, self.complaints)
            time.sleep(0.05)

    def drawn(self):
        """After the frame that shows what was done last."""
        self.value("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(1))))")

    def mouse(self, kind, x, y):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=int(kind != "mouseReleased"),
                  clickCount=1)

    def drag(self, points):
        self.mouse("mousePressed", *points[0])
        for point in points[1:]:
            self.mouse("mouseMoved", *point)
        self.mouse("mouseReleased", *points[-1])

    def swipe(self, points):
        for kind, point in (("touchStart", points[0]), *(("touchMove", p) for p in points[1:])):
            self.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": point[0], "y": point[1]}])
        self.call("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def key(self, name, text=""):
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=name, **({"text": text} if kind == "keyDown" else {}))

    def downloads(self, folder):
        """Where files go that a page saves."""
        session, self.session = self.session, None  # it is the browser's
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=folder)
        self.session = session

    def scheme(self, name):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])
        self.drawn()

    def screenshot(self):
        """As a PNG file."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])


@contextlib.contextmanager
def page(url, width=1000, height=1400):
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # Its ends are to be 3 and 4.
        words = [find(), "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--remote-debugging-pipe",
                 f"--user-data-dir={folder}"]
        shell = f"exec 3</proc/self/fd/{theirs_in} 4>/proc/self/fd/{theirs_out}; exec \"$@\""
        with subprocess.Popen(["sh", "-c", shell, "sh", *words], pass_fds=(theirs_in, theirs_out),
                              stderr=subprocess.DEVNULL) as process:
            os.close(theirs_in)
            os.close(theirs_out)
            try:
                seen = Page(ours_out, ours_in, url, width, height)
                yield seen
                seen.session = None
                seen.call("Browser.close")
                process.wait(LIMIT)
            finally:
                process.kill()
                os.close(ours_in)
                os.close(ours_out)
