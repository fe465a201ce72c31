"""A visitor of the dashboard: a page of a real browser, which is at rest when it is looked at, and never met an error.

A screenshot is kept under `test-artefacts/screenshots`, by a name that stays the same, for people to look at.
"""

from pathlib import Path
from urllib.parse import urlencode, urlsplit

from playwright.sync_api import expect

SCREENSHOTS = Path(__file__).parents[2] / "test-artefacts" / "screenshots"
WIDE, NARROW = 1280, 390
HEIGHT = 900
READY_MS = 60_000
expect.set_options(timeout=READY_MS)  # on a busy machine pages take their time
# At an address below the root Streamlit finds its own root by asking where it is not, which browsers call an error.
NO_SUCH_BASE, PROBES = "404 (Not Found)", ("/_stcore/health", "/_stcore/host-config")
AT_REST = """() => {
    const app = document.querySelector('[data-testid=stApp]')
    return app?.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')
}"""
LET_IN_OR_REFUSED = "[data-testid=stAlert], [data-testid=stMain]:not(:has([aria-label='API key']))"
# All that scrolls is unfolded, so that one picture shows the whole page.
WHOLE_HEIGHT = "() => document.querySelector('[data-testid=stMainBlockContainer]')?.getBoundingClientRect().height ?? 0"


class Visitor:
    """A browser tab at the dashboard; what needs a key is opened with `key` (without one, sign-in is shown)."""

    def __init__(self, tab, url, key=None):
        self.tab, self.url, self.key = tab, url, key
        self.met = []  # errors that the browser told of since the last look
        tab.set_default_timeout(READY_MS)
        tab.on("console", self._hear)
        tab.on("pageerror", lambda error: self.met.append(str(error)))

    def _hear(self, line):
        place = line.location["url"]
        if line.type == "error" and not (NO_SUCH_BASE in line.text and urlsplit(place).path.endswith(PROBES)):
            self.met.append(f"{line.text} {place}")

    def open(self, path="", **view):
        """Load a page at an address with these parameters, as one who follows a link; gives the tab, at rest."""
        self.tab.goto(f"{self.url}/{path}" + (f"?{urlencode(view, doseq=True)}" if view else ""))
        self.rest()
        if self.key and self.tab.get_by_role("heading", name="Sign in", exact=True).count():
            self.sign_in(self.key)
        return self.tab

    def sign_in(self, key):
        """Hand in a key where the dashboard asks for one."""
        self.rest()  # a field that is drawn anew meanwhile would lose what is typed
        field = self.tab.get_by_label("API key")
        field.fill(key)
        field.press("Enter")
        expect(self.tab.locator(LET_IN_OR_REFUSED).first).to_be_attached()
        self.rest()

    def rest(self):
        """Wait until the page has been drawn, and see that neither it nor the browser met an error."""
        self.tab.wait_for_function(AT_REST)
        assert self.tab.get_by_test_id("stException").count() == 0, self.tab.get_by_test_id("stException").inner_text()
        assert not self.met, self.met

    def screenshot(self, name, width=WIDE, *, dark=False):
        """Keep a picture of the whole page at this width, in light or dark; gives the file."""
        self.tab.emulate_media(color_scheme="dark" if dark else "light")
        self.tab.set_viewport_size({"width": width, "height": HEIGHT})
        self.rest()
        height = max(HEIGHT, int(self.tab.evaluate(WHOLE_HEIGHT)) + 1)
        self.tab.set_viewport_size({"width": width, "height": height})
        self.rest()
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}-{width}{'-dark' if dark else ''}.png"
        self.tab.screenshot(path=file, animations="disabled")
        self.tab.set_viewport_size({"width": width, "height": HEIGHT})
        return file

    def screenshots(self, name):
        """Pictures of the page, wide and narrow, in light and dark."""
        return [self.screenshot(name, width, dark=dark) for width in (WIDE, NARROW) for dark in (False, True)]
