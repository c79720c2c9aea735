// The administrator's pages: agents, users, queues, profiles, offices, import; schedules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, look, narrow, signedIn } from "./stage.mjs";

const row = (page, id) => page.locator(`tr[data-row="${id}"]`);

async function fit(page, name) {
  await accessible(page, name);
  await narrow(page, name);
  await look(page, name.replaceAll(" ", "-"));
}

test("an agent is added, changed and removed, and every question is asked before he is", async (t) => {
  const page = await signedIn(t, "root", { at: "#/directory/agents" });
  await row(page, "ana").getByText("Ana Kovač").first().waitFor();
  await fit(page, "agents");
  await page.getByRole("button", { name: "Add agent" }).click();
  let box = page.getByRole("dialog", { name: "Add agent" });
  await box.getByLabel("Name", { exact: true }).fill("tom");
  await box.getByLabel("Full name").fill("Tom Berg");
  await box.getByLabel("Team", { exact: true }).fill("support");
  await box.getByLabel("Numbers, in the order to try").fill("+4930555777\n+4930555778");
  await box.getByLabel("support", { exact: true }).fill("2");
  await box.getByRole("button", { name: "Save" }).click();
  await row(page, "tom").getByText("support 2").waitFor();
  assert.match(await row(page, "tom").textContent(), /Tom Berg.*\+4930555777, \+4930555778.*Offline.*no password/s);
  await row(page, "tom").getByRole("button", { name: "Edit Tom Berg" }).click();
  box = page.getByRole("dialog", { name: "Edit agent tom" });
  await box.getByLabel("Offices").fill("berlin");
  await accessible(page, "the box of an agent");
  await narrow(page, "the box of an agent");
  await look(page, "agent-box");
  await box.getByRole("button", { name: "Save" }).click();
  await row(page, "tom").getByText("berlin").waitFor();
  await row(page, "tom").getByRole("button", { name: "Remove Tom Berg" }).click();
  await page.getByRole("dialog").getByText("His past calls stay in the history").waitFor();
  await page.keyboard.press("Escape");
  await row(page, "tom").getByRole("button", { name: "Remove Tom Berg" }).click();
  await page.getByRole("button", { name: "Remove the agent" }).click();
  await row(page, "tom").waitFor({ state: "detached" });
});

test("of two administrators the slower one sees both versions, and nothing is overwritten unseen", async (t) => {
  const slow = await signedIn(t, "root", { at: "#/directory/profiles" });
  const fast = await signedIn(t, "root", { at: "#/directory/profiles" });
  for (const page of [slow, fast]) await row(page, "Lunch").getByRole("button", { name: "Edit Lunch" }).click();
  const boxOf = (page) => page.getByRole("dialog", { name: "Edit profile Lunch" });
  await boxOf(slow).getByLabel("Lasts, seconds").fill("2700");
  await boxOf(fast).getByLabel("Lasts, seconds").fill("3600");
  await boxOf(fast).getByRole("button", { name: "Save" }).click();
  await boxOf(fast).waitFor({ state: "detached" });
  await boxOf(slow).getByRole("button", { name: "Save" }).click();
  await boxOf(slow).getByText("root changed this while you were editing").waitFor();
  assert.match(await boxOf(slow).locator('[data-differs="duration_s"]').textContent(), /3600.*2700/s);
  await accessible(slow, "the box of a conflict");
  await look(slow, "conflict");
  await boxOf(slow).getByRole("button", { name: "Save mine over it" }).click();
  await row(slow, "Lunch").getByText("45 min").waitFor();
  await fit(slow, "profiles");
});

test("a queue shows who waits and who serves it, and is set up with opening hours", async (t) => {
  const page = await signedIn(t, "root", { at: "#/directory/queues" });
  await row(page, "french").getByText(/\d waiting, longest/).click();
  await row(page, "french").getByText("Galerie Moreau").waitFor();
  await row(page, "french").getByText("Level 1: 2 agents").click();
  await row(page, "french").getByText("Elif Yıldız, Paul Schneider").waitFor();
  await fit(page, "queues");
  await page.getByRole("button", { name: "Add queue" }).click();
  const box = page.getByRole("dialog", { name: "Add queue" });
  await box.getByLabel("Name", { exact: true }).fill("spare");
  await box.getByLabel("Numbers that lead here").fill("+18005550100");
  await box.getByLabel("Week").fill("mon-fri 08:00-18:00");
  await box.getByLabel("Time zone").fill("Europe/Berlin");
  await box.getByRole("button", { name: "Save" }).click();
  await box.getByRole("alert").getByText("+18005550100 leads to the queue support already").waitFor();
  await box.getByLabel("Numbers that lead here").fill("+18005550109");
  await box.getByRole("button", { name: "Save" }).click();
  await row(page, "spare").getByText("mon-fri 08:00-18:00").waitFor();
});

test("users have roles, and nobody removes himself", async (t) => {
  const page = await signedIn(t, "root", { at: "#/directory/users" });
  await row(page, "boss").getByText("support, billing").waitFor();
  assert.equal(await row(page, "root").getByRole("button", { name: "Remove root" }).count(), 0);
  await page.getByRole("button", { name: "Add user" }).click();
  const box = page.getByRole("dialog", { name: "Add user" });
  await box.getByLabel("Name", { exact: true }).fill("walter");
  await box.getByLabel("Teams whose agents he sees").fill("support");
  await box.getByLabel("Password").fill("a long password");
  await box.getByRole("button", { name: "Save" }).click();
  await row(page, "walter").getByText("Supervisor").waitFor();
  await fit(page, "users");
});

test("everybody in an office is set away after a question, and one by one again", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/directory/offices" });
  const berlin = page.locator('[data-office="berlin"]');
  await berlin.getByText("0 of 1 away").waitFor();
  await fit(page, "offices");
  await berlin.getByRole("button", { name: "Set all away" }).click();
  const box = page.getByRole("dialog", { name: "Set everybody in berlin away" });
  await box.getByText("Elif Yıldız get no more calls").waitFor();
  await box.getByRole("button", { name: "Set all away" }).click();
  await berlin.getByText("1 of 1 away").waitFor();
  await berlin.getByText("away, by boss").waitFor();
});

test("an import is looked at before it is done, and complaints name their lines", async (t) => {
  const page = await signedIn(t, "root", { at: "#/directory/import" });
  await page.getByLabel("Directory", { exact: true }).fill("agents:\n  - {id: ana, queues: {wrong: 1}}\n");
  await page.getByRole("button", { name: "See what it would change" }).click();
  await page.getByText("1 complaint. Nothing of the file is applied.").waitFor();
  assert.match(await page.locator('[data-line="2"]').textContent(), /Line 2.*\{id: ana, queues: \{wrong: 1\}\}.*there is no queue/s);
  await accessible(page, "the complaints of an import");
  await page.getByLabel("Directory", { exact: true }).fill("agents: []\n");
  await page.getByRole("button", { name: "See what it would change" }).click();
  await page.getByText("2 entries would change; 14 stay as they are.").waitFor();
  await fit(page, "import");
  await page.getByRole("button", { name: "Apply 2 changes" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Apply 2 changes" }).click();
  await page.getByText("2 entries were changed.").waitFor();
});

test("a supervisor sees queues and offices of the directory, and changes no queue", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/directory/agents" });
  await page.getByRole("heading", { name: /^Queues/ }).waitFor();
  assert.equal(await page.getByRole("button", { name: /^(Add|Edit|Remove)/ }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Users and roles" }).count(), 0);
});
