/** Lint rules: types are explicit, markup is never injected, time and chance come through ports, imports point downward. */
import { dirname, relative, resolve, sep } from 'node:path';
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

const root = resolve(import.meta.dirname, '..', 'src');

/** Layers from the bottom up; folders of one rank do not know each other. */
const rank = {
  lib: 0,
  envs: 1,
  policy: 1,
  rules: 1,
  algo: 2,
  // The other methods take from jerp.ts what they share with it.
  methods: 3.5,
  'jerp.ts': 3,
  trainer: 4,
  storage: 5,
  pretrain: 5,
  ui: 6,
  cli: 6,
};

/** Places where everything is put together: they may import from every layer. */
const entries = ['trainer/worker.ts', 'main.ts'];

const layers = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { up: '{{from}} must not import from {{to}}: imports point downward only (type-only imports are free).' },
  },
  create(context) {
    const file = relative(root, context.filename).split(sep).join('/');
    if (file.startsWith('..') || entries.includes(file) || file.endsWith('.test.ts')) return {};
    const layer = (path) => path.split('/')[0];
    const check = (node) => {
      const source = node.source?.value;
      const types = node.importKind === 'type' || node.exportKind === 'type';
      if (typeof source !== 'string' || !source.startsWith('.') || types) return;
      const target = relative(root, resolve(dirname(context.filename), source))
        .split(sep)
        .join('/');
      const [from, to] = [layer(file), layer(target)];
      if (from === to || rank[from] === undefined || rank[to] === undefined || rank[to] < rank[from]) return;
      context.report({ node, messageId: 'up', data: { from: file, to: target } });
    };
    return { ImportDeclaration: check, ExportNamedDeclaration: check, ExportAllDeclaration: check, ImportExpression: check };
  },
};

/** Calls that would make two runs of one seed differ. */
const chance = [
  { object: 'Math', property: 'random', message: 'Draw from lib/rng.ts, so that a seed fixes the run.' },
  { object: 'Date', property: 'now', message: 'Take a Clock (lib/clock.ts), so that tests can hold time still.' },
];

export default [
  { ignores: ['node_modules/', 'dist/', '.cache/', 'test-results/', 'playwright-report/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte', '**/*.mjs', '**/*.js'],
    plugins: { lab: { rules: { layers } } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-properties': [
        'error',
        ...chance,
        { property: 'innerHTML', message: 'Text is never markup here.' },
        { property: 'outerHTML', message: 'Text is never markup here.' },
      ],
      'lab/layers': 'error',
    },
  },
  { files: ['**/*.svelte', '**/*.svelte.ts'], languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'] } } },
  // Maps and sets inside a computation are local: nothing watches them.
  { files: ['**/*.svelte', '**/*.svelte.ts'], rules: { 'svelte/no-at-html-tags': 'error', 'svelte/prefer-svelte-reactivity': 'off' } },
  { files: ['src/lib/**'], rules: { 'no-restricted-properties': 'off' } },
];
