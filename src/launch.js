#!/usr/bin/env node
// Plain JavaScript without static imports: a Node that is too old must get as far as saying so.
const neededMajor = 22

if (Number.parseInt(process.versions.node, 10) < neededMajor) {
  process.stderr.write(
    'nostrp2p needs Node.js ' +
      neededMajor +
      ' or newer; this is ' +
      process.versions.node +
      '. Install a current version from https://nodejs.org and start again.\n',
  )
  process.exit(1)
}

if (process.getBuiltinModule) {
  // A node reads thousands of small records and forgets them: collecting sooner keeps the process half as large.
  // Flags of the V8 in every Node from 22 on that take effect while it runs; measured with `npm run bench:relay`.
  const v8 = process.getBuiltinModule('node:v8')
  v8.setFlagsFromString('--semi-space-growth-factor=1')
  v8.setFlagsFromString('--heap-growing-percent=60')

  const { enableCompileCache } = process.getBuiltinModule('node:module')
  if (enableCompileCache) enableCompileCache()
}

void import('./main.ts').then(main => main.main())
