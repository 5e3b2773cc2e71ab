/** Small choices of this device that must be known before anything else is: localStorage, or nothing where withheld. */

const PREFIX = 'nostrp2p.'

export type DeviceValue =
  | 'token'
  | 'binding'
  | 'language'
  | 'theme'
  | 'saving'
  | 'pictures'
  | 'shortcuts'
  | 'push'
  | 'pushExcept'
  | 'key'
  | 'signer'

export function readDevice(name: DeviceValue): string | undefined {
  try {
    return localStorage.getItem(PREFIX + name) ?? undefined
  } catch {
    return undefined
  }
}

/** False where the browser does not keep it. */
export function writeDevice(name: DeviceValue, value: string | undefined): boolean {
  try {
    if (value === undefined) localStorage.removeItem(PREFIX + name)
    else localStorage.setItem(PREFIX + name, value)
    return true
  } catch {
    return false
  }
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
