/** What the page may do, as its node says with every file, and as the build says in the page itself for other hosts. */

/**
 * Scripts and styles of the page alone; pictures by URL once somebody has asked for them; nodes anywhere, for a page that is
 * away from its own, and NIP-46 signers by `wss:`. WebRTC is under no such rule.
 */
const RULES = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob: https: http:",
  "media-src 'self' blob: https: http:",
  "connect-src 'self' https: http: ws: wss:",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types nostrp2p',
] as const

/** For a `meta` tag, which browsers do not let speak of frames. */
export const META_POLICY = RULES.join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [...RULES, "frame-ancestors 'none'"].join('; '),
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(), geolocation=(), payment=()',
}
