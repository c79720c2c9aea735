// The Calls page, played in headless Chromium.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, look, narrow, pictures, signedIn as entered } from "./stage.mjs";

const signedIn = (t, at = "#/calls", options = {}) => entered(t, "boss", { at, ...options });
const table = (page, name) => page.getByRole("table", { name });
const ended = (page) => table(page, /Calls that ended/);

test("live calls and those that ended are listed, searched and read on", async (t) => {
  const page = await signedIn(t);
  await table(page, "Live calls").getByRole("link", { name: "Look at the call of Meyer GmbH" }).waitFor();
  await ended(page).getByRole("link", { name: "Look at the call of Brandt & Söhne" }).waitFor();
  assert.equal(await ended(page).locator("tbody tr").count(), 50);
  await page.getByRole("button", { name: "Show more" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#calls-ended ~ table tbody tr").length > 60);
  assert.equal(await page.getByRole("button", { name: "Show more" }).count(), 0);
  await look(page, "calls");
  await accessible(page, "the Calls page");
  await narrow(page, "the Calls page");

  await page.getByRole("searchbox", { name: "Number" }).fill("493055");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll("#calls-ended ~ table tbody tr").length === 1);
  assert.match(await ended(page).locator("tbody tr").textContent(), /Brandt & Söhne.*Greta Nowak.*hung up by customer.*1 switch.*recorded/s);
  assert.match(await page.getByRole("link", { name: "Save as CSV" }).getAttribute("href"), /number=493055.*format=csv/);
  await page.getByRole("button", { name: "Clear" }).click();
  await page.getByLabel("How it ended").selectOption("lost");
  await page.getByRole("button", { name: "Find" }).click();
  await page.waitForFunction(() => document.querySelectorAll("#calls-ended ~ table tbody tr").length === 1);
  await page.getByLabel("Agent", { exact: true }).selectOption("ben");
  await page.getByRole("button", { name: "Find" }).click();
  await page.getByText("No call that ended fits.").waitFor();
});

test("a call shows what each leg did, its switch with the gap, and its recording", async (t) => {
  const page = await signedIn(t, "#/calls/switched");
  const bar = page.getByRole("img", { name: /^Greta Nowak, softphone/ });
  await bar.waitFor();
  const said = await bar.getAttribute("aria-label");
  for (const part of ["rings 0:00 to 0:09", "on hold 1:20 to 1:44", "nothing is heard of it 2:45 to 3:02"]) assert.ok(said.includes(part), `${part}: ${said}`);
  assert.match(await page.getByRole("img", { name: /^\+493055500700/ }).getAttribute("aria-label"), /hears comfort audio 2:45 to 3:02, talks 3:02 to 5:00/);
  assert.match(await table(page, "Switches of the call").locator("tbody tr").textContent(), /3:02.*Greta Nowak.*\+493012345006.*boss.*23 ms.*41 ms.*38 ms/s);
  await accessible(page, "a call");
  await pictures(page, "call-legs");
  await narrow(page, "a call");
  await page.getByRole("button", { name: "Load the recording" }).click();
  await page.waitForFunction(() => document.querySelector("audio")?.duration > 1.9);
});

test("its SIP ladder is gone through by keys, and each message can be read without secrets", async (t) => {
  const page = await signedIn(t, "#/calls/switched/ladder");
  const list = page.getByRole("list", { name: /^Messages/ });
  const first = list.getByRole("button").first();
  await first.waitFor();
  assert.match(await first.getAttribute("aria-label"), /^0:00.000 INVITE, \+493055500700 to gateway, with a description of audio/);
  await first.focus();
  await page.keyboard.press("End");
  assert.match(await page.evaluate(() => document.activeElement.ariaLabel), /^5:00.050 200 OK .BYE., Greta Nowak/);
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  const message = page.getByRole("region", { name: "The message" }).locator("pre");
  assert.match(await message.textContent(), /^INVITE sip:.*Proxy-Authorization: \*\*\*.*a=crypto: \*\*\*/s);
  await list.getByRole("button", { name: /407 Proxy Authentication Required/ }).click();
  assert.match(await message.textContent(), /^SIP\/2.0 407/);
  const all = await list.getByRole("button").count();
  await page.getByLabel("Show what happened between the messages").uncheck();
  assert.equal(await list.getByRole("button").count(), 23);
  assert.ok(all > 40, `${all} rows with notes`);
  await page.getByLabel("Show what happened between the messages").check();
  await accessible(page, "a ladder");
  await pictures(page, "call-ladder");
  await narrow(page, "a ladder");
});

test("the audio is shown as charts and in figures", async (t) => {
  const page = await signedIn(t, "#/calls/switched/audio");
  await page.getByRole("img", { name: /^Loss/ }).locator("canvas").waitFor();
  assert.equal(await page.locator(".chart canvas").count(), 4);
  await page.locator("summary").click();
  assert.ok((await table(page, "The same in figures").locator("tbody tr").count()) > 100);
  assert.match(await table(page, "The same in figures").locator("tbody tr").nth(90).textContent(), /Greta Nowak, softphone/);

  await page.getByLabel("As the far side reports").check();
  await accessible(page, "the audio of a call");
  await page.getByLabel("As it came to the gateway").check();
  await page.evaluate(() => (document.querySelector("details").open = false));
  await pictures(page, "call-audio");
  await narrow(page, "the audio of a call");
});

test("a live call is looked at from the list, and one that is not there says so", async (t) => {
  const page = await signedIn(t);
  await table(page, "Live calls").getByRole("link", { name: "Look at the call of Meyer GmbH" }).click();
  await page.getByText("is live").waitFor();
  await page.getByRole("tab", { name: "SIP ladder" }).click();
  await look(page, "call-live");
  await page.getByRole("list", { name: /^Messages/ }).getByRole("button", { name: /INVITE/ }).first().waitFor();
  await page.getByRole("link", { name: "All calls" }).click();
  await table(page, "Live calls").waitFor();
  await page.goto(page.url().replace(/#.*/, "#/calls/none"));
  await page.getByText("This call is not there, or not yours to see.").waitFor();
  await accessible(page, "no call");
});

test("agents have no Calls page", async (t) => {
  const page = await entered(t, "ana");
  assert.equal(await page.getByRole("link", { name: "Calls" }).count(), 0);
});
