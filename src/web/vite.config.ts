/** How the page is built: `dist/web`, relative addresses (it also stands under /k/<token>/), nothing from elsewhere. */
import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const HERE = import.meta.dirname

export default defineConfig({
  root: HERE,
  base: './',
  publicDir: resolve(HERE, 'public'),
  build: {
    outDir: resolve(HERE, '../../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: resolve(HERE, 'index.html'), 'service-worker': resolve(HERE, 'service-worker.ts') },
      output: {
        // The service worker must stand at the top, under a name that does not change.
        codeSplitting: {
          // What the first screen needs is one file: a phone waits for each. All else comes when it is looked at.
          groups: [{ name: 'page', tags: ['$initial'], test: id => !id.endsWith('service-worker.ts') }],
        },
        entryFileNames: chunk => (chunk.name === 'service-worker' ? 'service-worker.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
})
