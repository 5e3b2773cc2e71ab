/** A node that gives nothing without a key to it: how to get in. */
import { useState } from 'preact/hooks'
import { arrive } from '../route.ts'
import { words } from '../words/words.ts'
import { useApp } from './context.ts'
import { lazy } from './lazy.tsx'
import { Pair, PairWay } from './pair-way.tsx'
import { ViewTitle } from './view-title.tsx'

const SignIn = lazy(() => import('./key/sign-in.tsx').then(module => module.SignIn))

export interface LockedProps {
  readonly wasWrong: boolean
  /** The page here is for everybody. */
  readonly isPublicPage: boolean
}

/** A page that was paired is told why it is not any more; another one how it gets in, here or at a node of its own. */
export function Locked({ wasWrong, isPublicPage }: LockedProps) {
  const { session } = useApp()
  const [wantsHere, setWantsHere] = useState(false)
  if (session.way.fault.value === 'revoked') return <ShutOut />
  if (!isPublicPage || wantsHere) return <Enter wasWrong={wasWrong} />
  return (
    <Pair
      text=""
      onEnter={() => {
        arrive()
        setWantsHere(true)
      }}
    />
  )
}

function ShutOut() {
  const { shutOut } = words().road
  return (
    <main class="sheet">
      <ViewTitle text={shutOut.title} />
      <p>{shutOut.how}</p>
      <PairWay isAgain />
    </main>
  )
}

function Enter({ wasWrong }: { wasWrong: boolean }) {
  const { session } = useApp()
  const [text, setText] = useState('')
  const [isRefused, setRefused] = useState(wasWrong)
  const [wantsSignIn, setWantsSignIn] = useState(false)
  const { locked } = words()
  async function open(event: Event): Promise<void> {
    event.preventDefault()
    setRefused(!(await session.open(text)))
  }
  return (
    <main class="sheet">
      <ViewTitle text={locked.title} />
      <p>{locked.how}</p>
      <form class="stack" onSubmit={open}>
        <div class="field">
          <label for="token">{locked.token}</label>
          <input
            id="token"
            value={text}
            onInput={({ currentTarget }) => setText(currentTarget.value)}
            autocomplete="off"
            spellcheck={false}
            aria-invalid={isRefused}
            aria-describedby="token-trouble"
          />
        </div>
        <p id="token-trouble" class="trouble" role="alert">
          {isRefused ? locked.wrongToken : ''}
        </p>
        <button class="button main" type="submit">
          {locked.open}
        </button>
      </form>
      {wantsSignIn ? (
        <SignIn />
      ) : (
        <button class="button" type="button" onClick={() => setWantsSignIn(true)}>
          {locked.signIn}
        </button>
      )}
      <PairWay />
    </main>
  )
}
