// The page that an agent works on: his day in short, on a stage with played phones (testserver/day.go).
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { registrar } from "./registrar.mjs";
import { accessible, base, look, narrow, opened, pictures, signedIn, signIn, signOut, stage, start, stop, watched } from "./stage.mjs";

const box = (page, name) => page.locator(`[data-box="${name}"]`);
const status = (page, word) => box(page, "status").locator(".now .chip", { hasText: word }).waitFor();
const choose = (page, name) => page.getByRole("group", { name: "Set my status" }).getByRole("button", { name, exact: true });
const acts = (page, name) => box(page, "call").getByRole("button", { name, exact: true });

// Each test has a stage of its own: what one leaves behind is nobody else's trouble.
beforeEach(async () => {
  await stop();
  await start();
});

/** Nina's page, as she has signed in, with a softphone that is registered. */
async function nina(t) {
  const page = await opened(t);
  await registrar(page.context(), "nina");
  await page.goto(base);
  await signIn(page, "nina");
  return page;
}

/** Nina at her desk: available everywhere, in no call. */
async function atDesk(t) {
  const page = await nina(t);
  await choose(page, "Available").click();
  await status(page, "Available");
  return page;
}

/** A customer whom nina has on the phone. */
async function inCall(page) {
  await stage("nina-rings");
  await box(page, "call").getByText("Incoming call").waitFor();
  await stage("nina-takes");
  await status(page, "In line");
}

/** The call ends, and its after-call work. */
async function over(page) {
  await stage("nina-over");
  await page.getByRole("button", { name: "Back to reception" }).click();
  await status(page, "Available");
}

test("an agent begins at his desk, not ready and away in every office, and sets his status", async (t) => {
  const page = await nina(t);
  await page.getByText("Softphone").locator("..").getByText("Ready").waitFor();
  assert.equal(await page.evaluate(() => location.hash), "#/agent");
  await status(page, "Not ready");
  await page.getByText("Available in 0 of 2 offices").waitFor();
  await accessible(page, "the desk");
  await choose(page, "Available").click();
  await status(page, "Available");
  await page.getByText("Available in 2 of 2 offices").waitFor();
  assert.equal(await choose(page, "Available").getAttribute("aria-pressed"), "true");

  await choose(page, "On break").click();
  await page.getByLabel("Reason").selectOption("Coffee");
  await page.getByLabel("Until").selectOption({ label: "in 15 minutes" });
  await accessible(page, "the break");
  await page.getByRole("button", { name: "Set on break" }).click();
  await status(page, "On break");
  assert.match(await box(page, "status").textContent(), /(14:5\d|15:00) left.*Coffee/s);

  await page.getByRole("group", { name: "Profile" }).getByRole("button", { name: /^Lunch/ }).click();
  await box(page, "status").filter({ hasText: /(29:5\d|30:00) left.*Lunch/s }).waitFor(); // he was on a break before
  await page.getByRole("group", { name: "Profile" }).getByRole("button", { name: "None" }).click();
  await choose(page, "Available").click();
  await status(page, "Available");
});

test("S51: an agent is away in one office and stays available in the other", async (t) => {
  const page = await atDesk(t);
  const lyon = page.getByRole("switch", { name: "Take calls of lyon" });
  await lyon.click();
  await page.getByText("Available in 1 of 2 offices").waitFor();
  assert.equal(await lyon.isChecked(), false);
  await status(page, "Available");
  await lyon.click();
  await page.getByText("Available in 2 of 2 offices").waitFor();
});

test("S49: who changed the status is shown, and a wish that saw something older is refused with what is true", async (t) => {
  const page = await atDesk(t);
  // The page is held back: the answer to its wish comes before the news that petra changed it.
  await page.route("**/api/v1/agents/nina/status", async (route) => {
    await stage("petra-sets");
    await route.continue();
  });
  await choose(page, "Not ready").click();
  await page.getByRole("alert").getByText("Not done: petra changed this meanwhile. Now it is: on break (Lunch).").waitFor();
  await page.unroute("**/api/v1/agents/nina/status");
  await status(page, "On break");
  await page.locator('[data-by="petra"]').getByText("Set by petra").waitFor();
  await look(page, "agent-stale");
  await page.locator("[data-stale]").getByRole("button", { name: "Dismiss" }).click();
  await stage("petra-frees");
  await status(page, "Available");
});

