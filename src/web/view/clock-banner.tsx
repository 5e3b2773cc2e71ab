/** This device's clock and the node's are too far apart for what is signed here to be taken for new. */
import { isClockOff } from '../state/clock.ts'
import { durationOf, words } from '../words/words.ts'
import { useApp } from './context.ts'

export function ClockBanner() {
  const { session } = useApp()
  const ahead = session.clockAhead.value
  if (!isClockOff(ahead)) return null
  return (
    <p class="trouble-bar" role="status">
      {words().key.clock.off(durationOf(Math.abs(ahead)))}
    </p>
  )
}
