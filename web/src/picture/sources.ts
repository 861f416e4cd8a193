/** What is painted: a picture, a film that plays, or a camera. */

export interface Source {
  readonly kind: "picture" | "film" | "camera";
  readonly name: string;
  readonly width: number;
  readonly height: number;
  readonly media: HTMLVideoElement | null;
  readonly file: File | null;
  /** A frame as it is now, at its own size or at a smaller one. */
  frame(width?: number, height?: number): Promise<ImageBitmap>;
  /** Settles when there is a new frame. */
  next(): Promise<void>;
  close(): void;
}

/** A picture from a file or an address. */
export async function openPicture(content: Blob, name: string): Promise<Source> {
  const picture = await createImageBitmap(content, { imageOrientation: "from-image" }).catch(() => {
    throw new Error(`${name} is no picture that this browser reads`);
  });
  return {
    kind: "picture", name, width: picture.width, height: picture.height, media: null, file: null,
    frame: (width, height) => resized(picture, width, height),
    next: () => new Promise(() => undefined),
    close: () => picture.close(),
  };
}

/** A film from a file, playing over and over. */
export async function openFilm(file: File): Promise<Source> {
  const video = document.createElement("video");
  const address = URL.createObjectURL(file);
  Object.assign(video, { src: address, loop: true, playsInline: true, muted: false });
  await loaded(video, `${file.name} is no film that this browser plays`);
  await video.play().catch(() => {
    video.muted = true;
    return video.play();
  });
  return ofVideo(video, "film", file.name, file, () => {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(address);
  });
}

/** The camera that looks at whoever sits before the screen, or the only one. */
export async function openCamera(): Promise<Source> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (devices === undefined) {
    throw new Error("this browser gives no camera to this page: open it over https or from localhost");
  }
  const stream = await devices.getUserMedia({
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 }, facingMode: "user" },
  }).catch((error: Error) => {
    throw new Error(error.name === "NotAllowedError" ? "the camera was not allowed: allow it beside the address, and try again"
      : "no camera was found: connect one, or paint a picture or a film");
  });
  const video = document.createElement("video");
  Object.assign(video, { srcObject: stream, playsInline: true, muted: true });
  await loaded(video, "the camera shows nothing");
  await video.play();
  return ofVideo(video, "camera", "camera", null, () => stream.getTracks().forEach((track) => track.stop()));
}

function ofVideo(video: HTMLVideoElement, kind: "film" | "camera", name: string, file: File | null,
                 close: () => void): Source {
  return {
    kind, name, file, media: video,
    get width() { return video.videoWidth; },
    get height() { return video.videoHeight; },
    frame: (width, height) => resized(video, width, height),
    next: () => new Promise((resolve) => { video.requestVideoFrameCallback(() => resolve()); }),
    close: () => {
      video.pause();
      close();
    },
  };
}

function loaded(video: HTMLVideoElement, otherwise: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.onloadeddata = (): void => (video.videoWidth > 0 ? resolve() : reject(new Error(otherwise)));
    video.onerror = (): void => reject(new Error(otherwise));
  });
}

function resized(source: ImageBitmap | HTMLVideoElement, width?: number, height?: number): Promise<ImageBitmap> {
  return width === undefined || height === undefined ? createImageBitmap(source)
    : createImageBitmap(source, { resizeWidth: width, resizeHeight: height, resizeQuality: "high" });
}
