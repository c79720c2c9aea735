// The Monitoring page, played in headless Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, base, look, narrow, pictures, signedIn as entered, signIn, stage, start, stop } from "./stage.mjs";

async function signedIn(t, user = "boss", options = {}) {
  const page = await entered(t, user, { at: "#/monitoring", ...options });
  await page.locator("tr[data-agent]").first().waitFor();
  return page;
}

const caller = (page, name) => page.locator("[data-call]", { hasText: name });
const row = (page, id) => page.locator(`tr[data-agent="${id}"]`);
const ids = (page) => page.locator("tr[data-agent]").evaluateAll((rows) => rows.map((r) => r.dataset.agent));
const tickedIDs = (page) => page.locator("tr[data-agent]:has(input:checked)").evaluateAll((rows) => rows.map((r) => r.dataset.agent).sort());

test("the floor is shown in numbers, rows and waiting calls, and time goes on", async (t) => {
  const page = await signedIn(t);
  assert.equal((await ids(page)).length, 16);
  await page.locator('[data-tile="cut_off"] .value', { hasText: "1" }).waitFor();
  assert.equal(await page.locator('[data-tile="waiting"] .value').textContent(), "2");
  assert.match(await row(page, "jonas").textContent(), /Cut off/);
  assert.match(await row(page, "ana").textContent(), /Meyer GmbH/);
  assert.match(await row(page, "mia").textContent(), /Calling \+493012345011/);
  assert.match(await row(page, "carla").textContent(), /After-call work.*then on break.*left/s);
  assert.match(await row(page, "paul").textContent(), /Ringing/);
  assert.match(await caller(page, "Galerie Moreau").textContent(), /1:[1-5]\d/);
  const first = await row(page, "ana").locator(".time").textContent();
  await page.waitForFunction((was) => document.querySelector('tr[data-agent="ana"] .time').textContent !== was, first);
  await accessible(page, "the Monitoring page");
});

test("ticks stay with their agents through live updates, new orders and filters", async (t) => {
  const page = await signedIn(t);
  await row(page, "ben").getByRole("checkbox").check();
  await row(page, "hugo").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Status", exact: false }).first().click();
  const before = await ids(page);
  await stage("turn"); // available and not ready change places
  await page.waitForFunction(
    (was) => [...document.querySelectorAll("tr[data-agent]")].map((r) => r.dataset.agent).join() !== was.join(), before,
  );
  assert.deepEqual(await tickedIDs(page), ["ben", "hugo"]);
  await page.getByRole("searchbox").fill("billing");
  await page.getByText("2 ticked (1 hidden by the filter)").waitFor();
  assert.deepEqual(await tickedIDs(page), ["hugo"]);
  await page.getByRole("searchbox").fill("");
  assert.deepEqual(await tickedIDs(page), ["ben", "hugo"]);
  await page.getByLabel("Status", { exact: true }).selectOption("cut_off");
  assert.deepEqual(await ids(page), ["jonas"]);
  await page.getByLabel("Status", { exact: true }).selectOption("");
  await page.getByRole("button", { name: "Untick all" }).click();
  assert.deepEqual(await tickedIDs(page), []);
  await stage("turn");
});

test("a switch is planned, confirmed and told agent by agent, refusals included", async (t) => {
  const page = await signedIn(t);
  await row(page, "ana").getByRole("checkbox").check();
  await row(page, "david").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Switch to Telagent" }).click();
  const box = page.getByRole("dialog", { name: "Switch 2 agents to Telagent" });
  await box.getByText("1 of 2 can be moved now.").waitFor();
  assert.match(await box.locator('[data-plan="ana"]').textContent(), /\+493012345000.*The talk with \+491701234567 goes on/s);
  assert.match(await box.locator('[data-plan="david"]').textContent(), /David Lindqvist has no number/);
  await accessible(page, "the switch box");
  await box.getByRole("button", { name: "Switch 1 agent" }).click();
  const results = page.getByRole("dialog", { name: "Results" });
  await results.getByText("1 accepted, 1 refused.").waitFor();
  assert.equal(await results.locator('[data-result="david"]').getAttribute("data-code"), "no_number");
  await results.getByText("Calling +493012345000; waiting for an answer").waitFor();
  await row(page, "ana").getByText("Calling +493012345000").waitFor();
  await stage("answer");
  await results.getByText("Moved to +493012345000").waitFor();
  await accessible(page, "the results");
  await results.getByRole("button", { name: "Close" }).click();
  await row(page, "ana").getByText("Telagent", { exact: true }).waitFor();
});

