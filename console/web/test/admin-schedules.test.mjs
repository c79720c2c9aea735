// The schedules as a week, by the clock on the wall.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, look, narrow, signedIn } from "./stage.mjs";

const row = (page, id) => page.locator(`[data-list="schedules"] tr[data-row="${id}"]`);
const week = (page) => page.locator("[data-week]");

test("the week shows each agent's sessions by the clock of the zone that is chosen, and teams together", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/schedules", timezoneId: "Europe/Berlin" });
  await row(page, "Night on call").getByText("22:00 – 06:00").waitFor();
  await page.getByRole("button", { name: "Week after" }).click();
  const ana = week(page).locator('tr[data-row="ana"] [data-schedule="Early shift"]');
  await ana.first().waitFor();
  assert.equal(await ana.count(), 7);
  assert.match(await ana.first().textContent(), /06:00 – 14:00/);
  const nights = week(page).locator('tr[data-row="farid"] [data-schedule="Night on call"]');
  assert.equal(await nights.count(), 14, "a night is on two days");
  await page.getByLabel("Rows").selectOption("team");
  await week(page).locator('tr[data-row="support"]').getByText("Early shift, 2 agents").first().waitFor();
  await page.getByLabel("Rows").selectOption("agent");
  await accessible(page, "schedules");
  await narrow(page, "schedules");
  await look(page, "schedules");
  await page.getByLabel("Shown in").selectOption("UTC");
  await week(page).locator('tr[data-row="ana"]').getByText(/0[45]:00 – 1[23]:00/).first().waitFor();
});

test("a schedule is added, changed and removed, with a number of its own for a member", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/schedules", timezoneId: "Europe/Berlin" });
  await page.getByRole("button", { name: "Add schedule" }).click();
  const box = page.getByRole("dialog", { name: "Add schedule" });
  await box.getByLabel("Name", { exact: true }).fill("Weekend");
  for (const day of ["Mon", "Tue", "Wed", "Thu", "Fri"]) await box.getByLabel(day).uncheck();
  for (const day of ["Sat", "Sun"]) await box.getByLabel(day).check();
  await box.getByLabel("Start").fill("10:00");
  await box.getByLabel("End").fill("14:30");
  await box.getByLabel("First day").fill("2031-01-01");
  await box.getByRole("button", { name: "Save" }).click();
  await box.getByRole("alert").getByText("Add at least one agent.").waitFor();
  await box.getByLabel("Add an agent").selectOption("hugo");
  await box.getByLabel("Number of Hugo Fernández").fill("+4930555020");
  await accessible(page, "the box of a schedule");
  await narrow(page, "the box of a schedule");
  await look(page, "schedule-box");
  await box.getByRole("button", { name: "Save" }).click();
  await box.waitFor({ state: "detached" });
  assert.match(await row(page, "Weekend").textContent(), /Sat, Sun.*10:00 – 14:30.*2031-01-01.*Hugo Fernández\s*\+4930555020/s);
  await row(page, "Weekend").getByRole("button", { name: "Remove Weekend" }).click();
  await page.getByRole("dialog").getByText("is signed off as at its end").waitFor();
  await page.getByRole("button", { name: "Remove the schedule" }).click();
  await row(page, "Weekend").waitFor({ state: "detached" });
});

test("on the days on which the clock changes a column says how many hours it has", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/schedules", timezoneId: "Europe/Berlin" });
  await row(page, "Early shift").waitFor();
  // From any week on one comes to the last Sunday of March or of October within 31 weeks.
  for (let i = 0; i < 32 && (await week(page).locator("th .jump").count()) === 0; i++) await page.getByRole("button", { name: "Week after" }).click();
  const jump = week(page).locator("th .jump");
  assert.match(await jump.textContent(), /(23 h.*forward.*23 hours|25 h.*back.*25 hours)/);
  await week(page).locator('tr[data-row="farid"] [data-schedule="Night on call"]').first().waitFor();
});
