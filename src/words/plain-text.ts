/** Text for a terminal: nothing from the network may move the cursor, turn the writing direction, or fill the screen. */

/**
 * Controls (C0, C1, so no escape sequence survives), format characters (direction marks, zero-width, tags), lone
 * surrogates, private use, line and paragraph separators.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu
/** Marks pile up on one letter; more than two on one is a picture, not writing. */
const PILED_MARKS = /(\p{M}{2})\p{M}+/gu

/** One line of at most `maxLength` characters; white space is folded into single blanks. */
export function plain(text: string, maxLength: number): string {
  // Cut first: a post may have 256 KiB, and a line shows 60 characters of it.
  const cut = text.slice(0, maxLength * 8)
  const clean = cut.replace(/\s+/g, ' ').replace(UNPRINTABLE, '').replace(PILED_MARKS, '$1').trim()
  const characters = [...clean]
  if (characters.length <= maxLength && cut.length === text.length) return clean
  return `${characters
    .slice(0, maxLength - 1)
    .join('')
    .trimEnd()}…`
}

/** `1 node`, `4 nodes`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

/** `14:02:11`, the local time of day. */
export function clockTime(ms: number): string {
  return timeOfDay(ms, 8)
}

/** `14:08`, the local time of day. */
export function hourMinute(ms: number): string {
  return timeOfDay(ms, 5)
}

function timeOfDay(ms: number, length: number): string {
  const date = new Date(ms)
  const two = (number: number) => String(number).padStart(2, '0')
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`.slice(0, length)
}

/** A path as people write it: the home directory as `~`. */
export function shortPath(path: string, homeDir: string): string {
  return path.startsWith(`${homeDir}/`) && homeDir !== '/' ? `~${path.slice(homeDir.length)}` : path
}
