/** The known word that somebody probably meant. */

/** Edits that still count as a slip of the fingers. */
const MAX_EDITS = 2

/** @returns the nearest of `known`, or the only one that begins with `word`; undefined when none is near */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const begins = known.filter(candidate => word.length >= 2 && candidate.startsWith(word))
  if (begins.length === 1) return begins[0]
  let best: string | undefined
  // A short word has many neighbours: more than half of it must be right.
  let bestEdits = Math.min(MAX_EDITS, Math.floor((word.length - 1) / 2)) + 1
  for (const candidate of known) {
    const edits = editsBetween(word, candidate)
    if (edits < bestEdits) {
      best = candidate
      bestEdits = edits
    }
  }
  return best
}

/** Insertions, deletions, replacements, and swaps of neighbours that turn `a` into `b` (Damerau, restricted). */
function editsBetween(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let edits = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1))
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) edits = Math.min(edits, beforeLast[j - 2]! + 1)
      row.push(edits)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
