/** After the claim: a name, people, and how to hear of them. Each step can be skipped and none loses what was typed. */
import { useState } from 'preact/hooks'
import { arrive, go } from '../../route.ts'
import { count, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { lazy } from '../lazy.tsx'
import { PeopleStep } from './people-step.tsx'
import { ProfileStep } from './profile-step.tsx'
import '../../style/key.css'
import '../../style/house.css'
import { ViewTitle } from '../view-title.tsx'

const NotificationsPart = lazy(() => import('../settings/notifications.tsx').then(module => module.NotificationsPart))

const STEPS = ['profile', 'people', 'notices'] as const

export function FirstSteps({ owner }: { owner: string }) {
  const { signing } = useApp()
  const [at, setAt] = useState(0)
  const { first, keeping } = words().key
  const next = (): void => {
    arrive()
    setAt(at + 1)
  }
  const step = STEPS[at]
  return (
    <main class="sheet">
      <p class="meta">{first.step(count(at + 1), count(STEPS.length))}</p>
      {signing.isPassing.value && <p class="warning">{keeping.notKept}</p>}
      {step === 'profile' && <ProfileStep owner={owner} onDone={next} />}
      {step === 'people' && <PeopleStep owner={owner} onDone={next} />}
      {step === 'notices' && <NoticesStep />}
    </main>
  )
}

function NoticesStep() {
  const { refresh } = useApp()
  const { first } = words().key
  return (
    <div class="stack">
      <ViewTitle text={first.noticesTitle} />
      <p>{first.noticesWhy}</p>
      <NotificationsPart />
      <button
        class="button main"
        type="button"
        onClick={() => {
          refresh()
          go({ view: 'home' })
        }}
      >
        {first.done}
      </button>
    </div>
  )
}
