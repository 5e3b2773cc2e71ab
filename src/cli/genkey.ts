/** `genkey`: a key pair for a new owner, in the form that the original prints, byte for byte. */
import { bytesToHex } from '../event/hex.ts'
import { generateKeyPair, type KeyPair, npubOf, nsecOf } from '../event/keys.ts'
import { isOn, type Settings } from './parse.ts'
import { EXIT, type Surroundings } from './surroundings.ts'

export function genkey(settings: Settings, { out }: Surroundings): number {
  const keys = generateKeyPair()
  out.write(isOn(settings.get('json')) ? keysAsJson(keys) : keysAsText(keys))
  return EXIT.ok
}

/** The blanks at the ends of two labels are the original's. */
export function keysAsText({ secretKey, pubkey }: KeyPair): string {
  return [
    'Secret Key:',
    nsecOf(secretKey),
    'Secret Key (In Hex Representation): ',
    bytesToHex(secretKey),
    'Public Key:',
    npubOf(pubkey),
    'Public key (In Hex Representation): ',
    pubkey,
    '',
    'Please keep the secret key secret.',
    'The key is used only at NostrP2P client as your identity.',
    '',
  ].join('\n')
}

function keysAsJson({ secretKey, pubkey }: KeyPair): string {
  const keys = { nsec: nsecOf(secretKey), secretKey: bytesToHex(secretKey), npub: npubOf(pubkey), publicKey: pubkey }
  return `${JSON.stringify(keys)}\n`
}
