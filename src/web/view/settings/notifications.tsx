/** Web Push from the node to this device: asked of the browser, and what of. */

import { useEffect, useState } from 'preact/hooks'
import { PUSH_TOPICS, type PushState, type PushTopic } from '../../../wire/push.ts'
import { readDevice, writeDevice } from '../../keep/device.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { deviceName } from '../../state/claim.ts'
import {
  endPush,
  ownSubscription,
  type PushObstacle,
  pushObstacle,
  readPush,
  subscribe,
  tell,
  unsubscribe,
} from '../../state/push.ts'
import { mutedPeople } from '../../state/push-mutes.ts'
import { count, timeAgo, wholeDay, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { troubleSentence } from '../trouble-bar.tsx'
import { Switch } from './choices.tsx'
import { PartHeading } from './part-heading.tsx'
import { Withheld } from './withheld.tsx'

export function NotificationsPart() {
  const { mutes, session, settings } = useApp()
  const [held, setHeld] = useState<PushState>()
  const [subscription, setSubscription] = useState<PushSubscription>()
  const [chosen, setChosen] = useState<readonly PushTopic[]>(['mentions', 'replies'])
  /** On its way to the node. */
  const [wanted, setWanted] = useState<readonly PushTopic[]>()
  const [problem, setProblem] = useState<PushObstacle | Trouble | undefined>(pushObstacle)
  const [isBusy, setBusy] = useState(false)
  const { house, common } = words()
  const { notifications: texts } = house
  const ownId = readDevice('push')
  const own = subscription === undefined ? undefined : held?.devices.find(({ id }) => id === ownId)
  const what = wanted ?? own?.what ?? chosen

  useEffect(() => {
    void (async () => {
      setSubscription(await ownSubscription().catch(() => undefined))
      take(await readPush(session.call))
    })()
  }, [])

  // Whoever allows it in the browser's settings comes back to a page that knows.
  useEffect(() => {
    const stop = new AbortController()
    const look = () => setProblem(known => (known === 'denied' ? pushObstacle() : known))
    addEventListener('focus', look, { signal: stop.signal })
    document.addEventListener('visibilitychange', look, { signal: stop.signal })
    return () => stop.abort()
  }, [])

  /** Shows what the node answered. */
  function take(answer: PushState | Trouble | PushObstacle): void {
    if (typeof answer === 'string' || isTrouble(answer)) {
      setProblem(answer)
      return
    }
    if (answer.id !== undefined) writeDevice('push', answer.id)
    setHeld(answer)
  }

  async function busy(work: () => Promise<void>): Promise<void> {
    setBusy(true)
    setProblem(undefined)
    await work()
    setBusy(false)
  }

  const choice = (topics: readonly PushTopic[]) => ({
    what: topics,
    language: settings.language.value,
    device: deviceName(navigator.userAgent),
    except: mutedPeople(mutes),
  })

  const begin = () =>
    busy(async () => {
      if (held === undefined) {
        take(await readPush(session.call))
        return
      }
      take(await subscribe(session.call, held.publicKey, choice(what)))
      setSubscription(await ownSubscription().catch(() => undefined))
    })

  const end = () =>
    busy(async () => {
      const trouble = await unsubscribe(session.call)
      writeDevice('push', undefined)
      setSubscription(undefined)
      take(trouble ?? (await readPush(session.call)))
    })

  async function want(topic: PushTopic, isWanted: boolean): Promise<void> {
    const next = PUSH_TOPICS.filter(one => (one === topic ? isWanted : what.includes(one)))
    if (next.length === 0) return
    setChosen(next)
    if (subscription === undefined || own === undefined) return
    setWanted(next)
    take(await tell(session.call, subscription, choice(next)))
    setWanted(undefined)
  }

  const isPossible = typeof problem !== 'string' || problem === 'dismissed' || problem === 'noService'
  const isFull = own === undefined && held !== undefined && held.devices.length >= held.max
  return (
    <>
      <p>{texts.what}</p>
      <p class="small quiet">{texts.how}</p>
      <p class="trouble" role="alert">
        {typeof problem === 'string' ? texts[problem] : problem === undefined ? '' : troubleSentence(problem)}
      </p>
      {problem === 'insecure' && <Withheld />}
      {isPossible && (
        <>
          <fieldset class="options">
            <legend>{texts.of}</legend>
            {PUSH_TOPICS.map(topic => (
              <Switch
                key={topic}
                label={texts[topic]}
                isOn={what.includes(topic)}
                isDisabled={isBusy || (what.length === 1 && what[0] === topic)}
                onChange={isOn => void want(topic, isOn)}
              />
            ))}
          </fieldset>
          {isFull && <p class="trouble">{texts.full(count(held.max))}</p>}
          <div class="row">
            {own === undefined ? (
              <button type="button" class="button main" disabled={isBusy || isFull} onClick={() => void begin()}>
                {texts.on}
              </button>
            ) : (
              <button type="button" class="button" disabled={isBusy} onClick={() => void end()}>
                {texts.off}
              </button>
            )}
            <span role="status">{own !== undefined ? texts.isOn : isBusy ? texts.asking : ''}</span>
          </div>
        </>
      )}
      {held === undefined && problem === undefined && <p class="quiet">{common.loading}</p>}
      {held !== undefined && held.devices.length > 0 && (
        <PushDevices held={held} onEnd={id => void busy(async () => take(await endPush(session.call, { id })))} />
      )}
    </>
  )
}

function PushDevices({ held, onEnd }: { held: PushState; onEnd: (id: string) => void }) {
  const { now } = useApp()
  const { notifications: texts } = words().house
  return (
    <>
      <PartHeading>{texts.others}</PartHeading>
      <ul class="lines">
        {held.devices.map(({ id, device, created, lastSent, trouble, what }) => (
          <li key={id} class="line">
            <div class="line-text">
              <bdi class="name">{device === '' ? texts.unnamed : device}</bdi>
              <p class="meta">
                {what.map(topic => texts[topic]).join(', ')} · {texts.since(wholeDay(Date.parse(created)))}
                {lastSent !== null && ` · ${texts.lastSent(timeAgo(Date.parse(lastSent) / 1000, now.value))}`}
              </p>
              {trouble !== null && <p class="small trouble">{texts.trouble(trouble)}</p>}
            </div>
            <button type="button" class="button plain" onClick={() => onEnd(id)}>
              {texts.end}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
