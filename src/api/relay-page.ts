/** The page on which the owner manages the relay: plain forms, one for each list (specification/relay-access.md, A8). */
import type { Circle } from '../config.ts'
import type { HouseRules } from '../flow/house-rules.ts'
import { MAX_LIST_TEXT } from '../flow/house-rules.ts'
import type { NodeStatus } from '../wire/node-status.ts'
import { code, count, escapeHtml, page } from './html.ts'
import { type Action, LIST_FORMS, type ListForm, NAME_FIELDS, type Question } from './relay-forms.ts'

export interface RelayPageParts {
  readonly status: Pick<NodeStatus, 'relay' | 'store'>
  readonly rules: Pick<HouseRules, 'list' | 'info'>
  /** Path of the page, with the token if it was asked with one. */
  readonly path: string
  /** What was done last, by its method. */
  readonly done?: string | undefined
  /** What was sent and not done. */
  readonly refused?: RefusedForm
}

export interface RefusedForm {
  readonly method: string
  /** Field → why. */
  readonly errors: Readonly<Record<string, string>>
  /** Field → what was typed. */
  readonly typed: Readonly<Record<string, string>>
}

/** Entries shown of one list: more are for programs (NIP-86). */
const SHOWN = 200
export const NAMES_METHOD = 'describe'

export function relayPage(parts: RelayPageParts): string {
  return page(
    'Your relay',
    `${terms(parts)}
${names(parts)}
${LIST_FORMS.map(form => listSection(form, parts)).join('\n')}`,
    back(parts.path.replace(/relay$/, ''), 'Your node'),
  )
}

