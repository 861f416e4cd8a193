/** Keeps the page for visits without a network, and gives it the headers that let its network use several threads. */

/// <reference lib="webworker" />

export {};

declare const self: ServiceWorkerGlobalScope;

const VERSION = "unwritten"; // of the files beside the page; written by allaprima web
const CACHE = `allaprima-${VERSION}`;
const ALONE: Readonly<Record<string, string>> = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

self.addEventListener("install", (event) => {
  event.waitUntil(kept().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(onlyThisVersion().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  const scope = new URL(self.registration.scope);
  const inside = address.origin === scope.origin && address.pathname.startsWith(scope.pathname);
  const name = address.pathname.slice(scope.pathname.length);
  if (request.method === "GET" && inside && !/^(api|studio)\//.test(name) && address.search.indexOf("token=") < 0) {
    event.respondWith(answered(request, name));
  }
});

/** Fetches what a first visit needs; what the browser has fetched already comes from its own cache. */
async function kept(): Promise<void> {
  const cache = await caches.open(CACHE);
  const names = (await (await fetch("files.json", { cache: "no-cache" })).json()) as string[];
  await cache.addAll(names.map((name) => new Request(name)));
}

async function onlyThisVersion(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("allaprima-") && name !== CACHE).map((name) => caches.delete(name)));
}

/** What is kept, or what the network has, which is kept from then on; the page is "index.html" whatever follows it. */
async function answered(request: Request, name: string): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = await cache.match(name === "" ? new Request("index.html") : request, { ignoreSearch: true });
  if (known !== undefined) {
    return alone(known);
  }
  const fresh = await fetch(request);
  if (fresh.ok && fresh.type === "basic" && fresh.status === 200) {
    await cache.put(request, fresh.clone());
  }
  return alone(fresh);
}

function alone(answer: Response): Response {
  if (answer.type === "opaque" || answer.type === "error" || answer.redirected) {
    return answer;
  }
  const headers = new Headers(answer.headers);
  Object.entries(ALONE).forEach(([name, value]) => headers.set(name, value));
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}