test("a call from ringing to after-call work: hold, recording, a booked break that is taken back", async (t) => {
  const page = await atDesk(t);
  await stage("nina-rings");
  const card = box(page, "call");
  await card.getByRole("heading", { name: "Blumen Hartmann" }).waitFor();
  await card.getByText("It rings at your softphone.").waitFor();
  await accessible(page, "a call that rings");
  await look(page, "agent-rings");
  await stage("nina-takes");
  await card.getByText("In a call").waitFor();
  await card.locator('[data-recording="on"]').getByText("Recorded").waitFor();
  await accessible(page, "a call");
  await pictures(page, "agent");
  await look(page, "agent-in-call");

  await acts(page, "Hold").click();
  await card.getByText("On hold: the customer hears music").waitFor();
  await acts(page, "Resume").click();
  await card.getByText("In a call").waitFor();
  await acts(page, "Pause the recording").click();
  await card.locator('[data-recording="paused"]').waitFor();
  await acts(page, "Go on recording").click();
  await card.locator('[data-recording="on"]').waitFor();

  await choose(page, "On break").click();
  await page.getByLabel("Reason").selectOption("Lunch");
  await page.getByRole("button", { name: "Set on break" }).click();
  await page.locator('[data-pending="on_break"]').getByText("After this call: on break (Lunch)").waitFor();
  await status(page, "In line");
  await page.getByRole("button", { name: "Take back" }).click();
  await page.locator("[data-pending]").waitFor({ state: "detached" });

  await stage("nina-over");
  await box(page, "acw").waitFor();
  await accessible(page, "after-call work");
  await look(page, "agent-acw");
  assert.match(await box(page, "acw").textContent(), /0:4\d.*until you are back, then available/s);
  await page.getByRole("button", { name: "Continue after-call work" }).click();
  await box(page, "acw").getByText("without a countdown").waitFor();
  assert.equal(await page.getByRole("button", { name: "Continue after-call work" }).count(), 0);
  await page.getByRole("button", { name: "Back to reception" }).click();
  await status(page, "Available");
  await box(page, "today").getByText("Blumen Hartmann").first().waitFor();
});

test("S44: after-call work that goes on for too long is flagged", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await stage("nina-over");
  await page.getByRole("button", { name: "Continue after-call work" }).click();
  await box(page, "acw").getByText("without a countdown").waitFor();
  assert.equal(await box(page, "acw").getAttribute("data-late"), "");
  await page.route("**/api/v1/agents", async (route) => {
    const answer = await route.fetch();
    const body = await answer.json();
    await route.fulfill({ json: { ...body, now: new Date(Date.parse(body.now) + 6 * 60_000).toISOString() } }); // as if it were later
  });
  await page.reload();
  await box(page, "acw").getByText("Longer than planned").waitFor();
  assert.equal(await box(page, "status").locator("[data-level]").getAttribute("data-level"), "red");
  await accessible(page, "after-call work that is too long");
  await look(page, "agent-acw-late");
});

