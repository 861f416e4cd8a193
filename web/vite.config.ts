import { copyFileSync, mkdirSync } from "node:fs";
import { defineConfig } from "vite";

// onnxruntime's WebAssembly is copied beside the page rather than bundled: each visitor fetches only the one of the two
// that runs there.
const RUNTIMES = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.jspi"];

export default defineConfig({
  base: "./",
  resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "development|production"] },
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700, // mediabunny, which only those fetch who paint a film
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { index: "index.html", sw: "src/sw.ts" },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  plugins: [
    {
      name: "runtime-beside-the-page",
      apply: "build",
      closeBundle() {
        mkdirSync("dist/runtime", { recursive: true });
        for (const name of RUNTIMES) {
          for (const suffix of ["mjs", "wasm"]) {
            copyFileSync(`node_modules/onnxruntime-web/dist/${name}.${suffix}`, `dist/runtime/${name}.${suffix}`);
          }
        }
      },
    },
  ],
});
