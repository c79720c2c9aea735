// The softphone of a page: how it rings, is worked and set up, and what it does when its connection breaks. Real calls are in
// test/console.
import assert from "node:assert/strict";
import { test } from "node:test";
import { caller } from "./caller.mjs";
import { accessible, base, look, narrow, opened, signIn, watched } from "./stage.mjs";

/** A page of ana, whose softphone is registered. */
async function registered(t, options = {}) {
  const page = await opened(t, options);
  const gateway = await caller(page.context(), "ana");
  await page.goto(`${base}/#/monitoring`);
  await signIn(page, "ana");
  await gateway.until((g) => g.registered === 1);
  return { page, gateway };
}

const dock = (page) => page.locator(".softphone");

test("a call rings on whatever page is open, is answered, held, muted, keyed in and ended", async (t) => {
  const { page, gateway } = await registered(t);
  gateway.ring("Support", "+4915112345678");
  await dock(page).getByText("Incoming call").waitFor();
  await dock(page).getByText("+4915112345678").waitFor();
  await accessible(page, "a page where it rings");
  await look(page, "phone-rings");
  await narrow(page, "a page where it rings");
  await page.getByRole("button", { name: "Answer" }).click();
  await gateway.until((g) => g.asked.includes("200 INVITE"));
  await dock(page).getByText("In a call").waitFor();
  const mute = page.getByRole("button", { name: "Mute", exact: true });
  await mute.click();
  assert.equal(await page.getByRole("button", { name: "Unmute" }).getAttribute("aria-pressed"), "true");
  await page.getByRole("button", { name: "Keypad" }).click();
  await page.keyboard.press("4");
  await page.getByRole("button", { name: "Star" }).click();
  await page.getByText("Pressed: 4*").waitFor();
  await page.getByRole("button", { name: "Sound settings" }).click();
  await accessible(page, "a page with a call");
  await look(page, "phone-talks");
  await narrow(page, "a page with a call");
  await page.getByRole("button", { name: "Hang up" }).click();
  await gateway.until((g) => g.asked.includes("BYE"));
  await dock(page).waitFor({ state: "detached" });
});

test("a call that is declined says so to the gateway", async (t) => {
  const { page, gateway } = await registered(t);
  gateway.ring("", "anonymous");
  await dock(page).getByText("Number withheld").waitFor();
  await page.getByRole("button", { name: "Decline" }).focus();
  await page.keyboard.press("Enter");
  await gateway.until((g) => g.asked.includes("603 INVITE"));
  await dock(page).waitFor({ state: "detached" });
});

test("a call outlives its connection, which is made again at once; what is asked for meanwhile is sent then", async (t) => {
  const { page, gateway } = await registered(t);
  gateway.ring("Support", "+4915112345678");
  await page.getByRole("button", { name: "Answer" }).click();
  await dock(page).getByText("In a call").waitFor();
  gateway.cut(true);
  await dock(page).getByText("Connection lost").waitFor();
  await dock(page).getByText("In a call").waitFor();
  await page.getByRole("button", { name: "Hang up" }).click();
  gateway.mend();
  await gateway.until((g) => g.registered === 2 && g.asked.includes("BYE"));
});

test("a second tab shows the phone and works it, and has it when the first one goes", async (t) => {
  const { page, gateway } = await registered(t);
  const second = watched(t, await page.context().newPage());
  await second.goto(`${base}/#/monitoring`);
  await second.locator('main[data-loaded="true"]').waitFor();
  gateway.ring("Support", "+4915112345678");
  await second.getByText("The phone is in another tab").waitFor();
  await second.getByRole("button", { name: "Answer" }).click();
  await dock(page).getByText("In a call").waitFor();
  await dock(second).getByText("In a call").waitFor();
  await page.close();
  await gateway.until((g) => g.registered === 2 && g.asked.includes("regain"));
  gateway.ring("Support", "+4915112345678", ["Answer-Mode: Auto"]);
  await dock(second).getByText("In a call").waitFor();
});

test("an account that is worth nothing any more is asked for anew", async (t) => {
  const { gateway } = await registered(t);
  gateway.refuses = true;
  gateway.cut();
  await gateway.until((g) => g.accounts === 2);
  gateway.refuses = false;
  await gateway.until((g) => g.registered === 2);
});

test("a registration that failed just before the connection broke is made with the next one", async (t) => {
  const page = await opened(t);
  const gateway = await caller(page.context(), "ana");
  gateway.busy = true;
  await page.goto(`${base}/#/monitoring`);
  await signIn(page, "ana");
  await gateway.until((g) => g.asked.includes("503 REGISTER"));
  gateway.cut(true);
  gateway.busy = false;
  const tries = gateway.tries;
  await gateway.until((g) => g.tries >= tries + 5); // the pauses between them are longer than that before another REGISTER
  gateway.mend();
  await gateway.until((g) => g.registered === 1);
});

test("a microphone that opens after the call is over is closed again", async (t) => {
  const page = await opened(t);
  await page.addInitScript(() => {
    const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async (wish) => {
      await new Promise((go) => (globalThis.giveMicrophone = go));
      return (globalThis.microphone = await open(wish));
    };
  });
  const gateway = await caller(page.context(), "ana");
  await page.goto(`${base}/#/monitoring`);
  await signIn(page, "ana");
  await gateway.until((g) => g.registered === 1);
  gateway.ring("Support", "+4915112345678");
  await page.getByRole("button", { name: "Answer" }).click();
  await dock(page).getByRole("button", { name: "Cancel" }).click();
  await dock(page).waitFor({ state: "detached" });
  await page.evaluate(() => globalThis.giveMicrophone());
  await page.waitForFunction(() => globalThis.microphone?.getTracks().every((track) => track.readyState === "ended"));
});

test("a page that may not have the microphone says so in words, and the call rings on", async (t) => {
  const page = await opened(t);
  await page.addInitScript(() => {
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("Permission denied", "NotAllowedError"));
  });
  const gateway = await caller(page.context(), "ana");
  await page.goto(`${base}/#/monitoring`);
  await signIn(page, "ana");
  await gateway.until((g) => g.registered === 1);
  gateway.ring("Support", "+4915112345678");
  await page.getByRole("button", { name: "Answer" }).click();
  await page.getByText("The browser does not let this page use the microphone.").waitFor();
  await dock(page).getByText("Incoming call").waitFor();
  await accessible(page, "a page without a microphone");
  await look(page, "phone-denied");
});
