// A phone in a browser: headless Chromium with JsSIP. It obeys one line of JSON after the other on its standard input,
// {"id": 1, "do": "dial", "with": ["sip:…"]}, and writes lines of JSON: answers {"id": 1, "result": …} or {"id": 1, "error": "…"},
// and {"event": "…", "detail": "…"}. The first line says which process is Chromium. Its microphone is the WAV file that
// TONE names; CHROMIUM names another program than /usr/bin/chromium.
import { build } from "esbuild";
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

const say = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const bundle = await build({ entryPoints: [fileURLToPath(new URL("page.js", import.meta.url))], bundle: true, write: false, format: "iife" });
const page = `<!doctype html><meta charset="utf-8"><title>Phone</title><script>${bundle.outputFiles[0].text.replaceAll("</script", "<\\/script")}</script>`;
const server = createServer((_, res) => res.setHeader("Content-Type", "text/html").end(page));
await new Promise((done) => server.listen(0, "127.0.0.1", done));

const program = await chromium.launchServer({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--ignore-certificate-errors",
    "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${process.env.TONE}`,
    "--allow-loopback-in-peer-connection", "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns", "--disable-background-networking", "--disable-component-update", "--disable-sync",
  ],
});
const browser = await chromium.connect(program.wsEndpoint());
const tab = await browser.newPage();
tab.on("pageerror", (e) => say({ event: "problem", detail: String(e) }));
await tab.exposeFunction("tell", (event, detail = "") => say({ event, detail }));
await tab.goto(`http://localhost:${server.address().port}/`);
say({ event: "ready", detail: String(program.process().pid) });

for await (const line of createInterface({ input: process.stdin })) {
  const { id, do: verb, with: args } = JSON.parse(line);
  tab.evaluate(([verb, args]) => window.phone[verb](...(args ?? [])), [verb, args]).then(
    (result) => say({ id, result: result ?? null }),
    (e) => say({ id, error: String(e) }),
  );
}
await browser.close().catch(() => {});
await program.close().catch(() => {});
process.exit(0);
