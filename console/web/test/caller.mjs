// A gateway's SIP, played to the softphone of a page whose stage has none: it takes registrations and rings the page. There is no
// audio behind it; calls are as far as signalling takes them.

const fingerprint = Array.from({ length: 32 }, (_, i) => (i + 16).toString(16).toUpperCase()).join(":");
const offer = [
  "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=ice-lite", "m=audio 40000 UDP/TLS/RTP/SAVPF 0 101", "c=IN IP4 127.0.0.1",
  "a=rtpmap:0 PCMU/8000", "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=sendrecv", "a=ice-ufrag:abcd", "a=ice-pwd:abcdefghijklmnopqrstuv",
  `a=fingerprint:sha-256 ${fingerprint}`, "a=setup:actpass", "a=rtcp-mux", "a=candidate:1 1 UDP 2130706431 127.0.0.1 40000 typ host", "",
].join("\r\n");

/** Plays the gateway to every page of a context. */
export async function caller(context, agent) {
  const played = { accounts: 0, registered: 0, asked: [], sockets: new Set(), refuses: false, busy: false, down: false, tries: 0 };
  const news = new Set();
  const tell = () => news.forEach((look) => look());

  await context.route("**/api/v1/softphone", (route) => {
    played.accounts++;
    tell();
    return route.fulfill({
      json: { uri: `sip:${agent}@gw.example.com`, server: "/sip", user: `${agent}~1`, password: "once", expires: new Date(Date.now() + 3.6e6).toISOString(), ice: [] },
    });
  });
  await context.route("**/api/v1/softphone/call", (route) => {
    played.asked.push("regain");
    tell();
    return route.fulfill({ status: 204 });
  });
  await context.routeWebSocket(/\/sip$/, (socket) => {
    played.tries++;
    tell();
    if (played.down) return void socket.close({ code: 4000 });
    played.sockets.add(socket);
    socket.onClose(() => played.sockets.delete(socket));
    socket.onMessage((message) => take(socket, String(message)));
  });

  function take(socket, message) {
    if (message === "\r\n\r\n") return socket.send("\r\n");
    const of = (name) => message.match(new RegExp(`^${name}: (.*)$`, "im"))?.[1] ?? "";
    const [method] = message.split(" ");
    const reply = (status, more = []) =>
      socket.send([`SIP/2.0 ${status}`, `Via: ${of("Via")}`, `From: ${of("From")}`, `To: ${of("To").replace(/;tag=.*/, "")};tag=stage`, `Call-ID: ${of("Call-ID")}`, `CSeq: ${of("CSeq")}`, ...more, "Content-Length: 0", "", ""].join("\r\n"));
    if (method === "REGISTER") {
      played.contact = of("Contact").match(/<([^>]+)>/)?.[1];
      if (played.busy) {
        reply("503 Service Unavailable");
        played.asked.push("503 REGISTER");
        return tell();
      }
      if (played.refuses) return reply("403 Forbidden");
      if (!/expires=0/.test(of("Contact"))) played.registered++;
      reply("200 OK", [`Contact: ${of("Contact")}`]);
    } else if (message.startsWith("SIP/2.0")) {
      played.asked.push(`${message.split(" ")[1]} ${of("CSeq").split(" ")[1]}`);
      if (/^SIP\/2.0 200 /.test(message) && /INVITE/.test(of("CSeq"))) socket.send(request("ACK", of("Call-ID"), of("To").match(/;tag=(.*)/)?.[1], played.seq));
    } else if (method !== "ACK") {
      played.asked.push(method);
      reply("200 OK");
    }
    tell();
  }

  function request(method, id, tag, seq, more = [], body = "") {
    return [
      `${method} ${played.contact} SIP/2.0`, `Via: SIP/2.0/WS gw.example.com;branch=z9hG4bK${method}${id}${seq}`, "Max-Forwards: 70", `From: "${played.name}" <sip:${played.number}@gw.example.com>;tag=gw${id}`,
      `To: <sip:${agent}@gw.example.com>${tag ? `;tag=${tag}` : ""}`, `Call-ID: ${id}`, `CSeq: ${seq} ${method}`, "Contact: <sip:telagent@gw.example.com;transport=ws>", ...more,
      ...(body ? ["Content-Type: application/sdp"] : []), `Content-Length: ${body.length}`, "", body,
    ].join("\r\n");
  }

  let calls = 0;
  return Object.assign(played, {
    /** Rings the page. */
    ring(name, number, more = []) {
      Object.assign(played, { name, number, seq: 1 });
      [...played.sockets].at(-1).send(request("INVITE", `call${++calls}`, "", 1, more, offer));
    },
    /** Waits until something is so. */
    until: (what) =>
      new Promise((done) => {
        const look = () => what(played) && (news.delete(look), done());
        news.add(look);
        look();
      }),
    /** Breaks every connection; while down none is made. */
    cut(down = false) {
      played.down = down;
      for (const socket of played.sockets) socket.close({ code: 4000 });
      played.sockets.clear();
    },
    mend() {
      played.down = false;
    },
  });
}
