// Every page that no other test takes pictures of, by day and by night.
import { test } from "node:test";
import { accessible, narrow, opened, base, pictures, signedIn } from "./stage.mjs";

// each page with a word that stands in it once its entries are read
const shown = {
  directory: "Ana Kovač",
  schedules: "Night on call",
  rules: "support",
  lines: "carrier",
  security: "Export",
};

for (const [id, word] of Object.entries(shown)) {
  test(`${id} looks right by day, by night and on a phone`, async (t) => {
    const page = await signedIn(t, "root", { at: `#/${id}`, viewport: { width: 1440, height: 900 } });
    await page.getByRole("main").getByText(word).first().waitFor();
    await accessible(page, id);
    await pictures(page, id);
    await narrow(page, id);
  });
}

test("the way in looks right by day, by night and on a phone", async (t) => {
  const page = await opened(t, { viewport: { width: 1440, height: 900 } });
  await page.goto(base);
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  await accessible(page, "sign-in");
  await pictures(page, "sign-in");
  await narrow(page, "sign-in");
});
