/** Hands a file to the browser, which asks or puts it where downloads go. */
const KEEP_MS = 60_000

export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser may read it only when the person has said where to.
  setTimeout(() => URL.revokeObjectURL(url), KEEP_MS)
}