/** Asks once more before something is done that others feel. */
export function questionPage(
  path: string,
  form: ListForm,
  action: Action,
  { title, text }: Question,
  fields: { readonly value: string; readonly reason: string },
): string {
  const shown = fields.reason === '' ? '' : `<p class="quiet">${escapeHtml(fields.reason)}</p>`
  return page(
    title,
    `<p>${code(form.shown(fields.value))}</p>${shown}<p class="lead">${escapeHtml(text)}</p>
<form method="post" action="${escapeHtml(`${path}#${form.list}`)}" class="row">
${hidden({ do: action.method, ...fields, confirmed: 'yes' })}
<button class="danger">${escapeHtml(action.button)}</button>
<a class="button" href="${escapeHtml(`${path}#${form.list}`)}">No, go back</a>
</form>`,
  )
}

const READS: Readonly<Record<Circle, string>> = {
  owner: 'Only you can read here.',
  listed: 'You and the people whom you have listed can read here.',
  anyone: 'Everybody can read here what is not private to you.',
}
const WRITES: Readonly<Record<Circle, string>> = {
  owner: 'Only your own events are taken.',
  listed: 'Events of the people whom you have listed are taken too; they stay at this relay.',
  anyone: 'Everybody can leave events here; they stay at this relay.',
}

function terms({ status: { relay, store } }: RelayPageParts): string {
  const { reads, writes } = relay
  const guests = store.guests.events === 0 && writes === 'owner' ? '' : guestSentence(store.guests)
  return `<p class="lead">${READS[reads]} ${WRITES[writes]}${guests}</p>
<p class="quiet">That is decided when the node starts: ${code(`--relay-reads ${reads}`)} ${code(`--relay-writes ${writes}`)}. To change it,
start the node with ${code('owner')}, ${code('listed')} or ${code('anyone')} there. What follows holds at once, and after a restart.</p>`
}

function guestSentence({ events, maxEvents }: NodeStatus['store']['guests']): string {
  if (events === 0) return ` Nobody has left any yet; there is room for ${count(maxEvents)}.`
  return ` Guests have left ${count(events)} ${events === 1 ? 'event' : 'events'}; there is room for ${count(maxEvents)}.`
}

function names({ rules, path, done, refused }: RelayPageParts): string {
  const mine = refused?.method === NAMES_METHOD ? refused : undefined
  const fields = NAME_FIELDS.map(({ name, label, example }) =>
    field({
      id: `relay-${name}`,
      name,
      label,
      example,
      value: mine?.typed[name] ?? rules.info(name) ?? '',
      error: mine?.errors[name],
    }),
  )
  return `<section id="names"><h2>What the relay is called</h2>
<p class="quiet">Everybody who looks for the relay sees it. An empty field takes it back.</p>
${done === NAMES_METHOD ? saved('Saved.') : ''}
<form method="post" action="${escapeHtml(`${path}#names`)}">${hidden({ do: NAMES_METHOD })}${fields.join('')}<button>Save</button></form></section>`
}

function listSection(form: ListForm, { rules, path, done, refused }: RelayPageParts): string {
  const { list, title, what, add, remove } = form
  const mine = refused?.method === add.method ? refused : undefined
  const entries = rules.list(list).toSorted((a, b) => Number(a.value) - Number(b.value) || 0)
  const rows = entries.slice(0, SHOWN).map(entry => row(form, entry, path))
  const finished = [add, remove].find(({ method }) => method === done)
  const action = escapeHtml(`${path}#${list}`)
  const more = entries.length > SHOWN ? [moreSentence(entries.length)] : []
  const takeOff = entries.length > SHOWN ? `<button name="do" value="${remove.method}">${remove.button}</button>` : ''
  return `<section id="${list}"><h2>${title}</h2><p class="quiet">${what}</p>
${finished === undefined ? '' : saved(finished.done)}
${rows.length === 0 ? '' : `<ul>${rows.join('')}</ul>`}${more.join('')}
<form method="post" action="${action}">
${field({ ...form, id: list, name: 'value', value: mine?.typed.value ?? '', error: mine?.errors.value, isNeeded: true })}
${form.hasReason ? reasonField(list, mine) : ''}
<p class="row"><button name="do" value="${add.method}">${add.button}</button>${takeOff}</p></form></section>`
}

function moreSentence(all: number): string {
  return `<p class="quiet">These are the first ${SHOWN} of ${count(all)}. A client that manages relays (NIP-86) lists them all; to take another one off, type it below.</p>`
}

function reasonField(list: string, mine: RefusedForm | undefined): string {
  return field({
    id: `${list}-reason`,
    name: 'reason',
    label: 'Why, for yourself (may be empty)',
    example: '',
    value: mine?.typed.reason ?? '',
    error: mine?.errors.reason,
  })
}

function row(form: ListForm, { value, text }: { readonly value: string; readonly text: string }, path: string): string {
  const { list, remove, shown } = form
  const name = escapeHtml(shown(value))
  const why = text === '' ? '' : `<span class="quiet">${escapeHtml(text)}</span>`
  return `<li class="entry"><div><code>${name}</code>${why}</div><form method="post" action="${escapeHtml(`${path}#${list}`)}">
${hidden({ value })}<button name="do" value="${remove.method}" aria-label="${remove.button}: ${name}">${remove.button}</button></form></li>`
}

interface Field {
  readonly id: string
  readonly name: string
  readonly label: string
  readonly example: string
  readonly value: string
  readonly error: string | undefined
  readonly isNeeded?: boolean
}

function field({ id, name, label, example, value, error, isNeeded = false }: Field): string {
  const wrong = error === undefined ? '' : ` aria-invalid="true" aria-describedby="${id}-error"`
  const why = error === undefined ? '' : `<p class="error" id="${id}-error">${escapeHtml(error)}</p>`
  return `<label for="${id}-field">${escapeHtml(label)}</label>
<input id="${id}-field" name="${name}" value="${escapeHtml(value)}" placeholder="${escapeHtml(example)}" maxlength="${MAX_LIST_TEXT}" autocomplete="off" autocapitalize="none" spellcheck="false"${isNeeded ? ' required' : ''}${wrong}>${why}`
}

function hidden(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join('')
}

function saved(sentence: string): string {
  return `<p class="done" role="status">${escapeHtml(sentence)}</p>`
}

function back(path: string, text: string): string {
  return `<a href="${escapeHtml(path === '' ? '/' : path)}">${text}</a>`
}
