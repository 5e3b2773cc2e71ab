/** Texts of what concerns the owner, in Japanese. */
import type { Words } from './en.ts'

export const notice: Words['notice'] = {
  none: '返信、メンション、いいねはまだありません。返信といいねはあなただけに届き、ほかの人には数えられません。',
  liked: (name, others) =>
    others === '' ? `${name} さんがいいねしました` : `${name} さんほか ${others} 人がいいねしました`,
  reposted: (name, others) =>
    others === '' ? `${name} さんがリポストしました` : `${name} さんほか ${others} 人がリポストしました`,
  unseen: count => `新しい通知 ${count} 件`,
}
