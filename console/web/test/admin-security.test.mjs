// The administrator's pages: audit trail, bans, webhooks; policies and sites.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, base, look, narrow, signedIn } from "./stage.mjs";

const row = (page, id) => page.locator(`tr[data-row="${id}"]`);

async function fit(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await look(page, name.replaceAll(" ", "-"));
}

test("a ban is shown with its reason and lifted after a question, and the audit trail says who did it", async (t) => {
  const page = await signedIn(t, "root", { at: "#/security/bans" });
  await row(page, "198.51.100.23").getByText("12 wrong passwords within a minute").waitFor();
  await fit(page, "bans");
  await row(page, "2001:db8:66::/64").getByRole("button", { name: "Lift" }).click();
  const box = page.getByRole("dialog", { name: "Lift the ban of 2001:db8:66::/64" });
  await box.getByText("heard again at once").waitFor();
  await accessible(page, "the question before a ban is lifted");
  await box.getByRole("button", { name: "Lift the ban" }).click();
  await page.getByText("2001:db8:66::/64 is heard again.").waitFor();
  await row(page, "2001:db8:66::/64").waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByLabel("Action").selectOption("lift_ban");
  await page.getByRole("button", { name: "Find" }).click();
  const line = page.locator("tr[data-row]", { hasText: "lifted a ban" });
  await line.waitFor();
  assert.match(await line.textContent(), /root.*lifted a ban.*2001:db8:66::.*done/s);
});

test("the audit trail is filtered, read to its beginning, and exported as it is filtered", async (t) => {
  const page = await signedIn(t, "root", { at: "#/security/audit" });
  await page.locator("tr[data-row]").first().waitFor();
  await fit(page, "audit");
  await page.getByLabel("Who", { exact: true }).fill("boss");
  await page.getByLabel("Result").selectOption("done");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Find" }).click();
  await page.waitForFunction(() => [...document.querySelectorAll('tr[data-row] td[data-label="Who"]')].every((td) => td.textContent === "boss"));
  assert.ok((await page.locator("tr[data-row]").count()) > 1);
  await page.locator('[data-menu="export"] > button').click();
  const csv = await page.getByRole("link", { name: "CSV" }).getAttribute("href");
  assert.match(csv, /by=boss&result=done&format=csv/);
  const lines = (await (await page.context().request.get(base + csv)).text()).trim().split("\n");
  assert.equal(lines[0], "time,by,action,subject,result,detail");
  assert.equal(lines.length - 1, await page.locator("tr[data-row]").count());
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Show everything" }).click();
  while (await page.getByRole("button", { name: "Older lines" }).isVisible()) await page.getByRole("button", { name: "Older lines" }).click();
  await page.getByText("There is nothing older.").waitFor();
});

test("webhooks show how they fare, and a test says what came of it", async (t) => {
  const page = await signedIn(t, "root", { at: "#/security/webhooks" });
  await row(page, "sms").getByText("https://sms.example.com").waitFor();
  assert.doesNotMatch(await page.content(), /secret-path/);
  await fit(page, "webhooks");
  await page.getByRole("button", { name: "Test chat" }).click();
  await page.getByRole("alert").getByText(/^chat: /).waitFor(); // nobody listens there
});

test("a supervisor has the audit trail of his teams, and neither bans nor webhooks", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/security/bans" });
  await page.getByRole("heading", { name: /^Audit trail/ }).waitFor();
  assert.equal(await page.getByRole("link", { name: "Bans" }).count(), 0);
});

test("a supervisor decides what his team does by itself; sites he looks at", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/rules/policies" });
  await row(page, "billing").getByText("Supervisors are told").waitFor();
  assert.equal(await row(page, "leads").count(), 0);
  await fit(page, "policies");
  await row(page, "billing").getByRole("button", { name: "Edit billing" }).click();
  const box = page.getByRole("dialog", { name: "Edit policy of team billing" });
  await box.getByLabel("Whose softphone goes").selectOption("switch");
  await box.getByLabel("Grace time, seconds").fill("12");
  await box.getByLabel("Agents may sign on by phone").check();
  await accessible(page, "the box of a policy");
  await box.getByRole("button", { name: "Save" }).click();
  await box.waitFor({ state: "detached" });
  await row(page, "billing").getByText("Is switched to his phone by itself").waitFor();
  assert.match(await row(page, "billing").textContent(), /12 s.*open.*boss/s);
  await page.getByRole("link", { name: "Sites" }).click();
  await row(page, "Berlin").getByText("192.0.2.0/25").waitFor();
  assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
});

test("an administrator names a site, and removes one after a question", async (t) => {
  const page = await signedIn(t, "root", { at: "#/rules/sites" });
  await page.getByRole("button", { name: "Add site" }).click();
  const box = page.getByRole("dialog", { name: "Add site" });
  await box.getByLabel("Name").fill("Porto");
  await box.getByLabel("Networks").fill("198.51.100.0/24\n198.51.100.0/33");
  await box.getByRole("button", { name: "Save" }).click();
  await box.getByRole("alert").getByText('"198.51.100.0/33" is not a network').waitFor();
  await box.getByLabel("Networks").fill("198.51.100.0/24");
  await box.getByRole("button", { name: "Save" }).click();
  await row(page, "Porto").getByText("198.51.100.0/24").waitFor();
  await fit(page, "sites");
  await row(page, "Porto").getByRole("button", { name: "Remove Porto" }).click();
  await page.getByRole("dialog").getByText("raises an alarm for that network").waitFor();
  await page.getByRole("button", { name: "Remove the site" }).click();
  await row(page, "Porto").waitFor({ state: "detached" });
});
