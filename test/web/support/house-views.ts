/** Views of the settings and the keyboard, for the pictures (test/web/screenshots.ts). */
import type { Page } from 'playwright-core'

/** Name → how to get there, one after another in one page. */
export const HOUSE_VIEWS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  settings: page => part(page, '', 'Settings'),
  'settings-appearance': page => part(page, 'appearance', 'Pictures in posts'),
  'settings-devices': page => part(page, 'devices', 'First device'),
  async 'settings-device-added'(page) {
    await part(page, 'devices', 'First device')
    await page.getByRole('button', { name: 'Add by an address' }).click()
    await page.getByLabel('Name of the device').fill('Phone')
    await page.getByRole('button', { name: 'Make its address' }).click()
    await page.locator('code.secret').waitFor()
  },
  async 'settings-key'(page) {
    await page.keyboard.press('Escape')
    await part(page, 'key', 'The key in this browser')
  },
  'settings-mutes': page => part(page, 'mutes', 'What you mute'),
  'settings-notifications': page => part(page, 'notifications', 'When somebody mentions'),
  'settings-backup': page => part(page, 'backup', 'Export to a file'),
  'settings-leave': page => part(page, 'leave', 'Sign out of this device'),
  async keyboard(page) {
    await page.evaluate(() => location.assign('#/settings/appearance'))
    await page.getByRole('button', { name: 'Show all of them' }).click()
    await page.getByText('Next post', { exact: true }).waitFor()
  },
  async 'keyboard-focus'(page) {
    await page.keyboard.press('Escape')
    await page.evaluate(() => location.assign('#/home'))
    await page.getByText('Rain all day.').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('j')
  },
}

async function part(page: Page, name: string, text: string): Promise<void> {
  await page.evaluate(to => location.assign(to), `#/settings/${name}`)
  await page.getByRole('main').getByText(text).first().waitFor()
}
