/** Small choices of this device that must be known before anything else is: localStorage, or nothing where withheld. */

const PREFIX = 'nostrp2p.'
/** How somebody likes this device to look and behave says nothing of whose it was. */
const CHOICES: ReadonlySet<string> = new Set(['language', 'theme', 'saving', 'pictures', 'shortcuts'].map(named))

export type DeviceValue =
  | 'token'
  | 'binding'
  | 'node'
  | 'language'
  | 'theme'
  | 'saving'
  | 'pictures'
  | 'shortcuts'
  | 'push'
  | 'pushExcept'
  | 'signer'

export function readDevice(name: DeviceValue): string | undefined {
  try {
    return localStorage.getItem(named(name)) ?? undefined
  } catch {
    return undefined
  }
}

/** False where the browser does not keep it. */
export function writeDevice(name: DeviceValue, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(named(name))
    else localStorage.setItem(named(name), value)
    return true
  } catch {
    return false
  }
}

/** Takes away all but the choices of the device. */
export function forgetDevice(): void {
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX) && !CHOICES.has(key)) localStorage.removeItem(key)
    }
  } catch {
    // Nothing was kept.
  }
}

/** Tells when another tab has taken this value away, as when somebody signs out there. */
export function onTakenElsewhere(name: DeviceValue, told: () => void): void {
  addEventListener('storage', ({ key, newValue }) => {
    if (newValue === null && (key === null || key === named(name))) told()
  })
}

function named(name: string): string {
  return PREFIX + name
}

/** Whether the browser keeps such values at all. */
export function isDeviceKept(): boolean {
  const probe = `${PREFIX}probe`
  try {
    localStorage.setItem(probe, '1')
    localStorage.removeItem(probe)
    return true
  } catch {
    return false
  }
}