test("an agent asks a colleague, talks all together, hands a call over, and transfers without asking", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await acts(page, "Ask somebody…").click();
  const pick = page.getByRole("dialog", { name: "Ask somebody" });
  await pick.locator('[data-colleague="omar"] [data-channel="chat"]').waitFor();
  assert.equal(await pick.locator('[data-colleague="vera"]').getAttribute("data-takes"), "false", "nothing rings for who is away");
  assert.equal(await pick.locator('[data-colleague="vera"] [data-channel="chat"]').getAttribute("data-greyed"), "true", "a Telagent does not chat");
  await accessible(page, "the colleagues");
  await look(page, "agent-pick");
  await narrow(page, "the colleagues");
  await pick.getByRole("button", { name: "Choose Omar Said" }).click();
  await pick.waitFor({ state: "detached" });
  const omar = box(page, "call").locator('[data-guest="omar"]');
  await omar.getByText("is asked, rings").waitFor();
  await stage("omar-takes");
  await omar.getByRole("button", { name: "Talk all together" }).click();
  await omar.getByText("conference").waitFor();
  await accessible(page, "a conference");
  await look(page, "agent-conference");
  await omar.getByRole("button", { name: "Send Omar Said away" }).click();
  await omar.waitFor({ state: "detached" });

  await acts(page, "Ask somebody…").click();
  await pick.getByRole("button", { name: "Choose Tess Moreau" }).click();
  await stage("tess-takes");
  await box(page, "call").locator('[data-guest="tess"]').getByRole("button", { name: "Hand over the call" }).click();
  await box(page, "acw").waitFor();
  await stage("nina-over");
  await page.getByRole("button", { name: "Back to reception" }).click();

  await inCall(page);
  await acts(page, "Transfer…").click();
  const transfer = page.getByRole("dialog", { name: "Transfer the call" });
  await transfer.getByLabel("Number").fill("nonsense");
  await transfer.getByRole("button", { name: "Call", exact: true }).click();
  await transfer.getByRole("alert").getByText(/is no agent, no queue and no number/).waitFor();
  await transfer.getByRole("button", { name: "Choose Uwe Krämer" }).click();
  await box(page, "call").getByText("Being handed on: the customer hears music").waitFor();
  await box(page, "call").getByRole("button", { name: "Do not hand on" }).click();
  await box(page, "call").getByText("In a call").waitFor();
  await over(page);
});

test("a call at the desk phone is held, handed on and ended from the page; the way back to the softphone is there", async (t) => {
  const page = await atDesk(t);
  await stage("petra-switches");
  await box(page, "places").getByText("You are reached at Desk phone nina-desk.").waitFor();
  await box(page, "places").getByRole("button", { name: "Test call: +493022330000" }).click();
  await box(page, "places").getByText("+493022330000 is being rung.").waitFor();
  await stage("nina-rings");
  await box(page, "call").getByText("It rings at your desk phone").waitFor();
  await stage("nina-desk");
  await status(page, "In line");
  await look(page, "agent-desk-phone");
  await acts(page, "Hold").click();
  await box(page, "call").getByText("On hold").waitFor();
  await acts(page, "Hang up").click();
  await page.getByRole("button", { name: "Back to reception" }).click();
  await page.getByRole("button", { name: "Return to the softphone" }).click();
  await page.getByRole("button", { name: "Return to the softphone" }).waitFor({ state: "detached" });
  await stage("nina-rings");
  await acts(page, "Decline").click();
  await status(page, "Available");
  await stage("nina-over");
});

test("what a supervisor does to the call is told", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await stage("petra-takes-back");
  await page.getByText("petra took the customer back to the queue.").waitFor();
  await stage("nina-over");
  await page.getByRole("button", { name: "Back to reception" }).click();
});

test("the connection goes: the page stays, says where the calls go on, and afterwards what happened", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await page.context().setOffline(true);
  const gone = page.locator('[data-gone="page"]');
  await gone.getByText("Your connection is gone.").waitFor();
  await gone.getByText(/Your calls go on at your desk phone nina-desk \(in \d+ s\)\./).waitFor();
  await box(page, "call").getByRole("heading", { name: "Blumen Hartmann" }).waitFor();
  await accessible(page, "the page without a connection");
  await look(page, "agent-gone");
  await acts(page, "Hold").click();
  await page.getByRole("alert").getByText("The gateway does not answer.").waitFor();
  await stage("petra-switches");
  await stage("nina-desk");
  await page.context().setOffline(false);
  const back = page.locator('[data-gone="over"]');
  await back.getByText(/You were cut off from .* Your call went on\. You are reached at Desk phone nina-desk now\./).waitFor();
  await accessible(page, "the page that is back");
  await look(page, "agent-back");
  await back.getByRole("button", { name: "Dismiss" }).click();
  await stage("nina-over");
  await page.getByRole("button", { name: "Back to reception" }).click();
  await page.getByRole("button", { name: "Return to the softphone" }).click();
});

