import { describe } from 'vitest'
import { diskBackend, memoryBackend } from '../support/stores.ts'
import { storeEventsSuite } from './store-events-suite.ts'
import { storeEvictionSuite } from './store-eviction-suite.ts'
import { storeGoneSuite } from './store-gone-suite.ts'
import { storeGuestsSuite } from './store-guests-suite.ts'
import { storeOutboxSuite } from './store-outbox-suite.ts'
import { storeRunsSuite } from './store-runs-suite.ts'
import { storeSearchSuite } from './store-search-suite.ts'

describe.each([
  { name: 'LevelDB on disk', backend: diskBackend },
  { name: 'a database in memory', backend: memoryBackend },
])('the store over $name', ({ backend }) => {
  storeEventsSuite(backend)
  storeOutboxSuite(backend)
  storeEvictionSuite(backend)
  storeGoneSuite(backend)
  storeGuestsSuite(backend)
  storeSearchSuite(backend)
  storeRunsSuite(backend)
})
