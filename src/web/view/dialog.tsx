/** A dialog of the browser's own: it takes the focus, gives it back, and Escape closes it. */
import { X } from 'lucide'
import type { ComponentChildren, TargetedMouseEvent } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { words } from '../words/words.ts'
import { Icon } from './icon.tsx'
import { focusOnView } from './view-title.tsx'

export interface DialogProps {
  readonly title: string
  /** Escape, the cross, or a press beside it. */
  readonly onClose: () => void
  readonly children: ComponentChildren
}

export function Dialog({ title, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const dialog = element.current!
    const before = document.activeElement
    if (!dialog.open) dialog.showModal()
    return () => {
      dialog.close()
      // It may have left the document by now, and a browser gives the focus back only from inside of it.
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true })
      else focusOnView()
    }
  }, [])
  return (
    <dialog
      ref={element}
      class="dialog"
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose()
      }}
      onMouseDown={event => {
        if (event.target === event.currentTarget && isBeside(event)) onClose()
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button class="icon-button" type="button" aria-label={words().common.close} onClick={onClose}>
            <Icon of={X} />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

/** On the backdrop: a long dialog's own scrollbar is no press beside it. */
function isBeside({ currentTarget, clientX, clientY }: TargetedMouseEvent<HTMLDialogElement>): boolean {
  const { left, right, top, bottom } = currentTarget.getBoundingClientRect()
  return clientX < left || clientX > right || clientY < top || clientY > bottom
}
