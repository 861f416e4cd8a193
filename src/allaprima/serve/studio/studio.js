// The studio: films sent, painted and fetched; styles fitted; the camera painted live. It speaks with /api alone.
const at = (id) => document.getElementById(id);
const own = new Map(); // pictures sent from here, by the style's name
let jobs = "";

async function ask(path, options) {
  const answer = await fetch(path, options);
  const said = await answer.json().catch(() => ({ error: answer.statusText }));
  if (!answer.ok) throw new Error(said.hint ? `${said.error}: ${said.hint}` : said.error);
  return said;
}

const send = (path, values) => ask(path, { method: "POST", body: JSON.stringify(values) });

function tell(text, bad = false) {
  at("sending").textContent = text;
  at("sending").className = bad ? "bad" : "quiet";
}

async function trying(work) {
  try { await work(); } catch (error) { tell(error.message, true); }
}

function upload(file, kind) { // fetch tells nothing of how far it is; this does
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `/api/uploads?kind=${kind}&name=${encodeURIComponent(file.name)}`);
    request.upload.onprogress = (event) => tell(`sending ${file.name}: ${Math.round(100 * event.loaded / (event.total || 1))} %`);
    request.onerror = () => reject(new Error(`${file.name} could not be sent`));
    request.onload = () => {
      let said = {};
      try { said = JSON.parse(request.responseText); } catch { said.error = request.statusText; }
      if (request.status < 300) resolve(said); else reject(new Error(said.hint ? `${said.error}: ${said.hint}` : said.error));
    };
    request.send(file);
  });
}

const chosen = () => document.querySelector("#styles input:checked")?.value ?? "starry";

function styleTile({ name, label, thumbnail }) {
  const tile = document.createElement("label"), input = document.createElement("input"), image = new Image();
  Object.assign(input, { type: "radio", name: "style", value: name });
  Object.assign(image, { src: thumbnail, alt: "", loading: "lazy" });
  tile.append(input, image, label);
  return tile;
}

async function styles() {
  const before = chosen(), about = await ask("/api/about");
  at("home").hidden = !about.page;
  at("styles").replaceChildren(...[...own.values()].map(styleTile), ...about.styles.map(styleTile));
  for (const input of document.querySelectorAll("#styles input")) input.checked = input.value === before;
  at("fit").disabled = !own.has(chosen());
}

async function takePicture(file) {
  const { upload: id } = await upload(file, "picture");
  own.set(`upload:${id}`, { name: `upload:${id}`, label: file.name, thumbnail: URL.createObjectURL(file) });
  await styles();
  document.querySelector(`#styles input[value="upload:${id}"]`).checked = true;
  at("fit").disabled = false;
  tell(`${file.name} is a style now`);
}

async function takeFilms(files) {
  const style = chosen(), size = Number(at("size").value) || null;
  for (const file of files) {
    const { upload: id } = await upload(file, "film");
    await send("/api/films", { upload: id, style, size, strength: Number(at("strength").value), model: at("model").value,
      preserve_color: at("colours").checked ? "luminance" : "none" });
    tell(`${file.name} is on the list`);
    await list();
  }
}

