"""The report as people see it: in Chromium, headless, driven over chromedriver.

usage: page_in_browser_test.py [unittest arguments]; LAGSIM names the program.
Nothing of what is drawn is kept, unless REPORT_SCREENSHOTS names a folder.
"""

import base64
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

LAGSIM = os.environ["LAGSIM"]
HOSTILE = "</script><script>window.broken=1</script> \"q\" 'a' <img src=x onerror=window.broken=2>"
SCENARIO = f"""
apiVersion: lagsim/v1
kind: Scenario
metadata: {{name: {json.dumps(HOSTILE)}, description: "<b>bold</b> & </title>"}}
spec:
  duration: 20m
  replications: 3
  manifests: [so.yaml]
  topics: {{orders: {{partitions: 6}}}}
  producers:
    - {{topic: orders, rate: [{{for: 5m, hold: 100/s}}, {{for: 5m, hold: 900/s}}, {{for: rest, hold: 50/s}}]}}
  consumers: [{{group: {json.dumps(HOSTILE)}, serviceTime: 6ms}}]
  faults: [{{at: 4m, kind: pod-crash}}]
"""
SCALED_OBJECT = f"""
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {{name: so}}
spec:
  scaleTargetRef: {{name: d}}
  minReplicaCount: 2
  maxReplicaCount: 6
  triggers:
    - type: kafka
      metadata: {{bootstrapServers: "b:9092", consumerGroup: {json.dumps(HOSTILE)}, topic: orders, lagThreshold: "100"}}
"""


def browser(width=1200, scheme="light", scripts=True):
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                     "--disable-background-networking", f"--window-size={width},1000"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    driver.set_page_load_timeout(30)
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 600})
    driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    return driver


def requests(driver):
    """What the page asked any network for, itself left out."""
    urls = []
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            urls.append(message["params"]["request"]["url"])
    return [url for url in urls if not url.startswith(("file:", "data:", "chrome:", "about:"))]