test("who is cut off sees it, and what the policy does", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await stage("nina-silent");
  await page.locator('[data-gone="softphone"]').getByText("The gateway hears nothing from your softphone").waitFor();
  await status(page, "Cut off");
  await accessible(page, "the page of who is cut off");
  await look(page, "agent-cut-off");
  await stage("nina-back");
  await stage("nina-over");
  await page.getByRole("button", { name: "Back to reception" }).click();
  await status(page, "Available");
});

test("S54: two tabs are in step; the last one that closes stops the offers, and later makes away", async (t) => {
  const page = await atDesk(t);
  const second = watched(t, await page.context().newPage());
  await second.goto(base);
  await status(second, "Available");
  await choose(second, "Not ready").click();
  await page.locator(".now .chip", { hasText: "Not ready" }).waitFor({ timeout: 1000 });
  await choose(page, "Available").click();
  await second.locator(".now .chip", { hasText: "Available" }).waitFor({ timeout: 1000 });
  await second.close();
  await stage("grace");
  await inCall(page); // an offer comes: one tab is enough
  await over(page);

  const watch = await signedIn(t, "petra");
  await page.goto("about:blank"); // the last one closes
  await watch.waitForFunction(async () => (await (await fetch("/api/v1/agents/nina")).json()).page_closed);
  await stage("grace");
  await stage("nina-rings");
  await watch.locator(".waiting [data-call], [data-call]", { hasText: "Blumen Hartmann" }).first().waitFor();
  assert.match(await watch.locator('tr[data-agent="nina"]').textContent(), /Available/, "closing a page signs nobody off");
  await stage("nina-over");
  await stage("hour");
  await watch.locator('tr[data-agent="nina"]', { hasText: "Away" }).waitFor();
  await watch.locator('tr[data-agent="nina"]', { hasText: "idle too long" }).waitFor();
});

test("S54: a page that is closed in a call leaves the call alone, and signing out in one tab does so in all", async (t) => {
  const page = await atDesk(t);
  await inCall(page);
  await page.goto("about:blank");
  await stage("grace");
  await stage("hour");
  await page.goto(base);
  await status(page, "In line");
  await over(page);
  const second = watched(t, await page.context().newPage());
  await second.goto(base);
  await status(second, "Available");
  await signOut(second);
  await page.getByRole("heading", { name: "Sign in" }).waitFor();
  await signIn(page, "nina");
  await status(page, "Not ready");
});

test("everything is done with the keyboard alone; keys are told, and can be turned off", async (t) => {
  const page = await atDesk(t);
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("Hang up").waitFor();
  await accessible(page, "the keys");
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await inCall(page);
  await page.keyboard.press("Alt+h");
  await box(page, "call").getByText("On hold").waitFor();
  await page.keyboard.press("Alt+h");
  await box(page, "call").getByText("In a call").waitFor();
  await page.keyboard.press("Alt+t");
  const transfer = page.getByRole("dialog", { name: "Transfer the call" });
  await transfer.waitFor();
  await page.keyboard.press("Escape");
  await transfer.waitFor({ state: "detached" }); // a key that comes while a box is open is the box's
  await page.keyboard.press("?");
  await help.getByLabel("Use these keys on this page").uncheck();
  await help.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("Alt+x");
  await box(page, "call").getByText("In a call").waitFor();
  await page.getByRole("button", { name: "Keys (?)" }).click();
  await help.getByLabel("Use these keys on this page").check();
  await help.getByRole("button", { name: "Close" }).click();
  await page.keyboard.press("Alt+x");
  await box(page, "acw").waitFor();
  await page.keyboard.press("Alt+b");
  await status(page, "Available");

  // A break by Tab, Enter and arrows.
  await choose(page, "Not ready").focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.getByLabel("Reason").waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await status(page, "On break");
});

test("it fits a small phone, whatever the agent does", async (t) => {
  const page = await atDesk(t);
  await narrow(page, "the desk");
  await inCall(page);
  await narrow(page, "a call");
  await page.setViewportSize({ width: 360, height: 1200 });
  await look(page, "agent-narrow");
  await stage("nina-over");
  await box(page, "acw").waitFor();
  await narrow(page, "after-call work");
  await page.getByRole("button", { name: "Back to reception" }).click();
});
