/** The frame and the small parts of every page: no script, nothing from elsewhere. */
import { PAGE_STYLE } from './page-style.ts'

/** Text of the network reaches a page only through here. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** @param above stands over the title, as HTML: where one came from */
export function page(title: string, content: string, above = 'nostrp2p'): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)} · nostrp2p</title>
<style>${PAGE_STYLE}</style>
<main>
<p class="quiet">${above}</p>
<h1>${escapeHtml(title)}</h1>
${content}
</main>
</html>
`
}

/** Names and values; the values are HTML. */
export function list(rows: readonly (readonly [string, string])[]): string {
  return `<dl>${rows.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${value}</dd>`).join('')}</dl>`
}

export function code(text: string): string {
  return `<code>${escapeHtml(text)}</code>`
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}
