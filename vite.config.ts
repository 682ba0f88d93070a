/** How the page is built and served, and how the unit tests are found. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: 'src',
  base: './',
  // A missing file is answered with 404, not with the page: a mistyped model must be told as such.
  appType: 'mpa',
  cacheDir: '../.cache/vite',
  publicDir: '../public',
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022' },
  worker: { format: 'es' },
  plugins: [svelte({ configFile: false, preprocess: vitePreprocess() })],
  test: { include: ['**/*.test.ts'], environment: 'node', testTimeout: 60_000 },
});
