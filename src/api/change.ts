/** What comes before every change of the node itself: who may, and the body as JSON. */
import { parseJson } from './body.ts'
import type { ApiRequest } from './connection.ts'
import { coversBody, OTHER_BODY, refuse } from './http-auth.ts'
import type { Access, Reader } from './reader.ts'
import { type Failure, fail } from './reply.ts'

export interface Change {
  readonly access: Access
  /** The fields of the body. */
  readonly fields: Readonly<Record<string, unknown>>
}

const NO_OBJECT = fail(400, 'The body is to be a JSON object.')

/** That it has to be JSON keeps other sites' forms out. */
export async function readChange(request: ApiRequest, reader: Pick<Reader, 'admitChange'>): Promise<Change | Failure> {
  const access = await reader.admitChange(request)
  if ('error' in access) return access
  const body = await request.readBody()
  if ('error' in body) return body
  if (access.proof !== undefined && !coversBody(access.proof, body.raw)) return refuse(OTHER_BODY)
  const parsed = parseJson(body.plain)
  if ('error' in parsed) return parsed
  const { value } = parsed
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_OBJECT
  return { access, fields: value as Record<string, unknown> }
}
