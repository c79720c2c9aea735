// What every test of the pages needs: a server process that embeds the built files, a browser, somebody signed in, and the
// looks at what is shown. Run the tests with `npm run test:browser` after `npm ci`; they need Go and Chromium (CHROMIUM
// names another path than /usr/bin/chromium). With IMAGES=../../docs/img they renew the pictures of the documents; with
// LOOK=FOLDER they leave more of them there.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const here = fileURLToPath(new URL(".", import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Where the server of this test file listens. */
export let base;
let folder, server, browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "telagent-browser-"));
  execFileSync("go", ["build", "-o", join(folder, "testserver"), "./testserver"], { cwd: join(here, ".."), stdio: "inherit" });
  await start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
      "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    ],
  });
});

after(async () => {
  await browser?.close();
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts the server, anew after stop: everything on its stage is as at the beginning, and nobody is signed in. */
export async function start(listen = "127.0.0.1:0", ...flags) {
  server = spawn(join(folder, "testserver"), ["-listen", listen, ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  base = await new Promise((found, failed) => {
    server.stdout.once("data", (line) => found(String(line).trim()));
    server.once("exit", (code) => failed(new Error(`the test server ended with ${code}`)));
  });
}

/** Ends the server. */
export async function stop() {
  if (!server || server.exitCode !== null) return;
  const ended = new Promise((done) => server.once("exit", done));
  server.stdin.end();
  await ended;
}

/** Lets the stage play an act (testserver/stage.go); gives what it answers, if that is JSON. */
export async function stage(act) {
  const answer = await fetch(`${base}/stage/${act}`, { method: "POST" });
  const said = await answer.text();
  assert.ok(answer.ok, `${act}: ${said}`);
  return said ? JSON.parse(said) : undefined;
}

/** A page of its own session that nobody is signed in on. It fails the test on anything that the browser complains of. */
export async function opened(t, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1600, height: 1000 }, locale: "en-GB", ...options });
  t.after(() => context.close());
  return watched(t, await context.newPage());
}

/** Watches a page for complaints of the browser, and for requests to anybody else. */
export function watched(t, page) {
  page.setDefaultTimeout(10_000);
  const complaints = [];
  page.on("pageerror", (e) => complaints.push(String(e)));
  page.on("console", (m) => {
    const expected = /status of 40[0-9]|status of 412|status of 422|ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING/; // the tests bring these about
    if (m.type() === "error" && !expected.test(m.text())) complaints.push(m.text());
  });
  page.on("request", (r) => {
    if (!r.url().startsWith(base) && !/^(blob|data):/.test(r.url())) complaints.push(`asks ${r.url()}`);
  });
  t.after(() => assert.deepEqual(complaints, [], "the browser complained"));
  return page;
}

/** A page of its own session, signed in, at a place (such as "#/monitoring") or where the user begins. */
export async function signedIn(t, user = "boss", { at = "", ...options } = {}) {
  const page = await opened(t, options);
  await page.goto(`${base}/${at}`);
  await signIn(page, user);
  return page;
}

/** Fills the sign-in form and waits until a page is there with everything that it shows. */
export async function signIn(page, user) {
  await page.getByLabel("User name").fill(user);
  await page.getByLabel("Password").fill(`${user}-password`);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator('main[data-page][data-loaded="true"]').waitFor();
}

/** Signs out by the user's menu. */
export async function signOut(page) {
  await page.locator('[data-menu="user"] > button').click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
}

/** Fails when axe finds a fault in what is shown; by night too, when only the colours are others. */
export async function accessible(page, where) {
  await page.evaluate(axe);
  for (const [colorScheme, runOnly] of [["light", ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"]], ["dark", { type: "rule", values: ["color-contrast"] }]]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate((runOnly) => globalThis.axe.run({ runOnly }), runOnly);
    const told = violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ")}`);
    assert.deepEqual(told, [], `axe finds faults in ${where} (${colorScheme})`);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** Fails when the page is wider than a small phone's screen. */
export async function narrow(page, where) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 700 });
  const wide = await page.evaluate(() => {
    const over = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 320.5 && e.checkVisibility());
    return { width: document.documentElement.scrollWidth, over: over.slice(-3).map((e) => e.outerHTML.slice(0, 120)) };
  });
  assert.equal(wide.width, 320, `${where} is wider than a small phone: ${wide.over.join(" | ")}`);
  await page.setViewportSize(size);
}

/** Pictures of the page for the documents, by day and by night: NAME-light.png and NAME-dark.png. */
export async function pictures(page, name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.mouse.move(0, 0);
    await page.screenshot({ path: join(process.env.IMAGES ?? folder, `${name}-${colorScheme}.png`), animations: "disabled" });
  }
  await page.emulateMedia({ colorScheme: null });
}

/** A picture for whoever works on the pages: only with LOOK=FOLDER. */
export async function look(page, name) {
  if (process.env.LOOK) await page.screenshot({ path: join(process.env.LOOK, `${name}.png`), animations: "disabled" });
}
