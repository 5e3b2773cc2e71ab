/**
 * A person's picture: one drawn from the key, which costs nothing and tells nobody who is looking. Their own picture is
 * loaded where the reader has chosen so, for whoever keeps it learns the reader's address.
 */
import { useState } from 'preact/hooks'
import type { Profile } from '../state/profile.ts'
import { useApp } from './context.ts'

export function Avatar({ profile, size }: { profile: Profile; size: number }) {
  const url = useChosenPicture(profile)
  const [broken, setBroken] = useState<string>()
  if (url === undefined || url === broken) return <DrawnAvatar pubkey={profile.pubkey} size={size} />
  return (
    <img
      class="avatar"
      src={url}
      width={size}
      height={size}
      alt=""
      loading="lazy"
      decoding="async"
      referrerpolicy="no-referrer"
      onError={() => setBroken(url)}
    />
  )
}

function useChosenPicture({ pubkey, picture }: Profile): string | undefined {
  const { settings, follows, owner } = useApp()
  const { pictures, saving } = settings
  if (picture === undefined || pictures.value === 'click' || saving.value) return undefined
  const isOwn = owner() === pubkey
  return pictures.value === 'all' || isOwn || follows.of()?.has(pubkey) === true ? picture : undefined
}

/** Also inside of another picture. */
export function DrawnAvatar({ pubkey, size }: { pubkey: string; size: number }) {
  const hue = Number.parseInt(pubkey.slice(0, 4), 16) % 360
  return (
    <svg class="avatar" width={size} height={size} viewBox="0 0 5 5" role="img" aria-hidden="true">
      <rect width="5" height="5" fill={`light-dark(oklch(90% 0.04 ${hue}), oklch(33% 0.05 ${hue}))`} />
      <path d={patternOf(pubkey)} fill={`light-dark(oklch(52% 0.13 ${hue}), oklch(76% 0.11 ${hue}))`} />
    </svg>
  )
}

/** Half of a mirrored pattern of five by five, from the key's bits; one path, for there are many of them. */
function patternOf(pubkey: string): string {
  const bits = Number.parseInt(pubkey.slice(8, 16), 16)
  let path = ''
  for (let i = 0; i < 15; i++) {
    if (((bits >>> i) & 1) === 0) continue
    const x = i % 3
    const y = Math.floor(i / 3)
    path += cellAt(x, y)
    if (x < 2) path += cellAt(4 - x, y)
  }
  return path
}

function cellAt(x: number, y: number): string {
  return `M${x} ${y}h1v1h-1z`
}
