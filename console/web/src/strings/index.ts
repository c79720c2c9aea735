// Every word that the pages show, put together: to speak another language is to write these files in it. A page's own
// words are in a file of its name and are read as t.NAME.
import { account } from "./account";
import { admin } from "./admin";
import { agent } from "./agent";
import { calls } from "./calls";
import { directory } from "./directory";
import { frame } from "./frame";
import { gate } from "./gate";
import { lines } from "./lines";
import { monitoring } from "./monitoring";
import { phone } from "./phone";
import { reports } from "./reports";
import { rules } from "./rules";
import { schedules } from "./schedules";
import { security } from "./security";
import { words } from "./words";

export const t = { ...words, account, admin, agent, calls, directory, frame, gate, lines, monitoring, phone, reports, rules, schedules, security };
