/** The programs by which a small painting is seen large; the arithmetic is that of allaprima.engines.upsampling. */

export const VERTEX = `#version 300 es
in vec2 corner;
out vec2 place;
void main() {
  place = corner * 0.5 + 0.5;
  gl_Position = vec4(corner, 0.0, 1.0);
}`;

const HEAD = `#version 300 es
precision highp float;
in vec2 place;
out vec4 result;
`;

/** How strongly the painting follows its content: covariance by variance over windows of five. */
export const SLOPE = `${HEAD}
uniform sampler2D content, painted;
uniform vec2 pixel;
void main() {
  vec3 c1 = vec3(0.0), p1 = vec3(0.0), cc = vec3(0.0), cp = vec3(0.0);
  for (int y = -2; y <= 2; y++) for (int x = -2; x <= 2; x++) {
    vec2 at = place + vec2(x, y) * pixel;
    vec3 c = texture(content, at).rgb, p = texture(painted, at).rgb;
    c1 += c; p1 += p; cc += c * c; cp += c * p;
  }
  c1 /= 25.0; p1 /= 25.0; cc /= 25.0; cp /= 25.0;
  result = vec4((cp - c1 * p1) / (max(cc - c1 * c1, 0.0) + 1e-3), 1.0);
}`;

/** Means over windows of five. */
export const MEAN = `${HEAD}
uniform sampler2D source;
uniform vec2 pixel;
void main() {
  vec3 sum = vec3(0.0);
  for (int y = -2; y <= 2; y++) for (int x = -2; x <= 2; x++) sum += texture(source, place + vec2(x, y) * pixel).rgb;
  result = vec4(sum / 25.0, 1.0);
}`;

/** What of the painting its content does not explain. */
export const OFFSET = `${HEAD}
uniform sampler2D content, painted, slope;
void main() {
  result = vec4(texture(painted, place).rgb - texture(slope, place).rgb * texture(content, place).rgb, 1.0);
}`;

/** Adds what upsampling and shrinking would take away. */
export const SHARPEN = `${HEAD}
uniform sampler2D source, offset;
uniform vec2 pixel;
void main() {
  vec3 smoothed = vec3(0.0);
  for (int y = -1; y <= 1; y++) for (int x = -1; x <= 1; x++) {
    float weight = (x == 0 ? 6.0 : 1.0) * (y == 0 ? 6.0 : 1.0) / 64.0;
    smoothed += weight * texture(source, place + vec2(x, y) * pixel).rgb;
  }
  result = vec4(texture(offset, place).rgb + texture(source, place).rgb - smoothed, 1.0);
}`;

/** What is shown: left of the split the content, right of it the painting, in the content's colours if wanted. */
export const SHOW = `${HEAD}
uniform sampler2D content, painted, slope, offset;
uniform float split, line, mirror;
uniform bool detailed, colours;
const vec3 LUMA = vec3(0.2126, 0.7152, 0.0722);
void main() {
  vec2 at = vec2(mirror > 0.5 ? 1.0 - place.x : place.x, 1.0 - place.y);
  vec3 before = texture(content, at).rgb;
  vec3 after = detailed ? texture(slope, at).rgb * before + texture(offset, at).rgb : texture(painted, at).rgb;
  after = clamp(after, 0.0, 1.0);
  if (colours) {
    float wanted = clamp(dot(after, LUMA), 0.0, 1.0);
    vec3 chroma = before - dot(before, LUMA);
    float above = max(max(chroma.r, chroma.g), chroma.b), below = min(min(chroma.r, chroma.g), chroma.b);
    float room = min((1.0 - wanted) / max(above, 1e-5), wanted / max(-below, 1e-5));
    after = clamp(vec3(wanted) + min(room, 1.0) * chroma, 0.0, 1.0);
  }
  vec3 shown = place.x < split ? before : after;
  result = vec4(abs(place.x - split) < line ? vec3(1.0) : shown, 1.0);
}`;
