/** The settings: a list of parts, and beside it, or on a phone instead of it, one of them. */
import type { IconNode } from 'lucide'
import { Archive, BellRing, ChevronLeft, KeyRound, LogOut, MonitorSmartphone, Palette, VolumeX } from 'lucide'
import type { ComponentType } from 'preact'
import { hashOf } from '../../route.ts'
import { words } from '../../words/words.ts'
import { Icon } from '../icon.tsx'
import { isWide } from '../wide.ts'
import { AppearancePart } from './appearance.tsx'
import { BackupPart } from './backup.tsx'
import { DevicesPart } from './devices.tsx'
import { KeyPart } from './key.tsx'
import { LeavePart } from './leave.tsx'
import { MutesPart } from './mutes.tsx'
import { NotificationsPart } from './notifications.tsx'
import '../../style/key.css'
import '../../style/house.css'
import { ViewTitle } from '../view-title.tsx'

const PARTS = {
  appearance: [Palette, AppearancePart],
  devices: [MonitorSmartphone, DevicesPart],
  key: [KeyRound, KeyPart],
  mutes: [VolumeX, MutesPart],
  notifications: [BellRing, NotificationsPart],
  backup: [Archive, BackupPart],
  leave: [LogOut, LeavePart],
} as const satisfies Record<string, readonly [IconNode, ComponentType<{ owner: string }>]>

type PartName = keyof typeof PARTS

export function Settings({ part, owner }: { part: string; owner: string }) {
  const { nav, house } = words()
  const asked = Object.hasOwn(PARTS, part) ? (part as PartName) : undefined
  const isBoth = isWide.value
  const shown = asked ?? (isBoth ? 'appearance' : undefined)
  return (
    <>
      {asked === undefined ? (
        <ViewTitle class="view-title" text={nav.settings} />
      ) : (
        isBoth && <h1 class="view-title">{nav.settings}</h1>
      )}
      <div class="settings">
        {(isBoth || shown === undefined) && <PartList shown={shown} />}
        {shown !== undefined && (
          <section class="settings-part" aria-labelledby="part-title">
            {!isBoth && (
              <a class="button plain settings-back" href={hashOf({ view: 'settings', part: '' })}>
                <Icon of={ChevronLeft} /> {house.settings.back}
              </a>
            )}
            {asked === undefined ? (
              <h2 id="part-title">{house.settings[shown]}</h2>
            ) : (
              <ViewTitle id="part-title" level={isBoth ? 2 : 1} text={house.settings[asked]} within={nav.settings} />
            )}
            <Part name={shown} owner={owner} />
          </section>
        )}
      </div>
    </>
  )
}

function Part({ name, owner }: { name: PartName; owner: string }) {
  const View: ComponentType<{ owner: string }> = PARTS[name][1]
  return <View key={name} owner={owner} />
}

function PartList({ shown }: { shown: PartName | undefined }) {
  const { settings } = words().house
  return (
    <nav class="settings-list" aria-label={settings.parts}>
      {(Object.keys(PARTS) as PartName[]).map(name => (
        <a
          key={name}
          class="settings-way"
          href={hashOf({ view: 'settings', part: name })}
          aria-current={shown === name ? 'page' : undefined}
        >
          <Icon of={PARTS[name][0]} />
          <span>
            <span class="option-label">{settings[name]}</span>
            <span class="small quiet settings-hint">{settings[`${name}Hint`]}</span>
          </span>
        </a>
      ))}
    </nav>
  )
}
