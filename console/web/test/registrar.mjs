// A registrar for softphones of pages whose stage has none: it takes every REGISTER (RFC 3261 §10.3) and nothing else.
export async function registrar(context, agent) {
  await context.route("**/api/v1/softphone", (route) =>
    route.fulfill({
      json: { uri: `sip:${agent}@gw.example.com`, server: "/sip", user: `${agent}~1`, password: "once", expires: new Date(Date.now() + 3.6e6).toISOString(), ice: [] },
    }),
  );
  await context.routeWebSocket(/\/sip$/, (socket) => socket.onMessage((message) => answer(socket, String(message))));
}

function answer(socket, request) {
  if (!request.startsWith("REGISTER ")) return;
  const of = (name) => request.match(new RegExp(`^${name}: .*$`, "im"))?.[0] ?? "";
  const contact = of("Contact");
  const lines = ["SIP/2.0 200 OK", of("Via"), of("From"), `${of("To")};tag=stage`, of("Call-ID"), of("CSeq")];
  if (contact) lines.push(/expires=/.test(contact) ? contact : `${contact};expires=600`);
  socket.send([...lines, "Content-Length: 0", "", ""].join("\r\n"));
}
