/** The page's beginning: parts, address, first view. */
import './style/tokens.css'
import './style/base.css'
import './style/shell.css'
import './style/post.css'
import './style/compose.css'
import './style/person.css'
import './style/dialog.css'
import { render } from 'preact'
import { followAddress } from './route.ts'
import { createApp } from './state/app.ts'
import { ownScript, pageBase, scriptUrl } from './trusted.ts'
import { AppContext } from './view/context.ts'
import { Shell } from './view/shell.tsx'
import { speak } from './words/words.ts'

const app = createApp(ownScript())
followAddress()
void app.start()
await speak(app.settings.language.value)
render(
  <AppContext.Provider value={app}>
    <Shell />
  </AppContext.Provider>,
  document.getElementById('app')!,
)
// Without it the page works as well, but not without its node; over plain http a browser does not offer it.
void navigator.serviceWorker?.register(scriptUrl('service-worker.js'), { scope: pageBase() }).catch(() => undefined)
