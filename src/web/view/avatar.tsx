/** A person's picture: one drawn from the key, which costs nothing and tells nobody who is looking. */
import type { Profile } from '../state/profile.ts'

export function Avatar({ profile, size }: { profile: Profile; size: number }) {
  const { pubkey } = profile
  const hue = Number.parseInt(pubkey.slice(0, 4), 16) % 360
  const cells = cellsOf(pubkey)
  return (
    <svg class="avatar" width={size} height={size} viewBox="0 0 5 5" role="img" aria-hidden="true">
      <rect width="5" height="5" fill={`oklch(var(--avatar-ground) ${hue})`} />
      {cells.map(({ x, y }) => (
        <rect key={`${x}${y}`} x={x} y={y} width="1" height="1" fill={`oklch(var(--avatar-ink) ${hue})`} />
      ))}
    </svg>
  )
}

/** Half of a mirrored pattern of five by five, from the key's bits. */
function cellsOf(pubkey: string): { x: number; y: number }[] {
  const bits = BigInt(`0x${pubkey.slice(8, 16)}`)
  const cells: { x: number; y: number }[] = []
  for (let i = 0; i < 15; i++) {
    if (((bits >> BigInt(i)) & 1n) === 0n) continue
    const x = i % 3
    const y = Math.floor(i / 3)
    cells.push({ x, y })
    if (x < 2) cells.push({ x: 4 - x, y })
  }
  return cells
}
