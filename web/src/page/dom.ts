/** The page's elements by their ids, and what is said to whoever looks or listens. */

/** The element of that id; every id that is asked for stands in index.html. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (found === null) {
    throw new Error(`the page has no ${id}`);
  }
  return found as T;
}

export const input = (id: string): HTMLInputElement => byId<HTMLInputElement>(id);
export const button = (id: string): HTMLButtonElement => byId<HTMLButtonElement>(id);

/** Says a sentence in the status line, which screen readers read out. */
export function say(text: string, wrong = false): void {
  const status = byId("status");
  status.textContent = text;
  status.classList.toggle("wrong", wrong);
}

/** Says what went wrong. */
export function sayWrong(error: unknown): void {
  say(error instanceof Error ? error.message : String(error), true);
}

/** Hands a file to whoever sits before the page. */
export function download(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** A name for a result: what was painted, its style, the time. */
export function resultName(style: string, suffix: string): string {
  const time = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  return `allaprima-${style.replaceAll(/[^\w-]+/g, "-")}-${time}.${suffix}`;
}
