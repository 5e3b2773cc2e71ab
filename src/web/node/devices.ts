/** The owner's devices (R13). */
import type { Device, Devices, NewDevice } from '../../wire/devices.ts'
import { type Call, jsonOf } from './call.ts'
import { isTrouble, type Trouble } from './trouble.ts'

/** R13.2. */
export const MAX_DEVICE_NAME = 60

export async function listDevices(call: Call): Promise<readonly Device[] | Trouble> {
  const answer = await jsonOf<Devices>(await call('/devices'))
  return isTrouble(answer) ? answer : answer.devices
}

export async function addDevice(call: Call, name: string): Promise<NewDevice | Trouble> {
  return jsonOf<NewDevice>(await call('/devices', { method: 'POST', body: { name } }))
}

export async function renameDevice(call: Call, id: string, name: string): Promise<unknown | Trouble> {
  return jsonOf<unknown>(await call(pathOf(id), { method: 'POST', body: { name } }))
}

export async function revokeDevice(call: Call, id: string): Promise<unknown | Trouble> {
  return jsonOf<unknown>(await call(pathOf(id), { method: 'DELETE' }))
}

function pathOf(id: string): string {
  return `/devices/${encodeURIComponent(id)}`
}
