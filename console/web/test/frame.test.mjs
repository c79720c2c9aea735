// What stands around all pages: sign-in, navigation, appearance, several tabs.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, base, look, narrow, opened, signedIn, signIn, signOut, watched } from "./stage.mjs";

test("a wrong password is refused in a sentence, the right one shows the floor", async (t) => {
  const page = await opened(t);
  await page.goto(base);
  await page.getByLabel("User name").fill("boss");
  await page.getByLabel("Password").fill("wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("User name or password is wrong.").waitFor();
  await accessible(page, "the sign-in page");
  await narrow(page, "the sign-in page");
  await page.getByLabel("Password").fill("boss-password");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: /^Agents/ }).waitFor();
  assert.equal((await page.context().cookies()).find((c) => c.name === "telagent_session")?.httpOnly, true);
});

test("who is signed out stays so", async (t) => {
  const page = await signedIn(t, "ana");
  await signOut(page);
  await page.reload();
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("a supervisor begins on Monitoring, and comes there from an address that is no page", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/nowhere/at-all" });
  assert.equal(await page.evaluate(() => location.hash), "#/monitoring");
  assert.equal(await page.title(), "Monitoring – Telagent");
  assert.equal(await page.getByRole("navigation").getByRole("link", { name: /^Monitoring/ }).getAttribute("aria-current"), "page");
});

test("the appearance is chosen once for the browser, and its tabs follow", async (t) => {
  const page = await signedIn(t, "boss", { colorScheme: "light" });
  const back = (of) => of.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const day = await back(page);
  const second = watched(t, await page.context().newPage());
  await second.goto(base);
  await second.locator('main[data-loaded="true"]').waitFor();
  await page.locator('[data-menu="user"] > button').click();
  await accessible(page, "the user's menu");
  await narrow(page, "the user's menu");
  await look(page, "user-menu");
  await page.getByRole("radio", { name: "Dark" }).check();
  assert.notEqual(await back(page), day);
  await second.waitForFunction((was) => getComputedStyle(document.body).backgroundColor !== was, day);
  await page.reload();
  await page.locator('main[data-loaded="true"]').waitFor();
  assert.notEqual(await back(page), day, "it is remembered");
});

test("with the keyboard alone one skips to the page, opens the menu, leaves it and signs out", async (t) => {
  const page = await signedIn(t);
  await page.evaluate(() => document.activeElement?.blur());
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), "Skip to the page");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement?.tagName), "MAIN");
  const menu = page.locator('[data-menu="user"] > button');
  await menu.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Sign out" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Sign out" }).waitFor({ state: "detached" });
  assert.equal(await menu.evaluate((b) => b === document.activeElement), true, "the focus comes back");
  await page.keyboard.press("ArrowUp"); // from the end
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
});

test("S54: signing out in one tab signs out all, and signing in shows the pages in all", async (t) => {
  const page = await signedIn(t);
  const second = watched(t, await page.context().newPage());
  await second.goto(`${base}/#/monitoring`);
  await second.locator('main[data-loaded="true"]').waitFor();
  await signOut(page);
  await second.getByText("You signed out in another tab.").waitFor();
  await signIn(second, "boss");
  await page.locator('main[data-loaded="true"]').waitFor();
});

test("who signs out while the gateway does not answer is told that he is still signed in", async (t) => {
  const page = await signedIn(t);
  await page.route("**/api/v1/sign-out", (route) => route.abort("internetdisconnected"));
  await page.locator('[data-menu="user"] > button').click();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are still signed in.").waitFor();
  await page.unroute("**/api/v1/sign-out");
  await page.keyboard.press("Escape");
  await signOut(page);
});

test("a page that slept for longer than the stream may be quiet opens a new stream at once", async (t) => {
  const page = await opened(t);
  await page.clock.install();
  await page.goto(base);
  await signIn(page, "boss");
  const stream = page.waitForRequest("**/api/v1/events");
  await page.clock.pauseAt(new Date(Date.now() + 1000));
  await page.clock.setSystemTime(new Date(Date.now() + 60_000)); // the time of day went on, no timer did
  await page.clock.runFor(5000);
  await stream;
});