test("S03: a box that is cancelled does nothing, and a single agent may be rung at a typed number", async (t) => {
  const page = await signedIn(t);
  await row(page, "david").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Switch to Telagent" }).click();
  const box = page.getByRole("dialog", { name: "Switch 1 agent to Telagent" });
  await box.getByText("Nothing can be done now.").waitFor();
  assert.equal(await box.getByRole("button", { name: "Switch 1 agent" }).isDisabled(), true);
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
  assert.equal(await page.getByRole("button", { name: "Switch to Telagent" }).evaluate((b) => b === document.activeElement), true, "the focus comes back");
  await page.getByRole("button", { name: "Switch to Telagent" }).click();
  await box.getByLabel("Ring another number").fill("+4989555000");
  await box.getByText("This agent can be moved now.").waitFor();
  await box.getByRole("button", { name: "Switch 1 agent" }).click();
  await page.getByText("Moved to +4989555000").first().waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Return to softphone" }).click();
  const back = page.getByRole("dialog", { name: "Return 1 agent to the softphone" });
  await back.getByRole("button", { name: "Return 1 agent" }).click();
  await page.getByRole("dialog", { name: "Results" }).getByText("Moved to softphone").waitFor();
});

test("a forced logout says what happens to each call before it is done", async (t) => {
  const page = await signedIn(t);
  await row(page, "mia").getByRole("checkbox").check();
  await row(page, "hugo").getByRole("checkbox").check();
  await page.getByRole("button", { name: "Force logout" }).click();
  const box = page.getByRole("dialog", { name: "Log out 2 agents" });
  await box.locator('[data-plan="mia"]').getByText("+441632960961 goes back to the queue billing and is served first.").waitFor();
  await box.locator('[data-plan="hugo"]').getByText("no call is touched").waitFor();
  await accessible(page, "the logout box");
  await box.getByRole("button", { name: "Log out 2 agents" }).click();
  await page.getByRole("dialog", { name: "Results" }).getByText("2 accepted.").waitFor();
  await page.getByRole("button", { name: "Close" }).click();
  await row(page, "mia").getByText("Offline").waitFor();
  assert.match(await row(page, "mia").textContent(), /logged out by supervisor, by boss/);
  await caller(page, "Harper & Sons").getByText("goes first").waitFor();
});

test("a supervisor listens to a call, whispers, barges in, and takes the call back to the queue", async (t) => {
  const page = await signedIn(t, "lena");
  const samir = row(page, "samir");
  await samir.getByText("with Rosa Medina (is asked)").waitFor();
  assert.match(await samir.textContent(), /Hafen Logistik.*Recorded.*on hold, advice is asked/s);
  assert.match(await row(page, "rosa").textContent(), /is asked.*with|Hafen Logistik.*is asked/s);
  await samir.getByRole("button", { name: "Call of Samir Haddou" }).click();
  const box = page.getByRole("dialog", { name: "Call of Hafen Logistik" });
  await box.getByText("Samir Haddou serves").waitFor();
  await accessible(page, "the box of a call");
  await box.getByRole("button", { name: "Listen" }).click();
  await box.getByText("Your phone rings.").waitFor();
  await box.locator('[data-guest="lena"]').getByText("listens, is being rung").waitFor();
  await stage("lena");
  await box.locator('[data-guest="lena"]').getByText("listens", { exact: true }).waitFor();
  await box.getByRole("button", { name: "Whisper to the agent" }).click();
  await box.locator('[data-guest="lena"]').getByText("whispers").waitFor();
  await box.getByRole("button", { name: "Barge in" }).click();
  await box.locator('[data-guest="lena"]').getByText("barged in").waitFor();
  await row(page, "lena").getByText("In line").waitFor();
  await box.getByRole("button", { name: "Leave the call" }).click();
  await box.locator('[data-guest="lena"]').waitFor({ state: "detached" });
  await box.getByRole("button", { name: "Take back to the queue" }).click();
  await box.getByText("Everybody is taken out of this call").waitFor();
  await box.getByRole("button", { name: "Cancel" }).click();
  await samir.getByText("In line").waitFor();
  await box.getByRole("button", { name: "Take back to the queue" }).click();
  await accessible(page, "the box that asks again");
  await box.getByRole("button", { name: "Yes, take it back" }).click();
  await samir.getByText("After-call work").waitFor();
  await box.getByRole("button", { name: "Hang up" }).click();
  await box.getByRole("button", { name: "Yes, hang up" }).click();
  await box.getByText("This call has ended.").waitFor();
  await box.getByRole("button", { name: "Close" }).click();
});

