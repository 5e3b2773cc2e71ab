/** The views of the first minute in their order, on the page of a node that has no owner: each goes on from the last. */
import type { Page } from 'playwright-core'
import { generateKeyPair, nsecOf } from '../../../src/event/keys.ts'

export const FIRST_MINUTE: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  welcome: page => page.getByRole('heading', { name: 'Welcome to your node' }).waitFor(),
  async 'make-key'(page) {
    await page.getByRole('button', { name: 'I am new' }).click()
    await page.getByText(/^nsec1/).waitFor()
  },
  async 'bring-key'(page) {
    await page.getByRole('button', { name: 'Back', exact: true }).click()
    await page.getByRole('button', { name: 'I have a key already' }).click()
    await page.getByRole('button', { name: 'Browser extension' }).waitFor()
  },
  async 'bring-bunker'(page) {
    await page.getByRole('button', { name: 'Signer on another device' }).click()
    await page.getByText('Or scan this code').click()
    await page.getByLabel('Where both meet').fill('wss://relay.example')
    await page.getByRole('button', { name: 'Show a code' }).click()
    await page.getByRole('img', { name: 'Or scan this code' }).waitFor()
  },
  async 'bring-ncryptsec'(page) {
    await page.getByRole('button', { name: 'Encrypted key' }).click()
    await page.getByLabel('Its password').waitFor()
  },
  async 'bring-nsec'(page) {
    await page.getByRole('button', { name: 'Secret key (nsec)' }).click()
    await page.getByLabel('Secret key (nsec1…)').fill(nsecOf(generateKeyPair().secretKey))
    await page.getByLabel('Not kept').check()
  },
  async 'first-name'(page) {
    await page.getByRole('button', { name: 'Use this key' }).click()
    await page.getByRole('heading', { name: 'Your name' }).waitFor()
  },
  async 'first-people'(page) {
    await page.getByRole('button', { name: 'Skip' }).click()
    await page.getByText('Connected to').waitFor()
    await page.getByText('Your invitation').click()
  },
  async 'first-notices'(page) {
    await page.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('heading', { name: 'Stay informed' }).waitFor()
  },
}
