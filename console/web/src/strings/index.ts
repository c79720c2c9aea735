// Every word that the pages show, put together: to speak another language is to write these files in it. A page's own
// words are in a file of its name and are read as t.NAME.
import { frame } from "./frame";
import { gate } from "./gate";
import { monitoring } from "./monitoring";
import { phone } from "./phone";
import { words } from "./words";

export const t = { ...words, frame, gate, monitoring, phone };
