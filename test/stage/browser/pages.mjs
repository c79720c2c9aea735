// The gateway's own pages in a headless Chromium, in the hands of a test: it obeys one line of JSON after the other as phone.mjs
// does, each about a tab by its name. The microphone is the WAV file that TONE names; what a tab hears is measured beside
// the page, which is left as it is.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const program = await chromium.launchServer({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${process.env.TONE}`,
    "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const browser = await chromium.connect(program.wsEndpoint());
const context = await browser.newContext({ ignoreHTTPSErrors: true, permissions: ["microphone"] });
context.setDefaultTimeout(60_000);

/** Runs in every tab before its page: notes the connections that the page makes, and what they bring. */
await context.addInitScript(() => {
  const Real = window.RTCPeerConnection;
  const made = (window.__connections = []);
  window.RTCPeerConnection = class extends Real {
    constructor(...args) {
      super(...args);
      made.push(this);
      this.addEventListener("track", (e) => {
        const context = new AudioContext({ sampleRate: 8000 });
        this.__heard = context.createAnalyser();
        this.__heard.fftSize = 4096;
        context.createMediaStreamSource(new MediaStream([e.track])).connect(this.__heard);
        void context.resume();
      });
    }
  };
});

const tabs = new Map();
const live = `(window.__connections ?? []).findLast((c) => c.connectionState !== "closed")`;

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const verbs = {
  async open(name, url) {
    const tab = await context.newPage();
    tabs.set(name, tab);
    tab.on("pageerror", (e) => say({ event: "problem", detail: `${name}: ${e.stack ?? e}` }));
    tab.on("console", (m) => say({ event: m.type() === "error" ? "complaint" : "note", detail: `${name}: ${m.text()}` }));
    await tab.goto(url);
  },
  reload: (name) => tabs.get(name).reload(),
  async close(name) {
    await tabs.get(name).close();
    tabs.delete(name);
  },
  click: (name, role, called) => tabs.get(name).getByRole(role, { name: called }).first().click(),
  fill: (name, label, text) => tabs.get(name).getByLabel(label, { exact: true }).fill(text),
  see: (name, text) => tabs.get(name).getByText(text).first().waitFor(),
  sees: (name, text) => tabs.get(name).getByText(text).first().isVisible(),
  text: (name, selector) => tabs.get(name).locator(selector).first().innerText(),
  press: (name, key) => tabs.get(name).keyboard.press(key),
  shot: (name, path) => tabs.get(name).screenshot({ path, fullPage: true }).then(() => null),
  eval: (name, script) => tabs.get(name).evaluate(script),
  /** What axe finds fault with. */
  async axe(name, scheme) {
    const tab = tabs.get(name);
    await tab.emulateMedia({ colorScheme: scheme });
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => window.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] }));
    await tab.emulateMedia({ colorScheme: null });
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" ").slice(0, 400)}`);
  },
  /** The last half second of what the tab hears, 8000 samples a second. */
  heard: (name) =>
    tabs.get(name).evaluate(`(() => {
      const analyser = ${live}?.__heard;
      if (!analyser) return [];
      const samples = new Float32Array(analyser.fftSize);
      analyser.getFloatTimeDomainData(samples);
      return Array.from(samples, (s) => Math.round(s * 1e5) / 1e5);
    })()`),
  stats: (name) =>
    tabs.get(name).evaluate(`(async () => {
      const found = { cipher: "", in: 0, out: 0, heard: 0, said: 0, connections: (window.__connections ?? []).length };
      for (const s of (await ${live}?.getStats())?.values() ?? []) {
        if (s.type === "inbound-rtp") Object.assign(found, { in: s.packetsReceived, heard: s.ssrc });
        if (s.type === "outbound-rtp") Object.assign(found, { out: s.packetsSent, said: s.ssrc });
        if (s.type === "transport") found.cipher = s.srtpCipher ?? "";
      }
      return found;
    })()`),
};

say({ event: "ready", detail: String(program.process().pid) });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: verb, with: args } = JSON.parse(line);
  Promise.resolve()
    .then(() => verbs[verb](...(args ?? [])))
    .then(
      (result) => say({ id, result: typeof result === "object" && result && "url" in result ? null : (result ?? null) }),
      (e) => say({ id, error: String(e) }),
    );
}
await browser.close().catch(() => {});
await program.close().catch(() => {});
process.exit(0);
