// The administrator's pages: trunks, phones, numbers and dial rules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, look, narrow, signedIn } from "./stage.mjs";

const row = (page, id) => page.locator(`tr[data-row="${id}"]`);

/** What every page has to be: without faults for axe by day and night, and without sideways scrolling at 320 px. */
async function fit(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await look(page, name.replaceAll(" ", "-"));
}

test("a trunk shows whether it is up and since when, its targets, its registration, its channels and its last problem in words", async (t) => {
  const page = await signedIn(t, "root", { at: "#/lines/trunks" });
  await row(page, "backup").locator(".badge", { hasText: "Down" }).waitFor();
  assert.match(await row(page, "carrier").textContent(), /Up.*for 1[01] days.*registered.*udp:198\.51\.100\.7:5060.*calls go here first.*udp:198\.51\.100\.8:5060.*it has not answered for 40 s.*\d+ of 30/s);
  assert.match(await row(page, "backup").textContent(), /not registered.*tls:192\.0\.2\.77:5061.*the certificate is for sip\.other\.example/s);
  await fit(page, "trunks");
});

test("phones show their contact and signs of life; the stations of an agent are tested by a call", async (t) => {
  const page = await signedIn(t, "root", { at: "#/lines/phones" });
  const jonas = page.locator("tr[data-row]", { hasText: "jonas" });
  await jonas.getByText("does not answer").waitFor();
  assert.match(await page.locator("tr[data-row]", { hasText: "ines-desk" }).textContent(), /desk phone of Inês Carvalho.*UDP.*198\.51\.100\.40:5062.*Yealink/s);
  await page.getByRole("searchbox").fill("snom");
  assert.equal(await page.locator("tr[data-row]").count(), 1);
  await page.getByRole("searchbox").fill("");
  await fit(page, "phones");
  await page.locator("tr[data-row]", { hasText: "hugo" }).waitFor({ state: "detached" });
  await page.locator("tr[data-row]", { hasText: "carla" }).getByRole("button", { name: "Stations" }).click();
  const box = page.getByRole("dialog", { name: "Where Carla Rossi can be rung" });
  await box.getByRole("button", { name: "Test call +493012345002" }).click();
  await box.getByText("is rung now").waitFor();
  await accessible(page, "the stations of an agent");
  await box.getByRole("button", { name: "Ring it" }).click();
  await box.getByText("The test call rings").or(box.getByRole("alert")).waitFor();
  await page.keyboard.press("Escape");
  await box.waitFor({ state: "detached" });
});

test("each number says where it leads; what is odd is flagged and found", async (t) => {
  const page = await signedIn(t, "root", { at: "#/lines/numbers" });
  await row(page, "+18005550100 called support ").getByText("Queue support").waitFor();
  await page.getByText("2 numbers to look at").waitFor();
  await page.getByLabel("Only what is odd").check();
  assert.equal(await page.locator("tr[data-row]").count(), 2);
  await page.getByText("Written as +493012345099, the same number leads to Rosa Medina.").waitFor();
  await fit(page, "numbers");
});

test("a number that is tried says whether it may be dialled, over which trunk and written how, and calls nobody", async (t) => {
  const page = await signedIn(t, "root", { at: "#/lines/dialling" });
  await page.getByRole("textbox", { name: "Number" }).fill("030 1234567");
  await page.getByLabel("Dialled by").selectOption("hugo");
  await page.getByRole("textbox", { name: "Number" }).press("Enter");
  const answer = page.locator('[data-tried="030 1234567"]');
  await answer.getByText("It may be dialled.").waitFor();
  assert.match(await answer.textContent(), /fixed line, DE.*\+49301234567, outside/s);
  assert.match(await answer.locator('[data-trunk="carrier"]').textContent(), /first.*0049301234567/s);
  assert.match(await answer.locator('[data-trunk="backup"]').textContent(), /It is down\./);
  await page.getByRole("textbox", { name: "Number" }).fill("+41 44 123 45 67");
  await page.keyboard.press("Enter");
  await page.getByText("It is not dialled.").waitFor();
  await page.getByText("no entry of dialling.allow allows it").waitFor();
  await page.getByText("+ -> 00").waitFor();
  await fit(page, "dial rules");
});

test("a supervisor looks at lines, and sees the numbers of his teams alone", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/lines/numbers" });
  await row(page, "+18005550100 called support ").waitFor();
  assert.equal(await page.locator("tr[data-row]", { hasText: "Lena Fischer" }).count(), 0);
});
