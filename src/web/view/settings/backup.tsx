/** Everything of the owner as a file, out and in, with how far it is; the page stays usable meanwhile. */

import { useEffect, useRef, useState } from 'preact/hooks'
import {
  type ExportProgress,
  type FileFault,
  fetchExport,
  type ImportState,
  importFile,
  NOT_BEGUN,
} from '../../node/transfer.ts'
import { isTrouble, type Trouble } from '../../node/trouble.ts'
import { whenDirect } from '../../state/when-direct.ts'
import { count, percent, words } from '../../words/words.ts'
import { useApp } from '../context.ts'
import { troubleSentence } from '../trouble-bar.tsx'
import { Switch } from './choices.tsx'
import { PartHeading } from './part-heading.tsx'
import { saveFile } from './save-file.ts'

export function BackupPart() {
  return (
    <>
      <Export />
      <Import />
    </>
  )
}

/** A progress bar is drawn so often at most. */
const DRAW_MS = 200

function Export() {
  const { session } = useApp()
  const [isAll, setAll] = useState(false)
  const [progress, setProgress] = useState<ExportProgress>()
  const [outcome, setOutcome] = useState<{ events: number } | Trouble | 'stopped'>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const { backup } = words().house

  async function run(): Promise<void> {
    const stop = new AbortController()
    running.current = stop
    setOutcome(undefined)
    setProgress({ events: 0, of: undefined })
    const fetched = await whenDirect(session.way, stop.signal, () =>
      fetchExport(session.call, isAll, atMostEvery(DRAW_MS, setProgress), stop.signal),
    )
    setProgress(undefined)
    if (stop.signal.aborted) setOutcome('stopped')
    else if (isTrouble(fetched)) setOutcome(fetched)
    else {
      saveFile(fetched.file, `nostrp2p-${new Date().toISOString().slice(0, 10)}.jsonl`)
      setOutcome(fetched)
    }
  }

  return (
    <section class="stack" aria-labelledby="export-title">
      <PartHeading id="export-title">{backup.out}</PartHeading>
      <p>{backup.outWhy}</p>
      <Switch label={backup.outAll} isOn={isAll} isDisabled={progress !== undefined} onChange={setAll} />
      {progress === undefined ? (
        <button type="button" class="button main" onClick={() => void run()}>
          {backup.save}
        </button>
      ) : (
        <Running
          label={backup.out}
          part={progress.of === undefined || progress.of === 0 ? undefined : Math.min(1, progress.events / progress.of)}
          text={
            progress.of === undefined
              ? backup.exportingSome(count(progress.events))
              : backup.exporting(count(progress.events), count(progress.of))
          }
          onStop={() => running.current?.abort()}
        />
      )}
      <p role="status">
        {outcome === 'stopped' ? backup.exportBroken : isDone(outcome) ? backup.exported(count(outcome.events)) : ''}
      </p>
      <p class="trouble" role="alert">
        {isTrouble(outcome) ? (outcome.trouble === 'refused' ? troubleSentence(outcome) : backup.exportBroken) : ''}
      </p>
    </section>
  )
}

function isDone(outcome: object | string | undefined): outcome is { events: number } {
  return typeof outcome === 'object' && !isTrouble(outcome)
}

type ImportOutcome = 'done' | 'stopped' | Trouble | FileFault

