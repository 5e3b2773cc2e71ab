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
  const { enableCompileCache } = process.getBuiltinModule('node:module')
  if (enableCompileCache) enableCompileCache()
}

void import('./main.ts').then(main => main.main())