test("who has no phone is told why he cannot listen, and a refusal is shown", async (t) => {
  const page = await signedIn(t);
  await row(page, "ana").getByRole("button", { name: "Call of Ana Kovač" }).click();
  const box = page.getByRole("dialog", { name: "Call of Meyer GmbH" });
  await box.getByText("To listen you need a phone").waitFor();
  assert.equal(await box.getByRole("button", { name: "Barge in" }).count(), 0);
  await box.getByRole("button", { name: "Close" }).click();
  const lena = await signedIn(t, "lena");
  await row(lena, "jonas").getByRole("button", { name: "Call of Jonas Weber" }).click();
  const cut = lena.getByRole("dialog");
  await cut.getByRole("button", { name: "Listen" }).click();
  await cut.getByRole("alert").getByText("is not talking in this call now").waitFor();
});

test("columns are chosen: profile, offices, the words of another system; a long status has its colour", async (t) => {
  const page = await signedIn(t);
  await page.getByText("Columns", { exact: true }).click();
  await page.getByLabel("Profile").check();
  await page.getByLabel("Offices").check();
  await page.getByLabel("Status in the words of").selectOption("tencent");
  await page.getByRole("columnheader", { name: "In Tencent" }).waitFor();
  assert.match(await row(page, "elif").textContent(), /berlin, lyon \(away\)/);
  assert.equal(await row(page, "elif").locator('[data-label="Tencent"]').textContent() !== "", true);
  await accessible(page, "the page with more columns");
  await page.reload();
  await page.getByRole("columnheader", { name: "In Tencent" }).waitFor();
  assert.match(await row(page, "elif").locator(".time").getAttribute("class"), /amber/);
});

test("rows stay under the pointer while their order changes, and take it when the pointer goes", async (t) => {
  const page = await signedIn(t);
  await page.getByRole("button", { name: "Status", exact: true }).click();
  await row(page, "hugo").locator(".time").hover();
  const before = await ids(page);
  const was = await row(page, "greta").getAttribute("data-status");
  await stage("turn");
  await page.waitForFunction((was) => document.querySelector('tr[data-agent="greta"]').dataset.status !== was, was);
  assert.deepEqual(await ids(page), before);
  assert.equal(await page.locator("[data-holding]").getAttribute("data-holding"), "true");
  await page.getByRole("heading", { name: /^Agents/ }).hover();
  await page.waitForFunction((was) => [...document.querySelectorAll("tr[data-agent]")].map((r) => r.dataset.agent).join() !== was.join(), before);
  await stage("turn");
});

