/** Draws a content and its small painting onto a canvas: large, split, mirrored, in the content's colours. */

import { MEAN, OFFSET, SHARPEN, SHOW, SLOPE, VERTEX } from "./shaders";

export interface Shown {
  readonly split: number;    // where the painting begins, 0 to 1
  readonly mirrored: boolean;
  readonly colours: boolean; // the content's, under the painting's light and shade
}

export interface Painting {
  readonly painted: Uint8ClampedArray<ArrayBuffer>;
  readonly content: Uint8ClampedArray<ArrayBuffer>; // the small one that was painted
  readonly width: number;
  readonly height: number;
}

type Canvas = HTMLCanvasElement | OffscreenCanvas;
type Source = ImageBitmap | HTMLVideoElement | HTMLImageElement | OffscreenCanvas | HTMLCanvasElement;

const SHARPENINGS = 4;
const LINE_PIXELS = 1.5;

interface Target {
  readonly texture: WebGLTexture;
  readonly frame: WebGLFramebuffer;
}

export class Compositor {
  private readonly gl: WebGL2RenderingContext;
  private readonly programs = new Map<string, WebGLProgram>();
  private readonly content: WebGLTexture;
  private readonly smallContent: WebGLTexture;
  private readonly painted: WebGLTexture;
  private targets: Target[] = [];
  private size = "";
  private small = { width: 0, height: 0 };
  private readonly halves: boolean;

  /** Throws an Error with a sentence where the browser draws no WebGL 2. */
  constructor(readonly canvas: Canvas) {
    const gl = canvas.getContext("webgl2", { alpha: false, antialias: false, preserveDrawingBuffer: true });
    if (gl === null) {
      throw new Error("this browser draws no WebGL 2, which the page shows its paintings by");
    }
    this.gl = gl as WebGL2RenderingContext;
    this.halves = this.gl.getExtension("EXT_color_buffer_float") !== null
      || this.gl.getExtension("EXT_color_buffer_half_float") !== null;
    const corners = this.gl.createBuffer();
    this.gl.bindBuffer(this.gl.ARRAY_BUFFER, corners);
    this.gl.bufferData(this.gl.ARRAY_BUFFER, new Float32Array([-1, -1, 3, -1, -1, 3]), this.gl.STATIC_DRAW);
    this.gl.enableVertexAttribArray(0);
    this.gl.vertexAttribPointer(0, 2, this.gl.FLOAT, false, 0, 0);
    this.gl.pixelStorei(this.gl.UNPACK_ALIGNMENT, 1);
    [this.content, this.smallContent, this.painted] = [this.texture(), this.texture(), this.texture()];
  }

  /** Takes a new painting and the content that it is shown over, drawn at the content's own size. */
  take(content: Source, width: number, height: number, painting: Painting): void {
    const { gl } = this;
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
    }
    this.small = { width: painting.width, height: painting.height };
    gl.bindTexture(gl.TEXTURE_2D, this.content);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, content as TexImageSource);
    this.upload(this.smallContent, painting.content);
    this.upload(this.painted, painting.painted);
    if (this.detailed) {
      this.fit();
    }
  }

  /** Draws what was taken last. */
  draw(shown: Shown): void {
    if (this.small.width === 0) {
      return;
    }
    const { gl, canvas } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, canvas.width, canvas.height);
    const [, slope, , offset] = this.targets;
    const textures = { content: this.content, painted: this.painted,
      slope: this.detailed ? slope!.texture : this.painted, offset: this.detailed ? offset!.texture : this.painted };
    const program = this.run(SHOW, textures);
    const at = (name: string): WebGLUniformLocation | null => gl.getUniformLocation(program, name);
    gl.uniform1f(at("split"), shown.split);
    gl.uniform1f(at("line"), shown.split > 0 && shown.split < 1 ? LINE_PIXELS / canvas.width : 0);
    gl.uniform1f(at("mirror"), shown.mirrored ? 1 : 0);
    gl.uniform1i(at("detailed"), this.detailed ? 1 : 0);
    gl.uniform1i(at("colours"), shown.colours ? 1 : 0);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  /** Whether the content has details that the small painting lacks. */
  private get detailed(): boolean {
    return this.halves && this.small.height < this.canvas.height;
  }

  /** Finds slopes and offsets of the small painting: targets 1 and 3. */
  private fit(): void {
    const { width, height } = this.small;
    if (this.size !== `${width}x${height}`) {
      this.size = `${width}x${height}`;
      this.targets.forEach(({ texture, frame }) => {
        this.gl.deleteTexture(texture);
        this.gl.deleteFramebuffer(frame);
      });
      this.targets = [0, 1, 2, 3, 4].map(() => this.target(width, height));
    }
    const [raw, slope, plain, one, other] = this.targets as [Target, Target, Target, Target, Target];
    this.gl.viewport(0, 0, width, height);
    const pair = { content: this.smallContent, painted: this.painted };
    this.into(raw, SLOPE, pair);
    this.into(slope, MEAN, { source: raw.texture });
    this.into(plain, OFFSET, { ...pair, slope: slope.texture });
    let source = plain;
    for (let round = 0; round < SHARPENINGS; round += 1) {
      const next = round % 2 === 0 ? other : one; // an even number of rounds ends in target 3
      this.into(next, SHARPEN, { source: source.texture, offset: plain.texture });
      source = next;
    }
  }

  private into(target: Target, fragment: string, textures: Record<string, WebGLTexture>): void {
    const { gl } = this;
    gl.bindFramebuffer(gl.FRAMEBUFFER, target.frame);
    const program = this.run(fragment, textures);
    gl.uniform2f(gl.getUniformLocation(program, "pixel"), 1 / this.small.width, 1 / this.small.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  private run(fragment: string, textures: Record<string, WebGLTexture>): WebGLProgram {
    const { gl } = this;
    const program = this.programs.get(fragment) ?? this.linked(fragment);
    this.programs.set(fragment, program);
    gl.useProgram(program);
    Object.entries(textures).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(gl.getUniformLocation(program, name), unit);
    });
    gl.activeTexture(gl.TEXTURE0);
    return program;
  }

  private linked(fragment: string): WebGLProgram {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, fragment]] as const) {
      const shader = gl.createShader(kind)!;
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.bindAttribLocation(program, 0, "corner");
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
      throw new Error(`a shader could not be made: ${gl.getProgramInfoLog(program)}`);
    }
    return program;
  }

  private upload(texture: WebGLTexture, pixels: Uint8ClampedArray<ArrayBuffer>): void {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, this.small.width, this.small.height, 0, gl.RGBA, gl.UNSIGNED_BYTE,
                  new Uint8Array(pixels.buffer));
  }

  private texture(): WebGLTexture {
    const { gl } = this;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    for (const [name, value] of [[gl.TEXTURE_MIN_FILTER, gl.LINEAR], [gl.TEXTURE_MAG_FILTER, gl.LINEAR],
                                 [gl.TEXTURE_WRAP_S, gl.CLAMP_TO_EDGE], [gl.TEXTURE_WRAP_T, gl.CLAMP_TO_EDGE]] as const) {
      gl.texParameteri(gl.TEXTURE_2D, name, value);
    }
    return texture;
  }

  private target(width: number, height: number): Target {
    const { gl } = this;
    const texture = this.texture();
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.RGBA16F, width, height);
    const frame = gl.createFramebuffer();
    gl.bindFramebuffer(gl.FRAMEBUFFER, frame);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
    return { texture, frame };
  }
}
