// How one gets in, and the page of one's own account: password, second factor, sessions, tokens.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, test } from "node:test";
import { accessible, base, look, narrow, opened, pictures, signedIn, signIn, signOut, start, stop } from "./stage.mjs";

/** The code of a key (base32), some steps of 30 seconds from now: RFC 6238. */
function code(key, steps = 0) {
  const bits = [...key.replace(/\s/g, "")].map((c) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0")).join("");
  const bytes = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
  const at = Buffer.alloc(8);
  at.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const sum = createHmac("sha1", bytes).update(at).digest();
  const from = sum[19] & 15;
  return String((sum.readUInt32BE(from) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

const part = (page, name) => page.getByRole("region", { name });

/** Sets up a second factor on the page and gives its key and recovery codes. */
async function setUp(page, within) {
  await within.getByRole("button", { name: "Set up", exact: true }).click();
  const key = await page.locator("code").first().textContent();
  await page.getByRole("img", { name: "QR code of the key" }).waitFor();
  await accessible(page, "the steps to a second factor");
  await look(page, "second-factor");
  await page.getByLabel("Code that the app shows").fill("000000");
  await page.getByRole("button", { name: "Turn it on" }).click();
  await page.getByText("This code is wrong; check the clock of the device that shows it.").waitFor();
  await page.getByLabel("Code that the app shows").fill(code(key, -1));
  await page.getByRole("button", { name: "Turn it on" }).click();
  const codes = await page.locator("[data-codes] code").allTextContents();
  assert.equal(codes.length, 10);
  await look(page, "recovery-codes");
  return { key, codes };
}

test("a second factor is set up, asked for at sign-in, and removed", async (t) => {
  const page = await signedIn(t, "root", { at: "#/account" });
  const own = part(page, "Second factor");
  const { key, codes } = await setUp(page, own);
  await own.getByRole("button", { name: "I have kept them" }).click();
  await own.getByText("10 recovery codes are left").waitFor();
  await signOut(page);
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("root-password");
  await page.getByRole("button", { name: "Sign in" }).click();
  const field = page.getByLabel("Code of your second factor");
  await field.fill("123456");
  await accessible(page, "the second step of the sign-in");
  await narrow(page, "the second step of the sign-in");
  await look(page, "sign-in-code");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This code is wrong, or it was used already.").waitFor();
  await field.fill(code(key));
  await page.keyboard.press("Enter");
  await page.locator('main[data-loaded="true"]').waitFor();
  await signOut(page);
  await page.getByLabel("User name").fill("root");
  await page.getByLabel("Password").fill("root-password");
  await page.keyboard.press("Enter");
  await page.getByLabel("Code of your second factor").fill(codes[0]);
  await page.keyboard.press("Enter");
  await page.locator('main[data-loaded="true"]').waitFor();
  await page.goto(`${base}/#/account`);
  await part(page, "Second factor").getByText("9 recovery codes are left").waitFor();
  await part(page, "Second factor").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("The second factor was removed.").waitFor();
  await part(page, "Second factor").getByText("off", { exact: true }).waitFor();
});

test("the account shows where one is signed in, and ends it", async (t) => {
  const phone = await signedIn(t, "boss", { userAgent: "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0" });
  const desk = await signedIn(t, "boss", { userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36" });
  const page = await signedIn(t, "boss", { at: "#/account", userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36" });
  const own = part(page, "Sessions");
  await own.getByText("Chrome on Linux").waitFor();
  await part(page, "Tokens for scripts").getByRole("button", { name: "New token" }).click();
  await page.getByLabel("What is it for?").fill("wall board");
  await accessible(page, "the box of a token");
  await look(page, "token-box");
  await page.getByRole("dialog").getByRole("button", { name: "New token" }).click();
  const token = await page.locator("[data-token]").textContent();
  assert.match(token, /^telagent_/);
  await page.getByRole("button", { name: "Done" }).click();
  const me = await fetch(`${base}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await me.json()).user, "boss");
  await accessible(page, "the account");
  await narrow(page, "the account");
  await page.setViewportSize({ width: 1600, height: 1150 });
  await pictures(page, "account");
  await page.setViewportSize({ width: 360, height: 2000 });
  await look(page, "account-narrow");
  await page.setViewportSize({ width: 1600, height: 1000 });
  await own.getByRole("button", { name: /^End Firefox on Android/ }).click();
  await phone.getByRole("heading", { name: "Sign in" }).waitFor();
  await own.getByRole("button", { name: "End all others" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "End all others" }).click();
  await desk.getByRole("heading", { name: "Sign in" }).waitFor();
  await own.getByText("Chrome on Windows").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Revoke wall board" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("You have no token.").waitFor();
  assert.equal((await fetch(`${base}/api/v1/me`, { headers: { Authorization: `Bearer ${token}` } })).status, 401);
});

test("a password is changed with the keyboard alone, and the old one is good no more", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/account" });
  await page.getByLabel("Current password").focus();
  await page.keyboard.type("boss-password");
  await page.keyboard.press("Tab");
  await page.keyboard.type("password123");
  await page.keyboard.press("Tab");
  await page.keyboard.type("password123");
  await page.keyboard.press("Enter");
  await page.getByText("This password is one of those that are guessed first; take another one.").waitFor();
  await page.getByLabel("New password", { exact: true }).fill("a lucky new day");
  await page.getByLabel("New password again").fill("a lucky old day");
  await page.getByText("The two are not the same.").waitFor();
  await page.getByLabel("New password again").fill("a lucky new day");
  await page.keyboard.press("Enter");
  await page.getByText("Your password was changed").waitFor();
  await signOut(page);
  await page.getByLabel("User name").fill("boss");
  await page.getByLabel("Password").fill("boss-password");
  await page.keyboard.press("Enter");
  await page.getByText("User name or password is wrong.").waitFor();
  await page.getByLabel("Password").fill("a lucky new day");
  await page.keyboard.press("Enter");
  await page.locator('main[data-loaded="true"]').waitFor();
});

test("where a second factor is required, who has none sets it up before anything else; a provider that is away says so", async (t) => {
  await stop();
  await start("127.0.0.1:0", "-second-factor", "-issuer", "http://127.0.0.1:1");
  const page = await opened(t);
  await page.goto(base);
  await page.getByRole("link", { name: "Sign in with Example" }).click();
  await page.getByText("The provider cannot be reached.").waitFor();
  await accessible(page, "the sign-in page with a provider");
  await look(page, "sign-in-provider");
  await page.getByLabel("User name").fill("boss");
  await page.getByLabel("Password").fill("boss-password");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "Second factor" }).waitFor();
  await narrow(page, "the set-up of a second factor");
  await setUp(page, page);
  await page.getByRole("button", { name: "I have kept them" }).click();
  await page.locator('main[data-loaded="true"]').waitFor();
  const agent = await opened(t);
  await agent.goto(base);
  await signIn(agent, "ana");
});

after(stop);
