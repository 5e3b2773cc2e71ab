/** GET and POST /relay: the owner manages the relay in a browser, without JavaScript (specification/relay-access.md, A8). */
import { isRejection } from '../event/rejection.ts'
import type { HouseRules } from '../flow/house-rules.ts'
import type { Manage } from '../flow/manage.ts'
import type { ReadStatus } from '../flow/status.ts'
import { isFromOwnPage } from './access.ts'
import type { ApiRequest, Route } from './connection.ts'
import { coversBody, OTHER_BODY, refuse } from './http-auth.ts'
import { refusalPage } from './page.ts'
import { UNCLAIMED } from './publish.ts'
import type { Reader } from './reader.ts'
import { actionNamed, NAME_FIELDS } from './relay-forms.ts'
import { NAMES_METHOD, questionPage, type RefusedForm, relayPage } from './relay-page.ts'
import { compressible, type Failure, fail } from './reply.ts'
import { FORM_PAGE_HEADERS } from './status.ts'
import { queryOf } from './tokens.ts'

export interface RelayManagementParts {
  readonly reader: Reader
  readonly owner: () => string | undefined
  readonly readStatus: ReadStatus
  readonly manage: Manage
  readonly rules: Pick<HouseRules, 'list' | 'info'>
}

const FORM_TYPE = 'application/x-www-form-urlencoded'
const FROM_ELSEWHERE = fail(
  403,
  'This form was sent by another page than that of the node, so nothing was changed. Open the page of your node and try again there.',
  'other-page',
)
const NO_FORM = fail(400, 'This is no form of this page, so nothing was changed. Go back to the page of your relay.')

export function createRelayManagement(parts: RelayManagementParts): { readonly show: Route; readonly change: Route } {
  const { reader, owner, readStatus, manage, rules } = parts

  async function pageOf(request: ApiRequest, what: { done?: string; refused?: RefusedForm }): Promise<Response> {
    const html = relayPage({ status: await readStatus(), rules, path: pathOf(request), ...what })
    const response = await compressible(html, request.header('accept-encoding'), FORM_PAGE_HEADERS)
    return what.refused === undefined
      ? response
      : new Response(response.body, { status: 400, headers: response.headers })
  }

  async function changeNames(request: ApiRequest, form: URLSearchParams): Promise<Response> {
    const typed = Object.fromEntries(NAME_FIELDS.map(({ name }) => [name, form.get(name)?.trim() ?? '']))
    const errors: Record<string, string> = {}
    for (const { name, method } of NAME_FIELDS) {
      if (typed[name] === (rules.info(name) ?? '')) continue
      const outcome = await manage(method, [typed[name]])
      if (isRejection(outcome)) errors[name] = outcome.reason
    }
    if (Object.keys(errors).length === 0) return doneAt(request, NAMES_METHOD, 'names')
    return pageOf(request, { refused: { method: NAMES_METHOD, errors, typed } })
  }

  async function changeList(request: ApiRequest, form: URLSearchParams): Promise<Response> {
    const method = form.get('do') ?? ''
    const found = actionNamed(method)
    if (found === undefined) return failedPage(NO_FORM)
    const value = form.get('value') ?? ''
    const reason = form.get('reason')?.trim() ?? ''
    const refuse = (why: string) =>
      // What could not be taken off was typed into the field of the list.
      pageOf(request, {
        refused: { method: found.form.add.method, errors: { value: why }, typed: { value, reason } },
      })
    const parsed = found.form.parse(value)
    if (isRejection(parsed)) return refuse(parsed.reason)
    if (found.action.ask !== undefined && form.get('confirmed') !== 'yes') {
      const fields = { value: String(parsed), reason }
      const html = questionPage(pathOf(request), found.form, found.action, found.action.ask, fields)
      return compressible(html, request.header('accept-encoding'), FORM_PAGE_HEADERS)
    }
    const outcome = await manage(method, [parsed, reason])
    return isRejection(outcome) ? refuse(outcome.reason) : doneAt(request, method, found.form.list)
  }

  return {
    async show(request) {
      // Whoever may read is the owner: this machine, the access token, or a proof.
      const access = await reader.admit(request)
      if ('error' in access) return failedPage(access)
      if (owner() === undefined) return failedPage(UNCLAIMED)
      const done = queryOf(request.path).get('done')
      return pageOf(request, done === null ? {} : { done })
    },
    async change(request) {
      const access = await reader.admit(request)
      if ('error' in access) return failedPage(access)
      if (!isFromOwnPage(request)) return failedPage(FROM_ELSEWHERE)
      if (owner() === undefined) return failedPage(UNCLAIMED)
      const body = await request.readBody(FORM_TYPE)
      if ('error' in body) return failedPage(body)
      if (access.proof !== undefined && !coversBody(access.proof, body.raw)) return failedPage(refuse(OTHER_BODY))
      const form = new URLSearchParams(Buffer.from(body.plain).toString())
      return form.get('do') === NAMES_METHOD ? changeNames(request, form) : changeList(request, form)
    },
  }
}

/** By a GET of its own, so that loading the page again does nothing twice. */
function doneAt(request: ApiRequest, method: string, section: string): Response {
  const headers = { ...FORM_PAGE_HEADERS, Location: `${pathOf(request)}?done=${method}#${section}` }
  return new Response('', { status: 303, headers })
}

function pathOf({ pathToken }: ApiRequest): string {
  return pathToken === undefined ? '/relay' : `/k/${pathToken}/relay`
}

function failedPage(failure: Failure): Response {
  const { status, headers } = failure
  return new Response(refusalPage(failure), { status, headers: { ...FORM_PAGE_HEADERS, ...headers } })
}
