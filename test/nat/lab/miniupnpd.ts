/** The port mapping of a router: Debian's miniupnpd, by UPnP and NAT-PMP. */
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { until } from '../../support/until.ts'
import type { Namespace } from './namespace.ts'

/** Between the interfaces `wan` and `lan` of the router, in the chains of router.ts. */
export async function startMiniupnpd(folder: string, router: Namespace, natPmp: boolean): Promise<void> {
  const settings = {
    ext_ifname: 'wan',
    listening_ip: 'lan',
    enable_upnp: 'yes',
    enable_natpmp: natPmp ? 'yes' : 'no',
    upnp_table_name: 'filter',
    upnp_nat_table_name: 'nat',
    upnp_forward_chain: 'upnp',
    upnp_nat_chain: 'upnp',
    upnp_nat_postrouting_chain: 'upnp-out',
    secure_mode: 'yes',
    uuid: randomUUID(),
    lease_file: join(folder, `${router.name}.leases`),
  }
  const file = join(folder, `${router.name}.miniupnpd.conf`)
  const lines = Object.entries(settings).map(([name, value]) => `${name}=${value}\n`)
  writeFileSync(file, `${lines.join('')}allow 1024-65535 192.168.0.0/16 1024-65535\ndeny 0-65535 0.0.0.0/0 0-65535\n`)
  const child = router.spawn('miniupnpd', ['-d', '-f', file, '-P', join(folder, `${router.name}.pid`)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4_000)
  })
  const port = natPmp ? /:5351\b/ : /:1900\b/
  const listens = async () => {
    if (child.exitCode !== null) throw new Error(said)
    return port.test(await router.run('ss', '-lun'))
  }
  await until('that miniupnpd listens', listens)
}
