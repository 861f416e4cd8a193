/** Keys for what hands reach for; none acts while one is typed into a field. */

import { button, byId, input } from "./dom";
import type { Swatches } from "./swatches";

const STEP = 5; // per cent of strength

export function bindKeys({ swatches, lookChanged }: { swatches: Swatches; lookChanged: () => void }): void {
  const flip = (id: string): void => input(id).click();
  const styleBeside = (steps: number): void => {
    swatches.choose(swatches.beside(steps));
    lookChanged();
  };
  const stronger = (steps: number): void => {
    const strength = input("strength");
    strength.value = String(Number(strength.value) + STEP * steps);
    lookChanged();
  };
  const acts: Readonly<Record<string, () => void>> = {
    "[": () => styleBeside(-1),
    "]": () => styleBeside(1),
    "-": () => stronger(-1),
    "+": () => stronger(1),
    "=": () => stronger(1),
    s: () => button("snapshot").click(),
    r: () => button("record").click(),
    v: () => flip("split"),
    c: () => flip("colours"),
    l: () => { byId("readout").hidden = !byId("readout").hidden; },
    f: () => button("fullscreen").click(),
    "?": () => button("help").click(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = (event.target as HTMLElement).closest("select, input[type=text], dialog");
    if (typing === null && !event.ctrlKey && !event.metaKey && !event.altKey) {
      acts[event.key.toLowerCase()]?.();
    }
  });
}
