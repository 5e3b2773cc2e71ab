/** Command line → command → exit code. */

import { COMMANDS, commandNamed } from './commands.ts'
import { didYouMean } from './did-you-mean.ts'
import { helpText } from './help.ts'
import { type Invocation, isOn, parseInvocation } from './parse.ts'
import { EXIT, isMisuse, type Misuse, misuse, type Surroundings } from './surroundings.ts'

/**
 * Does what the command line says and returns the exit code: 0, 1 when it failed, 2 when the command line is wrong.
 * Throws only for bugs.
 */
export async function run(surroundings: Surroundings): Promise<number> {
  const { args, env, err } = surroundings
  const invocation = parseInvocation(args, env)
  const outcome = isMisuse(invocation) ? invocation : await dispatch(invocation, surroundings)
  if (!isMisuse(outcome)) return outcome
  err.write(`${outcome.misuse}\n`)
  return EXIT.misuse
}

/** Each command is loaded when it is asked for: nobody waits for libp2p to get a key. */
async function dispatch(
  { command, operands, settings }: Invocation,
  surroundings: Surroundings,
): Promise<number | Misuse> {
  switch (command) {
    case 'server': {
      const { serve } = await import('./serve.ts')
      return serve(settings, surroundings)
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.ts')
      return doctor(settings, surroundings)
    }
    case 'bind': {
      const { bind } = await import('./bind.ts')
      return bind(settings, surroundings)
    }
    case 'pair': {
      const { pair } = await import('./pair.ts')
      return pair(settings, surroundings)
    }
    case 'sync': {
      const { sync } = await import('./sync.ts')
      return sync(settings, surroundings)
    }
    case 'export': {
      const { exportEvents } = await import('./transfer.ts')
      return exportEvents(operands[0], settings, surroundings)
    }
    case 'import': {
      const { importEvents } = await import('./transfer.ts')
      return importEvents(operands[0], settings, surroundings)
    }
    case 'connect': {
      const { connect } = await import('./connect.ts')
      return connect(operands[0], settings, surroundings)
    }
    case 'genkey': {
      const { genkey } = await import('./genkey.ts')
      return genkey(settings, surroundings)
    }
    case 'demo': {
      const { demo } = await import('./demo.ts')
      return demo(settings, surroundings)
    }
    case 'help':
      return help(operands[0], surroundings)
    case 'version': {
      const { VERSION } = await import('../version.ts')
      const text = isOn(settings.get('json')) ? JSON.stringify({ version: VERSION }) : VERSION
      surroundings.out.write(`${text}\n`)
      return EXIT.ok
    }
  }
}

function help(name: string | undefined, { out }: Surroundings): number | Misuse {
  const command = name === undefined ? undefined : commandNamed(name)
  if (name !== undefined && command === undefined) {
    const names = COMMANDS.map(known => known.name)
    const meant = didYouMean(name, names)
    const hint = meant === undefined ? `There are: ${names.join(', ')}.` : `Did you mean "${meant}"?`
    return misuse(`There is no command "${name}" to explain. ${hint}`)
  }
  out.write(helpText(command))
  return EXIT.ok
}
