/** What happens in the node, as it happens: the newest below, in view unless somebody reads further up. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { followLog, type NumberedLine } from '../../state/node-log.ts'
import { profileOf } from '../../state/profile.ts'
import { nodeWords } from '../../words/node-words.ts'
import { count, fullTime, timeOfDay } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { displayName } from '../person-name.tsx'
import '../../style/node-log.css'

/** Closer to the end than this, the view follows what is new. */
const NEAR_END_PX = 48

export function NodeLogView() {
  const { session } = useApp()
  const log = useMemo(() => followLog(session.call), [])
  useEffect(() => log.stop, [])
  const [isFiltered, setFiltered] = useState(false)
  /** What was there when it was held. */
  const [held, setHeld] = useState<readonly NumberedLine[] | undefined>()
  const element = useRef<HTMLOListElement>(null)
  const isAtEnd = useRef(true)
  const all = log.lines.value
  const lines = (held ?? all).filter(({ level }) => !isFiltered || level !== 'info')
  const last = lines.at(-1)?.number
  useLayoutEffect(() => {
    const list = element.current
    if (list !== null && isAtEnd.current) list.scrollTop = list.scrollHeight
  }, [last])
  const { log: texts } = nodeWords()
  const more = held === undefined ? 0 : (all.at(-1)?.number ?? 0) - (held.at(-1)?.number ?? 0)
  return (
    <div class="node-view">
      <p class="quiet small">{texts.intro}</p>
      <div class="row log-tools">
        <label>
          {texts.level}{' '}
          <select
            value={String(isFiltered)}
            onChange={({ currentTarget }) => setFiltered(currentTarget.value === 'true')}
          >
            <option value="false">{texts.all}</option>
            <option value="true">{texts.warnings}</option>
          </select>
        </label>
        <button class="button" type="button" onClick={() => setHeld(held === undefined ? all : undefined)}>
          {held === undefined ? texts.pause : texts.resume(count(more))}
        </button>
      </div>
      <p role="status" class="small trouble">
        {log.trouble.value !== undefined && texts.broken}
      </p>
      {lines.length === 0 && <p class="quiet">{isFiltered ? texts.noneLike : texts.none}</p>}
      <ol
        ref={element}
        class="log"
        aria-label={texts.lines}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: by the keyboard it could not be scrolled otherwise
        tabIndex={0}
        onScroll={({ currentTarget }) => {
          const { scrollHeight, scrollTop, clientHeight } = currentTarget
          isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX
        }}
      >
        {lines.map(line => (
          <Line key={line.number} line={line} />
        ))}
      </ol>
    </div>
  )
}

function Line({ line }: { line: NumberedLine }) {
  const { book } = useApp()
  const { log: texts } = nodeWords()
  const { level, at } = line
  const own = texts.line(line, pubkey => displayName(profileOf(book, pubkey)))
  const ms = Date.parse(at)
  return (
    <li class={`log-line ${level}`}>
      <time class="meta" dateTime={at} title={fullTime(ms / 1000)}>
        {timeOfDay(ms)}
      </time>
      <span lang={own === '' ? 'en' : undefined}>
        {level !== 'info' && <strong>{texts.levels[level]}: </strong>}
        {own === '' ? line.text : own}
      </span>
    </li>
  )
}
