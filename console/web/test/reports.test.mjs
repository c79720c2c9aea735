// The reports: what is chosen stands in the address, charts say the same as their tables, and a CSV what is shown.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, base, look, narrow, pictures, signedIn } from "./stage.mjs";

const titles = { "status-time": "Time in status", handled: "Calls handled", missed: "Missed", "service-level": "Service level", switches: "Switches" };

/** A signed-in supervisor at a report, when its figures are there. */
async function at(t, rest, options) {
  const page = await signedIn(t, "boss", { at: `#/reports/${rest}`, ...options });
  await drawn(page);
  return page;
}

async function drawn(page) {
  await page.locator('.loaded[aria-busy="false"] :is(section > .scroll > table, .error)').first().waitFor();
}

/** The cells of a table by its caption, a list for each row. */
const cells = (page, name) =>
  page.getByRole("table", { name, exact: true }).last().locator("tr").evaluateAll((rows) => rows.map((row) => [...row.cells].map((c) => c.innerText.replace(/[↑↓]/g, "").trim())));

test("each report has charts, a table and what its figures mean, and is without a fault for axe", async (t) => {
  const page = await at(t, "status-time?range=last7");
  for (const [report, title] of Object.entries(titles)) {
    await page.getByRole("tab", { name: title, exact: true }).click();
    await page.waitForFunction((report) => location.hash.startsWith(`#/reports/${report}?`), report);
    await drawn(page);
    assert.ok((await page.locator(".uplot canvas").count()) > 0, `${report} has no chart`);
    await page.getByText("What these figures mean").first().click();
    await page.getByText("Figures as a table").first().click();
    await accessible(page, report);
    await narrow(page, report);
    await page.mouse.move(0, 0);
    await look(page, `reports-${report}`);
    await page.emulateMedia({ colorScheme: "dark" });
    await look(page, `reports-${report}-dark`);
    await page.emulateMedia({ colorScheme: null });
    await page.setViewportSize({ width: 320, height: 900 });
    await look(page, `reports-${report}-narrow`);
    await page.setViewportSize({ width: 1600, height: 1000 });
  }
});

test("the address keeps what is chosen, and whoever is sent it sees the same", async (t) => {
  const page = await at(t, "handled");
  await page.getByText("Last 30 days", { exact: true }).click();
  await page.getByLabel("Team").selectOption("billing");
  await page.getByLabel("For each").selectOption("day");
  await drawn(page);
  await page.waitForFunction(() => location.hash === "#/reports/handled?range=last30&interval=day&team=billing");
  const shown = await cells(page, "Calls handled");
  await page.reload();
  await drawn(page);
  assert.deepEqual(await cells(page, "Calls handled"), shown);
  assert.equal(await page.getByLabel("Team").inputValue(), "billing");
  const agents = new Set(shown.slice(1, -1).map((row) => row[1]));
  assert.ok(agents.has("Carla Rossi") && !agents.has("Ana Kovač"), [...agents].join());
});

test("days that the reader chose are asked for, and days that cannot be are complained of", async (t) => {
  const page = await at(t, "handled?range=last7");
  const day = (ago) => new Date(Date.now() - ago * 86_400_000).toLocaleDateString("sv");
  await page.getByLabel("To", { exact: true }).fill(day(3));
  await page.getByLabel("From", { exact: true }).fill(day(5));
  await page.waitForFunction(([from, to]) => location.hash === `#/reports/handled?range=custom&from=${from}&to=${to}`, [day(5), day(3)]);
  await page.goto(`${base}/#/reports/handled?range=custom&from=${day(1)}&to=${day(5)}`);
  await page.getByText("The first day is after the last one.").waitFor();
});

