/** How the page is built and served, and how the unit tests are found. */
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';
import { resolve } from 'node:path';
import { VitePWA } from 'vite-plugin-pwa';
import { defineConfig } from 'vitest/config';
import { previewHeaders, site } from './src/cli/site.ts';

const publicDir = resolve(import.meta.dirname, 'public');
/** Bigger files are fetched when they are chosen, and stay where their own code puts them. */
const MOST_OFFLINE = 4_000_000;

/** The page, its workers and the embedded policy are kept for a tab without network. */
const offline = VitePWA({
  registerType: 'prompt',
  injectRegister: null,
  manifest: {
    name: 'jerp-lab',
    short_name: 'jerp-lab',
    description: 'Watch an agent learn rules and weights together, in this browser tab.',
    display: 'standalone',
    start_url: './',
    scope: './',
    background_color: '#f6f7f5',
    theme_color: '#f6f7f5',
    icons: [
      { src: 'icon.svg', sizes: 'any', type: 'image/svg+xml' },
      { src: 'icon-192.png', sizes: '192x192', type: 'image/png' },
      { src: 'icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any maskable' },
    ],
  },
  workbox: {
    globPatterns: ['**/*.{js,css,html,wasm,json,bin,svg,png}'],
    // Ready runs are megabytes each: they are fetched when somebody wants to see them.
    globIgnores: ['results/ready/**', 'results/runs/**'],
    maximumFileSizeToCacheInBytes: 100_000_000,
    manifestTransforms: [(entries) => ({ manifest: entries.filter(({ size }) => size <= MOST_OFFLINE), warnings: [] })],
    navigateFallbackDenylist: [/\/(models|pools|panels|results|assets)\//],
    cleanupOutdatedCaches: true,
  },
});

export default defineConfig({
  root: 'src',
  base: './',
  // A missing file is answered with 404, not with the page: a mistyped model must be told as such.
  appType: 'mpa',
  cacheDir: '../.cache/vite',
  publicDir,
  build: { outDir: '../dist', emptyOutDir: true, target: 'es2022' },
  worker: { format: 'es' },
  preview: { headers: previewHeaders(publicDir) },
  plugins: [svelte({ configFile: false, preprocess: vitePreprocess() }), site(publicDir), offline],
  test: { include: ['**/*.test.ts'], environment: 'node', testTimeout: 180_000 },
});
