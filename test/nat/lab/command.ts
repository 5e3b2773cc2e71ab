/** Programs of the system, run to their end. */
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'

const COMMAND_MS = 10_000

/**
 * What the program wrote.
 * @throws with its complaint when it fails or takes longer than ten seconds
 */
export async function runCommand(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: 'pipe', timeout: COMMAND_MS })
  const over = new Promise<number | null>((settle, fail) => {
    child.once('error', fail)
    child.once('close', settle)
  })
  // A program that fails early does not read what it was given.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [output, complaint, code] = await Promise.all([text(child.stdout), text(child.stderr), over])
  if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${complaint.trim() || `ended with ${code}`}\n${input}`)
  return output
}
