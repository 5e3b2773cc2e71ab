/** Texts of what concerns the owner. */
export const notice = {
  none: 'Nobody has answered, mentioned or liked you yet. Replies and likes reach only you; nobody else counts them.',
  liked: (name: string, others: string) => (others === '' ? `${name} likes` : `${name} and ${others} others like`),
  reposted: (name: string, others: string) =>
    others === '' ? `${name} reposted` : `${name} and ${others} others reposted`,
  unseen: (count: string) => `${count} new notices`,
}