test("the filter stands in the address: team, office, queue, status, text and order", async (t) => {
  const page = await signedIn(t);
  await page.getByLabel("Team", { exact: true }).selectOption("billing");
  await page.getByLabel("Queue", { exact: true }).selectOption("billing");
  await page.getByRole("button", { name: "Device", exact: true }).click();
  await page.getByRole("searchbox").fill("a");
  await page.waitForFunction(() => location.hash === "#/monitoring/text=a&team=billing&queue=billing&order=device");
  const filtered = await ids(page);
  assert.ok(filtered.length > 1 && !filtered.includes("ana"));
  await page.reload();
  await page.locator("tr[data-agent]").first().waitFor();
  assert.deepEqual(await ids(page), filtered);
  await page.evaluate(() => (location.hash = "#/monitoring/office=lyon"));
  await page.waitForFunction(() => document.querySelectorAll("tr[data-agent]").length === 1);
  assert.deepEqual(await ids(page), ["elif"]);
  await page.getByRole("searchbox").fill("nobody at all");
  await page.getByRole("button", { name: "Clear the filter" }).click();
  await row(page, "ana").waitFor();
  for (const column of ["Agent", "Team", "Time", "Call", "Switch"]) {
    await page.getByRole("button", { name: column, exact: true }).click();
    await page.getByRole("columnheader", { name: column }).and(page.locator("[aria-sort]")).waitFor();
  }
});

test("a tile has the names behind its number, and shows them in the table", async (t) => {
  await stop();
  await start();
  const page = await signedIn(t);
  const tile = page.locator('[data-tile="no_phone"]');
  assert.equal(await tile.locator("[data-names]").textContent(), "Jonas Weber, Kemal Aydın");
  await tile.click();
  await page.waitForFunction(() => document.querySelectorAll("tr[data-agent]").length === 2);
  assert.deepEqual(await ids(page), ["jonas", "kemal"]);
  assert.match(await page.locator('[data-tile="longest"] [data-names]').textContent(), /\+491512345678, french/);
});

test("an agent in full: who set the status, signs of life, the audio of his call", async (t) => {
  const page = await signedIn(t);
  await row(page, "mia").getByText("Audio poor").waitFor();
  await row(page, "mia").getByRole("button", { name: "Mia Thompson", exact: true }).click();
  const box = page.getByRole("dialog", { name: "Mia Thompson" });
  await box.locator("[data-audio]").getByText(/MOS .*lost, jitter 42 ms, round trip 24 ms/).waitFor();
  await box.locator('[data-contact="mia"]').getByText(/last sign of life 0:\d\d ago/).waitFor();
  await accessible(page, "the box of an agent");
  await narrow(page, "the box of an agent");
  await look(page, "agent");
  await box.getByRole("button", { name: "Close" }).click();
  assert.equal(await row(page, "mia").getByRole("button", { name: "Mia Thompson", exact: true }).evaluate((b) => b === document.activeElement), true, "the focus comes back");
  await row(page, "jonas").getByRole("button", { name: "Jonas Weber", exact: true }).click();
  await page.locator('[data-contact="jonas"]').getByText("a sign of life is overdue").waitFor();
  await page.keyboard.press("Escape");
});

test("S52: everybody in an office is set away, and a refusal is shown", async (t) => {
  const page = await signedIn(t);
  await page.getByRole("button", { name: "Offices…" }).click();
  const box = page.getByRole("dialog", { name: "Offices" });
  const berlin = box.locator('[data-office="berlin"]');
  await berlin.getByRole("button", { name: "Set all away" }).click();
  await berlin.getByText("1 agent, 1 away").waitFor();
  await box.getByText("Everybody in berlin is away.").waitFor();
  await accessible(page, "the box of the offices");
  await look(page, "offices");
  await berlin.getByRole("button", { name: "Set all available" }).click();
  await box.getByRole("alert").getByText("You may not set others available.").waitFor();
});

test("an agent sees himself and has no supervisor's buttons", async (t) => {
  const page = await signedIn(t, "ana", { at: "#/monitoring" });
  assert.equal(await page.getByRole("checkbox", { name: /^Tick/ }).count(), 0);
  assert.deepEqual(await ids(page), ["ana"]);
  assert.equal(await page.getByRole("button", { name: "Force logout" }).count(), 0);
});