test("the sums are the sums of the rows, a chart says what its table says, and sorting leaves the sums where they are", async (t) => {
  const page = await at(t, "handled?range=last7");
  const rows = await cells(page, "Calls handled");
  const sum = rows.at(-1);
  assert.equal(sum[0], "All together");
  assert.equal(rows.slice(1, -1).reduce((all, row) => all + Number(row[1]), 0), Number(sum[1]));
  await page.getByText("Figures as a table").first().click();
  const chart = await page.getByRole("table", { name: "Calls", exact: true }).locator("tbody tr").evaluateAll((rows) => rows.map((row) => Number(row.cells[1].innerText)));
  assert.equal(chart.length, 7);
  assert.equal(chart.reduce((a, b) => a + b, 0), Number(sum[1]));
  await page.getByRole("button", { name: "Handled" }).click();
  await page.getByRole("button", { name: "Handled" }).click();
  const sorted = await cells(page, "Calls handled");
  assert.deepEqual(sorted.at(-1), sum);
  const numbers = sorted.slice(1, -1).map((row) => Number(row[1]));
  assert.deepEqual(numbers, [...numbers].sort((a, b) => b - a));
});

test("a CSV has the rows that are shown", async (t) => {
  const page = await at(t, "service-level?range=last30&interval=week&target=10");
  const rows = await cells(page, "Service level");
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Download CSV" }).click()]);
  assert.match(file.suggestedFilename(), /^service-level-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.csv$/);
  const chunks = [];
  for await (const chunk of await file.createReadStream()) chunks.push(chunk);
  const lines = Buffer.concat(chunks).toString().trim().split("\r\n").map((line) => line.split(","));
  assert.deepEqual(lines[0].slice(0, 5), ["interval", "queue", "target_s", "offered", "answered"]);
  assert.equal(lines.length, rows.length - 1); // without the sums
  const offered = (of, column) => of.map((row) => Number(row[column])).sort();
  assert.deepEqual(offered(lines.slice(1), 3), offered(rows.slice(1, -1), 4));
});

test("an agent has no reports page, and a supervisor no other team's figures", async (t) => {
  const agent = await signedIn(t, "ana");
  assert.equal(await agent.getByRole("link", { name: "Reports" }).count(), 0);
  const page = await at(t, "handled?range=last7&team=leads");
  await page.getByRole("alert").filter({ hasText: "There is no team leads." }).waitFor();
});

test("by keyboard one goes through the reports and chooses the days", async (t) => {
  const page = await at(t, "handled?range=last7");
  await page.getByRole("tab", { name: "Calls handled" }).focus();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => location.hash.startsWith("#/reports/missed?"));
  await drawn(page);
  await page.getByRole("radio", { name: "Last 7 days" }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction(() => location.hash === "#/reports/missed?range=week");
});

test("the chart follows the night and its place's width", async (t) => {
  const page = await at(t, "service-level?range=last7", { colorScheme: "light" });
  const picture = () => page.locator(".uplot canvas").first().evaluate((c) => c.toDataURL());
  const day = await picture();
  await page.locator('[data-menu="user"] > button').click();
  await page.getByRole("radio", { name: "Dark" }).check();
  await page.waitForFunction((day) => document.querySelector(".uplot canvas").toDataURL() !== day, day);
  await page.keyboard.press("Escape");
  const wide = () => page.locator(".uplot canvas").first().evaluate((c) => c.clientWidth);
  const before = await wide();
  await page.setViewportSize({ width: 700, height: 900 });
  await page.waitForFunction((before) => document.querySelector(".uplot canvas").clientWidth < before, before);
});

test("on paper there are figures and no controls", async (t) => {
  const page = await at(t, "handled?range=last7");
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.getByRole("tablist").isVisible(), false);
  assert.equal(await page.getByRole("link", { name: "Download CSV" }).isVisible(), false);
  assert.equal(await page.getByRole("navigation").isVisible(), false);
  assert.equal(await page.getByRole("table", { name: "Calls handled", exact: true }).isVisible(), true);
  await look(page, "reports-print");
});

test("pictures for the documents", async (t) => {
  const page = await at(t, "service-level?range=last30");
  await pictures(page, "reports-service-level");
  await page.getByRole("tab", { name: "Switches" }).click();
  await drawn(page);
  await pictures(page, "reports-switches");
});
