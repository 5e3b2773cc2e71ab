/** A text as a QR code: dark on light in both themes, which every camera reads. */

import { useMemo } from 'preact/hooks'
import encodeQR from 'qr'

/** Light modules around it (ISO/IEC 18004). */
const QUIET = 4

export function QrCode({ text, label }: { text: string; label: string }) {
  const drawn = useMemo(() => draw(text), [text])
  if (drawn === undefined) return null
  const { size, path } = drawn
  return (
    <svg class="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shape-rendering="crispEdges">
      <rect class="qr-ground" width={size} height={size} />
      <path class="qr-ink" d={path} />
    </svg>
  )
}

/** undefined for what no code can hold. */
function draw(text: string): { size: number; path: string } | undefined {
  try {
    const rows = encodeQR(text, 'raw', { border: QUIET, ecc: 'low' })
    const path = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
    return { size: rows.length, path }
  } catch {
    return undefined
  }
}
