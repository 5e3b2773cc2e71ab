/** Address → view. What is not the timeline is loaded when it is looked at first. */
import { route } from '../route.ts'
import { lazy } from './lazy.tsx'
import { Everybody, Home } from './timeline.tsx'

const Invite = lazy(() => import('./first/invite.tsx').then(module => module.Invite))
const Bookmarks = lazy(() => import('./bookmarks.tsx').then(module => module.Bookmarks))
const NodePage = lazy(() => import('./node/node-page.tsx').then(module => module.loadNodePage()))
const Notices = lazy(() => import('./notices.tsx').then(module => module.Notices))
const People = lazy(() => import('./people.tsx').then(module => module.People))
const Person = lazy(() => import('./person.tsx').then(module => module.Person))
const Search = lazy(() => import('./search.tsx').then(module => module.Search))
const Settings = lazy(() => import('./settings/settings.tsx').then(module => module.Settings))
const Tagged = lazy(() => import('./search.tsx').then(module => module.Tagged))
const Thread = lazy(() => import('./thread.tsx').then(module => module.Thread))

export function View({ owner }: { owner: string }) {
  const to = route.value
  switch (to.view) {
    case 'everybody':
      return <Everybody owner={owner} />
    case 'thread':
      return <Thread key={to.id} id={to.id} />
    case 'person':
      return <Person name={to.name} />
    case 'tag':
      return <Tagged key={to.tag} tag={to.tag} />
    case 'search':
      return <Search key={to.text} text={to.text} />
    case 'notices':
      return <Notices owner={owner} />
    case 'invite':
      return <Invite key={to.text} text={to.text} />
    case 'people':
      return <People owner={owner} />
    case 'bookmarks':
      return <Bookmarks />
    case 'settings':
      return <Settings part={to.part} owner={owner} />
    case 'node':
      return <NodePage part={to.part ?? ''} owner={owner} />
    case 'me':
      return <Person name={owner} />
    default:
      return <Home owner={owner} />
  }
}
