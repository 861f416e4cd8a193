/** The way to the studio of `allaprima serve`, where the page comes from that: films and fits by the whole program. */

import { byId } from "./page/dom";
import "./studio.css";

/** Puts a link to the studio into the header where the server has one; a page of static files stays as it is. */
export async function mountStudio(): Promise<void> {
  const answer = await fetch("api/about").catch(() => null);
  const about = answer?.ok === true ? ((await answer.json().catch(() => ({}))) as { name?: unknown }) : {};
  if (about.name !== "allaprima") {
    return;
  }
  const link = document.createElement("a");
  link.href = "studio/";
  link.id = "studio";
  link.className = "button";
  link.title = "Films and fits, painted by this machine with the whole program";
  link.textContent = "Studio";
  byId("help").before(link);
}