class PageInBrowser(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        (cls.path / "s.yaml").write_text(SCENARIO)
        (cls.path / "so.yaml").write_text(SCALED_OBJECT)
        cls.lagsim("run", "s.yaml", "-o", "a.h5", "--progress", "never")
        cls.lagsim("report", "a.h5", "-o", "a.html")
        cls.lagsim("report", "a.h5", "a.h5", "-o", "two.html")

    @classmethod
    def lagsim(cls, *arguments):
        subprocess.run([LAGSIM, *arguments], cwd=cls.path, check=True, stdout=subprocess.DEVNULL)

    def open(self, page="a.html", **how):
        driver = browser(**how)
        self.addCleanup(driver.quit)
        driver.get((self.path / page).as_uri())
        return driver

    def picture(self, driver, name):
        folder = os.environ.get("REPORT_SCREENSHOTS")
        if folder:
            size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            shot = driver.execute_cdp_cmd("Page.captureScreenshot",
                                          {"captureBeyondViewport": True, "clip": {**size, "scale": 1}})
            pathlib.Path(folder, name + ".png").write_bytes(base64.b64decode(shot["data"]))

    def no_complaint(self, driver):
        self.assertEqual([entry["message"] for entry in driver.get_log("browser")], [])

    def fits(self, driver):
        width = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})
        self.assertLessEqual(width["cssContentSize"]["width"], width["cssLayoutViewport"]["clientWidth"])

    def test_asks_for_nothing_and_complains_of_nothing(self):
        for page in ("a.html", "two.html"):
            driver = self.open(page)
            self.no_complaint(driver)
            self.assertEqual(requests(driver), [])
            driver.quit()

    def test_fits_a_phone_and_a_desk_in_both_schemes(self):
        for width, scheme in ((390, "light"), (390, "dark"), (1200, "dark"), (1200, "light")):
            with self.subTest(width=width, scheme=scheme):
                driver = self.open(width=width, scheme=scheme)
                self.fits(driver)
                dark = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
                self.assertEqual(dark != "rgb(255, 255, 255)", scheme == "dark")
                self.no_complaint(driver)
                self.picture(driver, f"{width}-{scheme}")
                driver.quit()

    def test_hostile_names_are_text(self):
        driver = self.open()
        self.assertIsNone(driver.execute_script("return window.broken ?? null"))
        self.assertEqual(driver.find_element(By.TAG_NAME, "h1").text, HOSTILE)
        self.assertEqual(driver.find_elements(By.CSS_SELECTOR, "img, [onerror]"), [])
        self.assertEqual(driver.title, HOSTILE + " – lagsim report")

    def test_drag_zooms_all_charts_and_escape_shows_all_again(self):
        driver = self.open()
        boxes = driver.find_elements(By.CSS_SELECTOR, "div.live[data-source]")
        self.assertEqual(len(boxes), 3)
        scales = "return [...document.querySelectorAll('div.live[data-source]')].map(b => [b.chart.scales.x.min, b.chart.scales.x.max])"
        whole = driver.execute_script(scales)
        self.assertEqual(whole, [[0, 1200]] * 3)
        over = boxes[0].find_element(By.CSS_SELECTOR, ".u-over")
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", over)
        (ActionChains(driver).move_to_element_with_offset(over, -200, 0).click_and_hold()
         .move_by_offset(300, 0).release().perform())
        zoomed = driver.execute_script(scales)
        self.assertLess(zoomed[0][1] - zoomed[0][0], 600)
        self.assertEqual(zoomed[1:], zoomed[:1] * 2)
        boxes[0].send_keys(Keys.ESCAPE)
        self.assertEqual(driver.execute_script(scales), whole)
        boxes[1].send_keys("+")
        self.assertLess(driver.execute_script(scales)[0][1], 1200)
        self.no_complaint(driver)

    def test_hover_says_what_is_under_the_pointer(self):
        driver = self.open()
        tip = driver.find_element(By.CSS_SELECTOR, ".tip")
        for selector, words in (("[data-heat]", "records"), ("[data-owners]", "orders")):
            box = driver.find_element(By.CSS_SELECTOR, selector)
            driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", box)
            ActionChains(driver).move_to_element(box).perform()
            self.assertTrue(tip.is_displayed())
            self.assertIn(words, tip.text)
        over = driver.find_element(By.CSS_SELECTOR, "div.live .u-over")
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", over)
        ActionChains(driver).move_to_element(over).perform()
        values = [cell.text for cell in driver.find_elements(By.CSS_SELECTOR, "div.live .u-legend .u-value")]
        self.assertRegex(values[0], r"^\d+m")
        self.assertRegex(values[1], r"^\d")

    def test_is_complete_without_a_script(self):
        driver = self.open(scripts=False)
        for selector, least in (("svg.static", 3), ("svg.heat-map", 1), ("svg.latency", 2), ("svg.gantt", 1)):
            charts = driver.find_elements(By.CSS_SELECTOR, selector)
            self.assertGreaterEqual(len(charts), least, selector)
            for chart in charts:
                self.assertTrue(chart.is_displayed(), selector)
                self.assertGreater(len(chart.find_elements(By.CSS_SELECTOR, "path, rect")), 0, selector)
        self.assertEqual(driver.find_elements(By.CSS_SELECTOR, "canvas"), [])
        for box in driver.find_elements(By.CSS_SELECTOR, ".live"):
            self.assertFalse(box.is_displayed())
        summary = driver.find_element(By.XPATH, "//summary[text()='All decisions']")
        driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
        summary.click()
        self.assertIn("stays", driver.find_element(By.CSS_SELECTOR, "details[open] td:nth-child(3)").text)
        self.picture(driver, "without-script")

    def test_paper_has_the_pictures(self):
        driver = self.open()
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        shown = [chart.is_displayed() for chart in driver.find_elements(By.CSS_SELECTOR, "svg.static")]
        self.assertEqual(shown, [True] * 3)

    def test_every_chart_and_table_has_a_name(self):
        driver = self.open()
        nameless = driver.execute_script("""return [
          ...document.querySelectorAll('svg.chart:not([aria-label]), table:not(.u-legend, :has(caption)), section:not([aria-labelledby])')
        ].length + [...document.querySelectorAll('section')]
          .filter(s => !document.getElementById(s.getAttribute('aria-labelledby'))).length""")
        self.assertEqual(nameless, 0)

    def test_text_has_contrast(self):
        luminance = """const light = (c) => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
            .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
            return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
          const page = light(getComputedStyle(document.body).backgroundColor);
          return ['p.note', 'p.lead', '.card .label', '.card strong', '.up', '.warn b', 'summary']
            .map(s => document.querySelector(s)).filter(e => e).map(e => {
              const ink = light(getComputedStyle(e).color);
              return (Math.max(ink, page) + 0.05) / (Math.min(ink, page) + 0.05); });"""
        for scheme in ("light", "dark"):
            driver = self.open(scheme=scheme)
            self.assertGreaterEqual(min(driver.execute_script(luminance)), 4.5, scheme)
            driver.quit()


if __name__ == "__main__":
    unittest.main()