test("it looks right by day, by night and on a phone", async (t) => {
  await stop();
  await start();
  const page = await signedIn(t, "boss", { viewport: { width: 1440, height: 1000 } });
  await page.locator('[data-alarm="cut_off"]').waitFor();
  for (const id of ["ana", "jonas", "kemal"]) await row(page, id).getByRole("checkbox").check();
  await accessible(page, "the page with ticks");
  await page.evaluate(() => scrollTo(0, 0));
  await pictures(page, "monitoring");
  await narrow(page, "Monitoring");
  const lena = await signedIn(t, "lena", { viewport: { width: 1440, height: 1000 } });
  await lena.getByText("Columns", { exact: true }).click();
  await lena.getByLabel("Status in the words of").selectOption("sinch");
  await look(lena, "columns");
  await lena.keyboard.press("Escape");
  await row(lena, "samir").getByRole("button", { name: "Call of Samir Haddou" }).click();
  await look(lena, "call");
  const phone = await signedIn(t, "boss", { viewport: { width: 320, height: 700 } });
  await row(phone, "ana").getByRole("checkbox").check();
  await accessible(phone, "the page on a phone");
  await look(phone, "monitoring-phone");
  const wall = await signedIn(t, "boss", { viewport: { width: 2560, height: 1300 } });
  await look(wall, "monitoring-wall");
});

test("S63: an outage of a site is one alarm with one click, and one more brings everybody back", async (t) => {
  const page = await signedIn(t);
  await stage("outage");
  const alarm = page.locator('[data-alarm="site_down"]');
  await alarm.waitFor();
  await look(page, "outage");
  for (const name of ["David", "Elif", "Greta", "Noor", "Samir"]) assert.equal(await page.locator('[data-alarm="lost"]', { hasText: name }).count(), 0, `an alarm for ${name} alone`);
  await accessible(page, "the alarm of a site");
  await alarm.getByRole("button", { name: "Switch to Telagent" }).click();
  const box = page.locator('dialog[data-box="switch"]');
  await box.locator("tr[data-plan]").first().waitFor();
  const lost = await box.locator("tr[data-plan]").count();
  assert.ok(lost >= 3, `${lost} agents are planned`);
  await box.getByRole("button", { name: /^Switch \d+ agents$/ }).click();
  await box.locator("[data-result]", { hasText: "Moved to +49" }).first().waitFor();
  await look(page, "outage-box");
  await accessible(page, "the box of a mass switch");
  assert.equal(await box.locator("[data-result]", { hasText: "Moved to +49" }).count(), lost - 1, "one has no number");
  await box.getByRole("button", { name: "Undo" }).click();
  await box.locator("[data-result]", { hasText: "not registered" }).first().waitFor();
  await box.getByRole("button", { name: "Close" }).click();
  await stage("line");
  await alarm.waitFor({ state: "detached" });
  const back = page.locator('[data-alarm="site_back"]');
  await back.getByRole("button", { name: "Return to the softphones" }).click();
  await box.getByRole("button", { name: /^Return \d+ agents$/ }).click();
  await box.locator("[data-result]", { hasText: "softphone" }).first().waitFor();
  await box.getByRole("button", { name: "Close" }).click();
  await back.waitFor({ state: "detached" });
  assert.match(await row(page, "greta").textContent(), /Softphone/i);
});

test("a lost connection is told, and the page finds back by itself", async (t) => {
  const page = await signedIn(t);
  await page.context().setOffline(true);
  await page.getByText("Connection lost. Trying again").waitFor();
  await stage("turn");
  await page.context().setOffline(false);
  await page.getByText("Connection lost. Trying again").waitFor({ state: "detached" });
  await row(page, "greta").getByText("Available").waitFor();
});

test("a gateway that was started again asks to sign in and shows the floor again", async (t) => {
  const page = await signedIn(t);
  const { host } = new URL(base);
  await stop();
  await page.getByText("Connection lost. Trying again").waitFor();
  await start(host);
  await page.getByText("Your session has ended. Sign in again.").waitFor();
  await signIn(page, "boss");
  await row(page, "ana").waitFor();
});