const minutes = (seconds) => seconds > 90 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds)} s`;

function standing(job) {
  if (job.state !== "running") return job.state;
  if (!job.of) return "preparing";
  const share = job.kind === "film" ? `${job.done} of ${job.of} frames` : `${Math.round(100 * job.done / job.of)} %`;
  return job.seconds_left == null ? share : `${share}, ${minutes(job.seconds_left)} left`;
}

function button(text, work) {
  const made = document.createElement("button");
  made.textContent = text;
  made.onclick = () => trying(async () => { await work(); await list(); });
  return made;
}

function jobRow(job) {
  const row = document.createElement("li"), title = document.createElement("div"), acts = document.createElement("div");
  const strong = document.createElement("strong"), state = document.createElement("span");
  strong.textContent = job.kind === "film" ? job.name : `a fit to ${job.name}`;
  state.className = job.state === "failed" ? "bad" : "quiet";
  state.textContent = ` ${standing(job)}${job.error ? `: ${job.error}` : ""}`;
  title.append(strong, state);
  acts.className = "row";
  if (job.result) {
    const link = document.createElement("a");
    Object.assign(link, { href: job.result, textContent: "save it", download: "" });
    acts.append(link);
  }
  if (job.state === "cancelled" || job.state === "failed")
    acts.append(button("go on", () => ask(`/api/jobs/${job.id}/resume`, { method: "POST" })));
  acts.append(button(job.ended ? "remove" : "cancel", () => ask(`/api/jobs/${job.id}`, { method: "DELETE" })));
  row.append(title);
  if (job.state === "running") {
    const bar = document.createElement("progress");
    if (job.of) Object.assign(bar, { max: job.of, value: job.done });
    row.append(bar);
  }
  row.append(acts);
  const shown = job.sheet ?? job.preview;
  if (shown) {
    const image = new Image();
    image.alt = job.kind === "film" ? "three frames, before and painted" : "what the fit paints by now";
    image.src = job.kind === "fit" && job.state === "running" ? `${shown}?at=${Math.floor(Date.now() / 10000)}` : shown;
    row.append(image);
  }
  return row;
}

async function list() {
  const found = await ask("/api/jobs"), text = JSON.stringify(found);
  at("none").hidden = found.jobs.length > 0;
  if (text === jobs) return found.jobs;
  if (found.jobs.filter((job) => job.kind === "fit" && job.state === "done").length !==
      (jobs ? JSON.parse(jobs).jobs.filter((job) => job.kind === "fit" && job.state === "done").length : 0)) await styles();
  jobs = text;
  at("jobs").replaceChildren(...found.jobs.map(jobRow));
  return found.jobs;
}

async function watch() {
  let wait = 5000;
  try { if ((await list()).some((job) => !job.ended)) wait = 1000; } catch { wait = 5000; }
  setTimeout(watch, wait);
}

let show = null;

async function live() {
  if (show) { show.close(); return; }
  const camera = await navigator.mediaDevices.getUserMedia({ video: { width: 640, height: 360 } });
  const film = Object.assign(document.createElement("video"), { srcObject: camera, muted: true, playsInline: true });
  await film.play();
  const taken = new OffscreenCanvas(640, 360), stage = at("stage"), began = { at: 0 };
  const address = new URL(`/api/live?model=fast&size=360&style=${encodeURIComponent(chosen())}`, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  show = Object.assign(new WebSocket(address), { binaryType: "arraybuffer" });
  const next = async () => {
    if (!show || show.readyState !== WebSocket.OPEN) return;
    taken.getContext("2d").drawImage(film, 0, 0, 640, 360);
    began.at = performance.now();
    show.send(await taken.convertToBlob({ type: "image/jpeg", quality: 0.85 }));
  };
  const again = setInterval(() => performance.now() - began.at > 2000 && next(), 500);
  show.onopen = () => { stage.hidden = false; at("live").textContent = "Stop"; at("figures").textContent = "preparing"; next(); };
  show.onmessage = async ({ data }) => {
    if (typeof data === "string") {
      const said = JSON.parse(data);
      if (said.error) at("figures").textContent = said.error;
      else if (said.fps) at("figures").textContent = `${Math.round(said.fps)} pictures a second, ${Math.round(said.latency)} ms on this machine`;
      return;
    }
    next();
    const picture = await createImageBitmap(new Blob([data]));
    Object.assign(stage, { width: picture.width, height: picture.height });
    stage.getContext("2d").drawImage(picture, 0, 0);
  };
  show.onclose = () => {
    clearInterval(again);
    for (const track of camera.getTracks()) track.stop();
    show = null;
    at("live").textContent = "Start the camera";
  };
}

function dropped(id, take) {
  const place = at(id), input = place.querySelector("input");
  input.onchange = () => trying(async () => { await take([...input.files]); input.value = ""; });
  place.ondragover = (event) => { event.preventDefault(); place.classList.add("over"); };
  place.ondragleave = () => place.classList.remove("over");
  place.ondrop = (event) => {
    event.preventDefault();
    place.classList.remove("over");
    trying(() => take([...event.dataTransfer.files]));
  };
}

dropped("own-drop", (files) => takePicture(files[0]));
dropped("film-drop", takeFilms);
at("strength").oninput = () => { at("strength-shown").textContent = `${Math.round(100 * at("strength").value)} %`; };
at("styles").onchange = () => { at("fit").disabled = !own.has(chosen()); };
at("fit").onclick = () => trying(async () => {
  await send("/api/fits", { upload: chosen().split(":")[1], minutes: Number(at("minutes").value), model: at("model").value });
  await list();
});
at("live").onclick = () => live().catch((error) => { at("figures").textContent = error.message; });
await trying(styles);
if (!document.querySelector("#styles input:checked")) document.querySelector('#styles input[value="starry"]').checked = true;
watch();
