// A thousand agents who change their status fifty times a second: nothing is lost, and the page stays a page that one can
// work on. How long it was busy is printed, not judged: `make bench-page` plays it for longer on a quiet machine.
import assert from "node:assert/strict";
import { test } from "node:test";
import { base, look, signedIn, stage } from "./stage.mjs";

const changes = Number(process.env.CHANGES ?? 500);
const away = Number(process.env.AWAY_S ?? 0);

/** What the gateway says of everybody in the crowd, and what the page shows. */
const server = (page) =>
  page.evaluate(async () => {
    const { agents } = await (await fetch("/api/v1/agents")).json();
    return Object.fromEntries(agents.filter((a) => a.id.startsWith("crowd-")).map((a) => [a.id, a.status]));
  });

/** What the rows say that are drawn now; those far from the screen are not. */
const drawn = (page) =>
  page.evaluate(() => Object.fromEntries([...document.querySelectorAll('tr[data-agent^="crowd-"]')].map((r) => [r.dataset.agent, r.dataset.status])));

/** What the page says of everybody: it is read from its head to its foot. */
async function shown(page) {
  let all = {};
  for (let last = -1, at = 0; at !== last; ) {
    all = { ...all, ...(await drawn(page)) };
    last = at;
    at = await page.evaluate(
      () =>
        new Promise((done) => {
          scrollBy(0, innerHeight);
          requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(scrollY))));
        }),
    );
  }
  await page.evaluate(() => scrollTo(0, 0));
  return all;
}

/** Waits until what is drawn, and the number of those who are available, are as the gateway says. */
async function agrees(page, truth) {
  await page.waitForFunction(
    ([truth, free]) => {
      const rows = [...document.querySelectorAll('tr[data-agent^="crowd-"]')];
      const tile = Number(document.querySelector('[data-tile="available"] .value').textContent);
      // Of the others in the table some are available too; the stage has fewer than ten.
      return rows.length > 0 && rows.every((r) => truth[r.dataset.agent] === r.dataset.status) && tile >= free && tile < free + 10;
    },
    [truth, Object.values(truth).filter((s) => s === "available").length],
    { polling: "raf" },
  );
}

/** A reader of the event stream beside the page's own: counts what is told of the crowd. */
async function reader(page) {
  const cookies = await page.context().cookies();
  const abort = new AbortController();
  const answer = await fetch(`${base}/api/v1/events`, { headers: { Cookie: cookies.map((c) => `${c.name}=${c.value}`).join("; ") }, signal: abort.signal });
  const heard = { count: 0, resync: 0, close: () => abort.abort() };
  let ready;
  const begun = new Promise((done) => (ready = done));
  void (async () => {
    let text = "";
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const events = text.split("\n\n");
      text = events.pop();
      for (const e of events) {
        if (e.includes("event: ready")) ready();
        if (e.includes("event: resync")) heard.resync++;
        if (e.includes("event: agent.changed") && e.includes('"id":"crowd-')) heard.count++;
      }
    }
  })().catch(() => undefined); // it was closed
  await begun;
  return heard;
}

/** Measures the page from now on: its long tasks, and how long each press and key waited for its picture. */
const measure = (page) =>
  page.evaluate(() => {
    globalThis.long = [];
    globalThis.waits = [];
    new PerformanceObserver((l) => globalThis.long.push(...l.getEntries().map((e) => e.duration))).observe({ type: "longtask" });
    new PerformanceObserver((l) => globalThis.waits.push(...l.getEntries().map((e) => e.duration))).observe({ type: "event", durationThreshold: 16 });
  });

test("a thousand agents change fifty times a second: the stream loses nothing and the page shows the truth", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/monitoring" });
  await stage("crowd");
  await page.getByText("1016 agents").waitFor();
  await agrees(page, await server(page));
  const heard = await reader(page);
  await measure(page);
  const began = Date.now();
  await stage(`storm?changes=${changes}&every=20ms`);
  // Meanwhile somebody works.
  let acts = 0;
  let over = false;
  const calm = stage("calm").then((said) => {
    over = true;
    return said;
  });
  while (!over) {
    await page.getByRole("searchbox").fill("ada");
    await page.locator('tr[data-agent="crowd-000"]').getByRole("checkbox").click();
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "Status", exact: true }).click();
    await page.getByRole("button", { name: "Agent", exact: true }).click();
    acts++;
  }
  const said = await calm;
  const took = (Date.now() - began) / 1000;
  assert.equal(said.changes, changes);
  const truth = await server(page);
  await agrees(page, truth);
  assert.deepEqual(await shown(page), truth);
  assert.equal(heard.resync, 0, "no reader lost its place");
  await assert.doesNotReject(until(() => heard.count === said.told), `${said.told} events were told, ${heard.count} came`);
  const { long, waits } = await page.evaluate(() => ({ long: globalThis.long, waits: globalThis.waits }));
  const most = (of) => Math.round(Math.max(0, ...of));
  t.diagnostic(
    `${changes} changes in ${took.toFixed(1)} s, ${said.told} events, ${acts} rounds of work: ${long.length} long tasks, together ${Math.round(long.reduce((a, b) => a + b, 0))} ms, ` +
      `longest ${most(long)} ms; longest wait of a press or key ${most(waits)} ms`,
  );
  heard.close();
  await look(page, "storm");
});

test("who was off while a thousand agents changed sees the truth when he is back", async (t) => {
  const page = await signedIn(t, "boss", { at: "#/monitoring" });
  await page.getByText("1016 agents").waitFor();
  await page.context().setOffline(true);
  await page.getByText("Connection lost. Trying again").waitFor();
  // More events than the gateway keeps for who is behind: he is told to read everything anew.
  await stage("storm?changes=5003&every=0s");
  await stage("calm");
  if (away) await new Promise((done) => setTimeout(done, away * 1000)); // only make bench-page waits
  const { agents } = await (await fetch(`${base}/api/v1/agents`, { headers: { Cookie: (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join("; ") } })).json();
  const truth = Object.fromEntries(agents.filter((a) => a.id.startsWith("crowd-")).map((a) => [a.id, a.status]));
  assert.notDeepEqual(await drawn(page), truth);
  const back = Date.now();
  await page.context().setOffline(false);
  await agrees(page, truth);
  t.diagnostic(`the truth was there ${Date.now() - back} ms after the network was back${away ? `, which was away for ${away} s` : ""}`);
  assert.deepEqual(await shown(page), truth);
});

/** Resolves when something is so, and never otherwise: the test's own time runs out. */
async function until(so) {
  while (!so()) await new Promise((done) => setImmediate(done));
}
