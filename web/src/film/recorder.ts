/** Records what the canvas shows, with the sound of a film that plays. */

const TYPES = ["video/mp4;codecs=avc1.42E01F,mp4a.40.2", "video/webm;codecs=vp9,opus", "video/webm"];
const BITS_A_SECOND = 8e6;

export class Recorder {
  private recorder: MediaRecorder | null = null;
  private parts: Blob[] = [];

  get running(): boolean {
    return this.recorder !== null;
  }

  /** Begins; sound: a film whose sound goes along. */
  start(canvas: HTMLCanvasElement, sound: HTMLVideoElement | null): void {
    const stream = canvas.captureStream();
    const capturing = sound as (HTMLVideoElement & { captureStream?(): MediaStream }) | null;
    capturing?.captureStream?.().getAudioTracks().forEach((track) => stream.addTrack(track));
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    if (mimeType === undefined) {
      throw new Error("this browser records no films");
    }
    this.recorder = new MediaRecorder(stream, { mimeType, videoBitsPerSecond: BITS_A_SECOND });
    this.parts = [];
    this.recorder.ondataavailable = ({ data }): void => { this.parts.push(data); };
    this.recorder.start(1000);
  }

  /** Ends the recording and gives it. */
  stop(): Promise<{ content: Blob; suffix: string }> {
    const recorder = this.recorder!;
    this.recorder = null;
    return new Promise((resolve) => {
      recorder.onstop = (): void => {
        recorder.stream.getVideoTracks().forEach((track) => track.stop());
        const type = recorder.mimeType;
        resolve({ content: new Blob(this.parts, { type }), suffix: type.startsWith("video/mp4") ? "mp4" : "webm" });
      };
      recorder.stop();
    });
  }
}
