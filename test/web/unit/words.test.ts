import { expect, it } from 'vitest'
import { preferredLanguage, regionalTag } from '../../../src/web/words/words.ts'

it('times and numbers are those of the reader\u2019s country, where the browser names it as it should', () => {
  expect(regionalTag('en', ['ja', 'en-GB', 'en'])).toBe('en-GB')
  expect(regionalTag('en', ['en-US@posix'])).toBe('en')
  expect(regionalTag('en', ['en-US@posix', 'en-AU'])).toBe('en-AU')
  expect(regionalTag('ja', ['en-GB'])).toBe('ja')
  expect(regionalTag('ja', [])).toBe('ja')
})

it('the language is the first of the browser\u2019s that the page speaks', () => {
  expect(preferredLanguage(['de', 'ja-JP', 'en'])).toBe('ja')
  expect(preferredLanguage(['en-US@posix'])).toBe('en')
  expect(preferredLanguage(['xx'])).toBe('en')
})
