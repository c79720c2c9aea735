// The page of the browser phone: JsSIP with one account, which answers every call. phone.mjs calls what hangs on phone.
import JsSIP from "jssip";

const media = { audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false }, video: false };
const session = { mediaConstraints: media, pcConfig: { iceServers: [] } };

let agent, call, connection, context, analyser, before;

/** Whatever is heard goes through an analyser; an element plays it too, because Chromium decodes nothing otherwise. */
function listen(stream) {
  context ??= new AudioContext({ sampleRate: 8000 });
  analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  context.createMediaStreamSource(stream).connect(analyser);
  const element = new Audio();
  element.muted = true;
  element.srcObject = stream;
  return Promise.all([element.play(), context.resume()]);
}

function follow(pc) {
  connection = pc;
  pc.addEventListener("track", (e) => listen(new MediaStream([e.track])).catch((problem) => tell("deaf", String(problem))));
  for (const name of ["connectionstatechange", "iceconnectionstatechange"]) pc.addEventListener(name, () => tell(name, name[0] === "c" ? pc.connectionState : pc.iceConnectionState));
}

function take(e) {
  call = e.session;
  call.on("peerconnection", (made) => follow(made.peerconnection));
  if (call.connection) follow(call.connection);
  call.on("confirmed", () => tell("established"));
  call.on("hold", (by) => tell("held", by.originator));
  call.on("unhold", (by) => tell("resumed", by.originator));
  call.on("ended", (why) => tell("closed", `${why.originator}: ${why.cause}`));
  call.on("failed", (why) => tell("failed", `${why.originator}: ${why.cause} ${why.message?.status_code ?? ""}`));
  call.on("sdp", (d) => tell("sdp", `${d.originator} ${d.type}\n${d.sdp}`));
  if (e.originator === "remote") call.answer(session);
}

/** Resolves when an event of a JsSIP object comes, and fails when another one does. */
const comes = (of, good, bad) => new Promise((done, failed) => {
  of.once(good, () => done());
  if (bad) of.once(bad, (e) => failed(new Error(`${bad}: ${e.cause}`)));
});

window.phone = {
  async register(account) {
    agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(account.server)], uri: account.uri, password: account.password,
      register_expires: 60,
    });
    agent.on("newRTCSession", take);
    for (const name of ["connected", "disconnected", "registered", "unregistered"]) agent.on(name, () => tell(name));
    const registered = comes(agent, "registered", "registrationFailed");
    agent.start();
    await registered;
  },
  dial(target) { agent.call(target, session); },
  hangup() { call.terminate(); },
  hold() { return new Promise((done) => call.hold({}, done)); },
  resume() { return new Promise((done) => call.unhold({}, done)); },
  press(key) { call.sendDTMF(key, { transportType: "RFC2833" }); },
  /** A new user fragment and password, as after a change of the network. */
  restart() { return new Promise((done) => call.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, done)); },
  transfer(target) { call.refer(target); },
  /** The last half second of what is heard, 8000 samples a second. */
  heard() {
    if (!analyser) return [];
    const samples = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(samples);
    return Array.from(samples, (s) => Math.round(s * 1e5) / 1e5);
  },
  async stats() {
    const found = { codec: "", cipher: "", in: 0, out: 0, lost: 0, roundTrip: 0 };
    for (const s of (await connection.getStats()).values()) {
      if (s.type === "inbound-rtp") Object.assign(found, { in: s.packetsReceived, lost: s.packetsLost });
      if (s.type === "outbound-rtp") found.out = s.packetsSent;
      if (s.type === "remote-inbound-rtp") found.roundTrip = s.roundTripTime ?? 0;
      if (s.type === "codec") found.codec = s.mimeType;
      if (s.type === "transport") found.cipher = s.srtpCipher ?? "";
    }
    return found;
  },
};