function Import() {
  const app = useApp()
  const [file, setFile] = useState<File>()
  const [state, setState] = useState<ImportState>(NOT_BEGUN)
  const [isRunning, setRunning] = useState(false)
  const [outcome, setOutcome] = useState<ImportOutcome>()
  const running = useRef<AbortController>(undefined)
  useEffect(() => () => running.current?.abort(), [])
  const { backup } = words().house

  async function run(chosen: File, from: ImportState): Promise<void> {
    const stop = new AbortController()
    running.current = stop
    setFile(chosen)
    setState(from)
    setOutcome(undefined)
    setRunning(true)
    let reached = from
    const keep = (next: ImportState): void => {
      reached = next
      setState(next)
    }
    const trouble = await whenDirect(app.session.way, stop.signal, () =>
      importFile(app.session.call, chosen, reached, keep, stop.signal),
    )
    setRunning(false)
    setOutcome(stop.signal.aborted ? 'stopped' : (trouble ?? 'done'))
    app.refresh()
  }

  const canGoOn = file !== undefined && (outcome === 'stopped' || isTrouble(outcome))
  return (
    <section class="stack" aria-labelledby="import-title">
      <PartHeading id="import-title">{backup.in}</PartHeading>
      <p>{backup.inWhy}</p>
      <label class="file">
        <span>{backup.file}</span>
        <input
          type="file"
          accept=".jsonl,.ndjson,.json,.txt,application/x-ndjson"
          disabled={isRunning}
          onClick={({ currentTarget }) => {
            // The same file may be chosen again.
            currentTarget.value = ''
          }}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.files?.[0]
            if (chosen !== undefined) void run(chosen, NOT_BEGUN)
          }}
        />
      </label>
      {isRunning && file !== undefined && (
        <Running
          label={backup.in}
          part={state.offset / Math.max(1, file.size)}
          text={backup.importing(percent(state.offset / Math.max(1, file.size)))}
          onStop={() => running.current?.abort()}
        />
      )}
      <p role="status">{outcome === 'done' ? backup.imported : outcome === 'stopped' ? backup.stopped : ''}</p>
      <p class="trouble" role="alert">
        {outcome === undefined || outcome === 'done' || outcome === 'stopped' ? '' : importSentence(outcome)}
      </p>
      {canGoOn && (
        <button type="button" class="button" onClick={() => void run(file, state)}>
          {backup.goOn}
        </button>
      )}
      {state.read > 0 && <Counts state={state} />}
    </section>
  )
}

function importSentence(outcome: Trouble | FileFault): string {
  const { backup } = words().house
  if (isTrouble(outcome)) return troubleSentence(outcome)
  return outcome === 'not-lines' ? backup.notLines : backup[outcome]
}

function Counts({ state }: { state: ImportState }) {
  const { backup } = words().house
  const { stored, had, refused, refusals } = state
  return (
    <>
      <ul class="small">
        <li>{backup.stored(count(stored))}</li>
        <li>{backup.had(count(had))}</li>
        <li>{backup.refused(count(refused))}</li>
      </ul>
      {refusals.length > 0 && (
        <details>
          <summary>{backup.refusedTitle}</summary>
          <ol class="small refusals">
            {refusals.map(({ line, refused: code, reason }) => (
              <li key={line}>
                <span class="name">{backup.line(count(line))}</span>: <span title={reason}>{reasonOf(code)}</span>
              </li>
            ))}
            {refused > refusals.length && <li>{backup.more(count(refused - refusals.length))}</li>}
          </ol>
        </details>
      )}
    </>
  )
}

function reasonOf(code: string): string {
  const { reason } = words().house.backup
  return Object.hasOwn(reason, code) ? reason[code as keyof typeof reason] : reason.other
}

interface RunningProps {
  readonly label: string
  /** From 0 to 1; undefined while nobody knows. */
  readonly part: number | undefined
  readonly text: string
  readonly onStop: () => void
}

function Running({ label, part, text, onStop }: RunningProps) {
  const { session } = useApp()
  const { backup } = words().house
  const isWaiting = session.way.kind.value === 'circuit'
  return (
    <div class="stack">
      <progress aria-label={label} value={part} max={1} />
      <div class="row">
        <span class="quiet">{isWaiting ? '' : text}</span>
        <button type="button" class="button" onClick={onStop}>
          {backup.stop}
        </button>
      </div>
      <p role="status">{isWaiting ? backup.waiting : ''}</p>
      <p class="small quiet">{backup.leaving}</p>
    </div>
  )
}

/** Lets the first through, and then one in so many milliseconds. */
function atMostEvery<T>(ms: number, tell: (value: T) => void): (value: T) => void {
  let nextMs = 0
  return value => {
    if (performance.now() < nextMs) return
    nextMs = performance.now() + ms
    tell(value)
  }
}
