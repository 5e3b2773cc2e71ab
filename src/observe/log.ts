/** The logger that is handed in. A constant message plus fields; text from the network only at debug. */

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

export type Logger = (level: LogLevel, message: string, fields?: LogFields) => void

export const silent: Logger = () => {}

/** The message of whatever was thrown, for a log field; never a stack trace. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message
  // What WebRTC throws.
  if (error instanceof Event) return 'error' in error ? messageOf(error.error) : error.type
  return String(error)
}
