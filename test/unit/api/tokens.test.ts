import { expect, test } from 'vitest'
import { bearerToken, pathToken, routePath, sameToken } from '../../../src/api/tokens.ts'

test.each([
  ['/k/abc/req', 'abc', '/req'],
  ['/k/abc', 'abc', '/'],
  ['/k/abc/', 'abc', '/'],
  ['/k/abc//req', 'abc', '/req'],
  ['/k/a_B-9/k/x/req', 'a_B-9', '/k/x/req'],
  ['/req', undefined, '/req'],
  ['/k/', undefined, '/k/'],
  ['/k/a%20b/req', undefined, '/k/a%20b/req'],
  ['/k/a.b/req', undefined, '/k/a.b/req'],
  ['/K/abc/req', undefined, '/K/abc/req'],
  ['/x/k/abc/req', undefined, '/x/k/abc/req'],
  [`/k/${'a'.repeat(129)}/req`, undefined, `/k/${'a'.repeat(129)}/req`],
])('the path %s carries %s and leads to %s', (path, token, route) => {
  expect(pathToken(path)).toBe(token)
  expect(routePath(path)).toBe(route)
})

test.each([
  ['Bearer abc', 'abc'],
  ['bearer  abc', 'abc'],
  ['Bearer', undefined],
  ['Bearer ', undefined],
  ['Bearer a b', undefined],
  ['Basic abc', undefined],
  ['xBearer abc', undefined],
  [undefined, undefined],
])('the header %s carries %s', (header, token) => {
  expect(bearerToken(header)).toBe(token)
})

test('only the same token is the same, and none is never', () => {
  expect(sameToken('abc', 'abc')).toBe(true)
  for (const [given, expected] of [
    ['abc', 'abd'],
    ['ab', 'abc'],
    ['abcd', 'abc'],
    ['', ''],
    ['', undefined],
  ] as const) {
    expect(sameToken(given, expected), `${given} ${expected}`).toBe(false)
  }
  expect(sameToken(undefined, undefined)).toBe(false)
})
