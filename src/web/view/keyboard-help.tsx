/** The sheet that lists what the keys do. */
import { signal } from '@preact/signals'
import { words } from '../words/words.ts'
import { Dialog } from './dialog.tsx'
import type { PLACES } from './keys.ts'

export const isHelpShown = signal(false)

export function KeyboardHelp() {
  const { house, nav } = words()
  const { keyboard } = house
  const places: Readonly<Record<keyof typeof PLACES, string>> = {
    h: nav.home,
    e: nav.everybody,
    n: nav.notices,
    p: nav.people,
    b: nav.bookmarks,
    m: nav.me,
    o: nav.node,
    s: nav.settings,
  }
  return (
    <Dialog
      title={keyboard.title}
      onClose={() => {
        isHelpShown.value = false
      }}
    >
      <div class="keys">
        <Group
          title={keyboard.moving}
          keys={[
            ['j', keyboard.next],
            ['k', keyboard.previous],
            ['.', keyboard.fresh],
            ['/', keyboard.search],
            ['n', keyboard.write],
            ['?', keyboard.help],
          ]}
        />
        <Group
          title={keyboard.acting}
          keys={[
            ['Enter, o', keyboard.open],
            ['r', keyboard.reply],
            ['l', keyboard.like],
            ['b', keyboard.bookmark],
            ['t', keyboard.repost],
            ['m', keyboard.more],
          ]}
        />
        <Group title={keyboard.going} keys={Object.entries(places).map(([key, name]) => [key, name] as const)} />
      </div>
    </Dialog>
  )
}

function Group({ title, keys }: { title: string; keys: readonly (readonly [string, string])[] }) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {keys.map(([key, meaning]) => (
          <div key={key} class="key-line">
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
