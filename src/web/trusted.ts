/** The script that the page may start beside itself; a browser with Trusted Types takes no other address for one. */

type Script = 'service-worker.js'

interface Policy {
  createScriptURL(text: string): string
}

interface TrustedTypes {
  createPolicy(name: string, rules: Policy): Policy
}

let policy: Policy | undefined

/** @returns what `register` takes: an address below the page's own */
export function scriptUrl(name: Script): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
  policy ??= types?.createPolicy('nostrp2p', RULES) ?? RULES
  return policy.createScriptURL(name)
}

const RULES: Policy = { createScriptURL: name => new URL(name, pageBase()).href }

/** Where the page stands, without the code in its address. */
export function pageBase(): string {
  const url = new URL(/* @vite-ignore */ '..', import.meta.url)
  url.pathname = url.pathname.replace(/^\/k\/[A-Za-z0-9_-]{1,128}(?=\/|$)/, '')
  return url.href
}

/** This script's path below that, as `files.json` has it. */
export function ownScript(): string {
  return `./assets/${import.meta.url.split('/').at(-1)}`
}
